"""The engine beside the plain way: every shipped rule over random histories, hour by hour, with the same firings."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.domain.playbooks.backtest import backtest
from service.domain.playbooks.rules import Rule, book_of
from service.domain.playbooks.running import Memory, run_rule
from service.domain.playbooks.selecting import see
from service.domain.playbooks.stories import facts_of
from service.domain.playbooks.subjects import timelines_of
from service.domain.playbooks.timeline import Fact, Ref, Timeline
from tests.support.naive_playbooks import naive_firings
from tests.support.playbooks import a_fact, a_rule, china
from tests.support.shelf import shipped_shelf

START = china("2026-02-09 09:00")  # the New Year's holidays begin in the week after
RULES = shipped_shelf().shipped.rules
OWN = [
    a_rule("calls: {count: [call.logged, message.sent], within: 3d, distinct: who}",
           "calls.distinct > 1 && calls.n > 2", id_="many_calls", more="cooldown: 1d"),
    a_rule("call: {event: [call.logged], within: 2d, match: {who: {not: b}}, take: [who]}\nstage: {field: stage}",
           'call.n > 1 && call.who == "a" && stage.worked > hours(5)', id_="calls_of_a"),
    a_rule("quiet: {absent: [call.logged, message.sent], for: 2d}\nstage: {field: stage}", "quiet.holds",
           id_="quiet_rule", more='unless: stage.text == "c"'),
    a_rule("stage: {field: stage}", 'stage.text == "a" && stage.before != "c"', id_="morning",
           more="every: {at: 09:00, on: workday}"),
]  # fmt: skip


def told_in_stories() -> list[Fact]:
    """What happens in the examples of the shipped rules: the words and values that rules ask for."""
    found: list[Fact] = []
    for rule in RULES:
        for story in (*rule.book.examples.fires, *rule.book.examples.stays_silent):
            found.extend(facts_of(rule, story))
    return found


TOLD = told_in_stories()


def a_history(chance: random.Random, *, about: Rule, days: int, length: int) -> list[Fact]:
    """Events in the words of the rule's stories and of others, on full hours, of two entities a kind."""
    own = [fact for fact in TOLD if about.types & {fact.type} or fact.kind == about.book.subject] or TOLD
    facts = []
    for number in range(length):
        told = chance.choice(own if chance.random() < 0.8 else TOLD)
        data = dict(told.data)
        alike = chance.choice([fact for fact in TOLD if fact.kind == told.kind])
        data.update((key, value) for key, value in alike.data.items() if chance.random() < 0.3)
        data.setdefault("who", chance.choice("ab"))
        if told.kind == "opportunity":
            data["stage"] = chance.choice([data.get("stage", "a"), "a", "b", "c"])
        if told.type.startswith(("call.", "message.")):
            data["opportunity_id"] = "s1"
        at = START + timedelta(hours=chance.randrange(days * 24))
        facts.append(Fact(f"e{number:03}", at, told.type, told.kind, chance.choice(("s1", "s2")), data, told.visit_id))
    return facts


def on_the_hour(fired: list[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    """A rule that says `>=` is looked at a second after the duration, as one that says `>`."""
    return [(cause.replace(":00:01+", ":00:00+"), at.replace(second=0)) for cause, at in fired]


def histories(rule: Rule) -> Iterator[tuple[Ref, Timeline, datetime]]:
    """The rule's subjects in short and long, dense and quiet histories, each with the moment to look until."""
    chance = random.Random(f"{rule.id} 1")
    for days, length, quiet in ((1, 4, 4), (2, 5, 17), (7, 30, 3)):
        facts = a_history(chance, about=rule, days=days, length=length)
        for ref, timeline in timelines_of(facts).items():
            if ref[0] == rule.book.subject:
                yield ref, timeline, START + timedelta(days=days + quiet)


def fired_by(rule: Rule, timeline: Timeline, until: datetime) -> list[tuple[str, datetime]]:
    ran = run_rule(rule, timeline, Memory(), until=until)
    return [(firing.cause, firing.at) for firing in ran.firings]


@pytest.mark.parametrize("rule", [*RULES, *OWN], ids=lambda rule: str(rule.id))
def test_a_rule_fires_as_the_plain_way_says(rule: Rule) -> None:
    for ref, timeline, until in histories(rule):
        plainly = naive_firings(rule, ref, timeline.facts, until=until)
        assert on_the_hour(fired_by(rule, timeline, until)) == on_the_hour(plainly)


def test_the_histories_are_such_that_most_rules_fire() -> None:
    firing = {rule.id for rule in [*RULES, *OWN] if any(fired_by(rule, each, end) for _, each, end in histories(rule))}
    assert {rule.id for rule in OWN} <= firing
    assert len(firing) > 0.6 * len([*RULES, *OWN])


def test_a_timeline_that_was_asked_before_answers_as_a_new_one() -> None:
    chance = random.Random(11)
    for rule in [*RULES, *OWN]:
        facts = a_history(chance, about=rule, days=9, length=30)
        for ref, timeline in timelines_of(facts).items():
            moments = [START + timedelta(hours=chance.randrange(12 * 24)) for _ in range(6)]
            for at in moments:  # in no order: what was asked of a later moment must not be seen at an earlier one
                known = Timeline.of(ref, [fact for fact in timeline.facts if fact.at <= at])
                for when in rule.book.when.values():
                    asked, fresh = see(when, timeline, at), see(when, known, at)
                    if known.facts:
                        assert repr(asked) == repr(fresh)  # a number that is missing is NaN, which equals nothing
                        assert asked.proofs == fresh.proofs


def test_a_back_test_counts_what_the_plain_way_finds() -> None:
    book = book_of(OWN)
    facts = [fact for rule in OWN for fact in a_history(random.Random(f"{rule.id} 1"), about=rule, days=6, length=25)]
    facts = [replace(fact, id=f"f{number}") for number, fact in enumerate(facts)]
    until = START + timedelta(days=9)
    report = backtest(book, facts, until=until)
    for rule, counted in zip(book.rules, report.rules, strict=True):
        about = {ref: each for ref, each in timelines_of(facts).items() if ref[0] == rule.book.subject}
        found = {ref[1]: naive_firings(rule, ref, each.facts, until=until) for ref, each in about.items()}
        assert counted.firings == sum(map(len, found.values())) > 0
        assert counted.subjects == {subject for subject, fired in found.items() if fired}


HOSTILE: list[Any] = [
    "太贵了", 7, {"kind": "objection"}, ["太贵了"], [None], [{"kind": "objection", "code": ["price"]}],
    [{"kind": "objection", "code": "price", "score": "hoch"}], [{"kind": "objection", "code": "price", "score": None}],
]  # fmt: skip


@pytest.mark.parametrize("findings", HOSTILE, ids=repr)
def test_an_event_that_only_pretends_to_be_an_analysed_visit_is_passed_over(findings: object) -> None:
    rule = a_rule("said: {finding: {objection: price, min_score: 0.5}}", "said.present")
    said = {"kind": "objection", "code": "price", "score": 0.9, "role": "customer", "turn": 3, "quote": "太贵了"}
    sent = a_fact("visit.analyzed", "2026-02-10 09:00", kind="opportunity", findings=findings)
    real = a_fact("visit.analyzed", "2026-02-10 10:00", kind="opportunity", visit_id="v1", findings=[said])
    for facts, count in (([sent], 0), ([sent, real], 1)):
        ran = run_rule(rule, Timeline.of(("opportunity", "o1"), facts), Memory(), until=china("2026-02-11 09:00"))
        assert len(ran.firings) == count
    assert ran.firings[0].verdict.proofs[0].quote == "太贵了"
