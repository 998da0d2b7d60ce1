"""The engine's laws: once for a cause, the same at once or in pieces, the same whatever order facts came in."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.playbooks.rules import Rule
from service.domain.playbooks.running import Memory, memory_from_json, memory_to_json, run_rule
from service.domain.playbooks.timeline import Fact, Timeline
from tests.support.playbooks import a_fact, a_rule, china

REF = ("opportunity", "o1")
START = china("2026-03-02 09:00")

RULES = [
    a_rule("budget: {field: budget}\norders: {count: [order.created], within: 5d}",
           "budget.age > hours(72) && orders.n == 0", more="cause: [budget]"),
    a_rule("quiet: {absent: [call.logged], for: 2d}", "quiet.holds", id_="quiet_rule"),
    a_rule("calls: {count: [call.logged], within: 4d}", "calls.n > 2", id_="many_calls", more="cooldown: 1d"),
    a_rule("stage: {field: stage}\ncalls: {event: [call.logged], within: 1d}", 'stage.text == "b" && !calls.present',
           id_="stage_rule", more="clock: {respond_within: 1d}\ndone_when: calls.present"),
    a_rule("stage: {field: stage}", 'stage.text == "a"', id_="morning", more="every: {at: 08:50, on: workday}"),
]  # fmt: skip


@st.composite
def stories(draw: st.DrawFn) -> list[Fact]:
    hours = draw(st.lists(st.integers(0, 24 * 14), min_size=1, max_size=14))
    facts = []
    for number, hour in enumerate(hours):
        at = START + timedelta(hours=hour)
        kind = draw(st.sampled_from(["budget", "stage", "order", "call"]))
        fact_id = f"f{number:03}"
        if kind in ("budget", "stage"):
            value = draw(st.sampled_from(["a", "b", "c"]))
            facts.append(a_fact("opportunity.updated", at, fact_id=fact_id, **{kind: value}))
        else:
            type_ = "order.created" if kind == "order" else "call.logged"
            facts.append(a_fact(type_, at, kind="account", id_="x", fact_id=fact_id))
    return facts


def outcome(rule: Rule, facts: list[Fact], until: datetime) -> tuple[list[object], list[object], datetime | None]:
    memory = Memory()
    ran = run_rule(rule, Timeline.of(REF, facts), memory, until=until)
    firings: list[object] = [(firing.cause, firing.at) for firing in ran.firings]
    return firings, [(done.cause, done.at) for done in ran.done], memory.due


@settings(max_examples=60, deadline=None)
@given(stories(), st.sampled_from(RULES), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(facts: list[Fact], rule: Rule, shuffler: random.Random) -> None:
    until = START + timedelta(days=20)
    mixed = list(facts)
    shuffler.shuffle(mixed)
    assert outcome(rule, facts, until) == outcome(rule, mixed + facts[:1], until)


@settings(max_examples=60, deadline=None)
@given(stories(), st.sampled_from(RULES), st.lists(st.integers(1, 24 * 20), max_size=6))
def test_piece_by_piece_is_the_same_as_at_once(facts: list[Fact], rule: Rule, stops: list[int]) -> None:
    until = START + timedelta(days=20)
    memory, firings, done = Memory(), [], []
    for stop in [*sorted(START + timedelta(hours=hours) for hours in stops), until]:
        known = [fact for fact in facts if fact.at <= stop]  # what has not happened yet is not known
        ran = run_rule(rule, Timeline.of(REF, known), memory, until=stop)
        firings += [(firing.cause, firing.at) for firing in ran.firings]
        done += [(each.cause, each.at) for each in ran.done]
        memory = memory_from_json(memory_to_json(memory))  # as a row keeps it between two looks
    assert (firings, done, memory.due) == outcome(rule, facts, until)


@settings(max_examples=60, deadline=None)
@given(stories(), st.sampled_from(RULES))
def test_no_rule_fires_twice_for_one_cause(facts: list[Fact], rule: Rule) -> None:
    firings, _, _ = outcome(rule, facts, START + timedelta(days=30))
    causes = [cause for cause, _ in firings]  # type: ignore[misc]
    assert len(causes) == len(set(causes))


def test_a_condition_that_stays_true_fires_once_and_a_new_cause_fires_again() -> None:
    budget = RULES[0]
    facts = [a_fact("opportunity.updated", "2026-03-02 09:00", budget="a")]
    assert len(outcome(budget, facts, china("2026-04-02 09:00"))[0]) == 1
    facts.append(a_fact("opportunity.updated", "2026-03-20 09:00", budget="b"))
    assert len(outcome(budget, facts, china("2026-04-02 09:00"))[0]) == 2


def test_a_record_that_repeats_what_is_known_is_no_change() -> None:
    facts = [a_fact("opportunity.updated", f"2026-03-0{day} 09:00", budget="a") for day in (2, 3, 4)]
    firings, _, _ = outcome(RULES[0], facts, china("2026-03-05 09:05"))
    assert len(firings) == 1


def test_a_cooldown_holds_a_new_cause_back_until_it_is_over() -> None:
    rule = a_rule("call: {event: [call.logged], within: 10d}", "call.present", more="cooldown: 2d")
    facts = [a_fact("call.logged", f"2026-03-02 {hour}:00") for hour in (10, 11, 12)]
    firings, _, _ = outcome(rule, facts, china("2026-03-10 09:00"))
    assert [at for _, at in firings] == [china("2026-03-02 10:00"), china("2026-03-04 10:00")]  # type: ignore[misc]


def test_unless_keeps_a_rule_silent() -> None:
    rule = a_rule("stage: {field: stage}", 'stage.text != ""', more='unless: stage.text == "won"')
    facts = [a_fact("opportunity.updated", "2026-03-02 09:00", stage="won")]
    assert outcome(rule, facts, china("2026-03-10 09:00"))[0] == []


def test_a_rule_in_force_since_a_moment_says_nothing_about_what_was_before_but_looks_at_what_still_holds() -> None:
    rule = replace(a_rule("stage: {field: stage}", 'stage.text == "b"'), since=china("2026-03-05 00:00"))
    was = [a_fact("opportunity.updated", "2026-03-02 09:00", stage="b"),
           a_fact("opportunity.updated", "2026-03-03 09:00", stage="c")]  # fmt: skip
    still = [a_fact("opportunity.updated", "2026-03-02 09:00", stage="b")]
    assert outcome(rule, was, china("2026-03-10 09:00"))[0] == []
    assert [at for _, at in outcome(rule, still, china("2026-03-10 09:00"))[0]] == [china("2026-03-05 00:00")]  # type: ignore[misc]


def test_a_condition_that_cannot_be_told_is_reported_and_does_not_fire() -> None:
    rule = a_rule("stage: {field: stage}", "stage.value > 3")
    memory = Memory()
    facts = [a_fact("opportunity.updated", "2026-03-02 09:00", stage="b")]
    ran = run_rule(rule, Timeline.of(REF, facts), memory, until=china("2026-03-03 09:00"))
    assert ran.firings == []
    assert "stage.value > 3" in memory.failed


@pytest.mark.parametrize("waits", [True, False])
def test_a_subject_nobody_has_heard_of_has_no_outcome(*, waits: bool) -> None:
    rule = RULES[1] if waits else RULES[3]
    assert outcome(rule, [], china("2026-03-03 09:00")) == ([], [], None)
