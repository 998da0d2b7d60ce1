"""The plan grid, the reports and the pressure test at their edges."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.content.plan_cards import PlanCard
from service.domain.content.processes import Process
from service.domain.crm.entities import replay
from service.domain.crm.events import CrmEvent
from service.domain.crm.plan_grid import PlanGrid, plan_grid
from service.domain.crm.pressure import play
from service.domain.crm.reports import active_people, conversions, progress, stalled
from tests.support.crm import an_event, process_data
from tests.support.fakes import NOON
from tests.support.shelf import shipped_content

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CARD = PlanCard.model_validate(
    {
        "id": "c1", "title": "周", "status": "active", "description": "x", "owner": "x", "date": "2026-03-01",
        "quotas": [{"action": "deep_visit", "title": "深访", "at_least": 3}],
    }
)  # fmt: skip
PROCESS = Process.model_validate(process_data())
(REPORT,) = shipped_content().report_cards
(PRESSURE,) = shipped_content().pressure_cards


def planned(number: int, due: object, **data: Any) -> CrmEvent:
    due_at = due.isoformat() if isinstance(due, datetime) else due
    values = {"action": "deep_visit", "owner_id": "rep-1", "due_at": due_at, **data}
    return an_event("task", f"t-{number}", verb="planned", **values)


def done(number: int, at: timedelta) -> CrmEvent:
    return an_event("task", f"t-{number}", verb="done", at=at)


def grid(*events: CrmEvent, now: timedelta = DAY) -> PlanGrid:
    return plan_grid(CARD, "rep-1", NOON, events, now=NOON + now)


def test_a_task_moved_counts_where_it_is_now_and_another_reps_not_at_all() -> None:
    moved = planned(1, NOON + 5 * HOUR, account_id="a")
    again = an_event("task", "t-1", verb="planned", at=HOUR, owner_id="rep-1", due_at=(NOON + 7 * HOUR).isoformat())
    found = grid(moved, again, planned(2, NOON + HOUR, owner_id="rep-2"))
    assert [(task.task_id, task.due_at) for task in found.tasks] == [("t-1", NOON + 7 * HOUR)]


def test_a_task_put_off_or_handed_over_leaves_the_week_it_was_in() -> None:
    first = [planned(number, NOON + HOUR) for number in (1, 2, 3)]
    put_off = an_event("task", "t-1", verb="planned", at=HOUR, owner_id="rep-1",
                       due_at=(NOON + timedelta(weeks=1)).isoformat())  # fmt: skip
    handed_over = an_event("task", "t-2", verb="planned", at=HOUR, owner_id="rep-2",
                           due_at=(NOON + HOUR).isoformat())  # fmt: skip
    says_less = an_event("task", "t-3", verb="planned", at=HOUR, note="带样机")
    assert [task.task_id for task in grid(*first, put_off, handed_over, says_less).tasks] == ["t-3"]


@pytest.mark.parametrize("due", [None, 7, "soon", NOON - HOUR, NOON + timedelta(weeks=1)])
def test_a_task_without_a_moment_in_this_week_is_not_in_its_grid(due: object) -> None:
    assert grid(planned(1, due)).tasks == ()


def test_what_is_done_later_than_now_is_not_done() -> None:
    found = grid(planned(1, NOON + HOUR), done(1, 3 * HOUR), now=2 * HOUR)
    assert found.tasks[0].done_at is None
    assert [(count, due) for _, count, due in found.attainment] == [(0, 1)]
    assert (found.quotas[0].missing, found.quotas[0].done) == (2, 0)


@given(st.lists(st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(0, 40))), max_size=8))
def test_attainment_never_counts_more_done_than_due_and_due_only_grows(tasks: list[tuple[int, int | None]]) -> None:
    events: list[CrmEvent] = []
    for i, (due, finished) in enumerate(tasks):
        events.append(planned(i, NOON + due * HOUR))
        events += [] if finished is None else [done(i, finished * HOUR)]
    points = grid(*events, now=48 * HOUR).attainment
    assert all(0 <= count <= due for _, count, due in points)
    assert [due for _, _, due in points] == sorted(due for _, _, due in points)
    assert [hour for hour, _, _ in points] == sorted({hour for hour, _, _ in points})
    if points:
        assert points[-1][1] == sum(finished is not None for _, finished in tasks)


def test_a_stage_that_was_only_repeated_is_no_progress() -> None:
    old = an_event(stage="需求确认", at=-DAY)
    same, moved = an_event(stage="需求确认"), an_event(stage="报价", at=HOUR)
    steps = progress(REPORT.progress, [same, moved], {"opp-1": [old, same, moved]})
    assert [(step.what, step.event_id) for step in steps] == [("需求确认→报价", moved.id)]


@pytest.mark.parametrize("ended", [{"status": "won"}, {"stage": "输单"}, {"status": "Lost"}, {"deleted": True}])
def test_what_has_ended_does_not_stand_still(ended: dict[str, Any]) -> None:
    deal = replay("opportunity", "o", [an_event(at=-9 * DAY, **{"stage": "报价", **ended})])
    assert stalled(REPORT.stalled, [deal], now=NOON) == []


def test_deals_stand_still_after_three_days_the_largest_first() -> None:
    deals = [
        replay("opportunity", f"o-{i}", [an_event(entity_id=f"o-{i}", at=-days * DAY, amount=amount)])
        for i, (days, amount) in enumerate([(3, 9), (4, 5), (5, 50), (6, None)])
    ]
    assert [(it.opportunity_id, it.days) for it in stalled(REPORT.stalled, deals, now=NOON)] == [
        ("o-2", 5), ("o-1", 4), ("o-3", 6),
    ]  # fmt: skip
    assert stalled(REPORT.stalled, [replay("opportunity", "o", [])], now=NOON) == []


def test_a_rate_of_under_three_cases_is_not_given_and_ranks_last() -> None:
    ends = [("a", "won")] * 2 + [("b", "won"), ("b", "lost"), ("b", "lost")]
    events = [an_event(entity_id=f"o-{i}", verb=verb, owner_id=rep) for i, (rep, verb) in enumerate(ends)]
    unnamed = an_event(entity_id="o-9", verb="won")
    found = conversions(REPORT.ranking, [*events, unnamed, an_event(verb="updated", owner_id="c")], {"o-9": "b"})
    assert [(it.owner_id, it.won, it.ended, it.rate) for it in found] == [("b", 2, 4, 0.5), ("a", 2, 2, None)]


def test_who_acted_counts_before_whose_it_is() -> None:
    events = [an_event(owner_id="a"), an_event(owner_id="a", actor_id="b"), an_event()]
    assert active_people(events) == {"a": 1, "b": 1}


@pytest.mark.parametrize("word", ["其他", " 其它 ", "Other", "N/A", "-"])
def test_a_word_that_says_nothing_is_an_evasion(word: str) -> None:
    event = an_event(owner_id="a", loss_reason=word, note="其他客户")
    found = play(PRESSURE, PROCESS, [event], now=NOON)
    (person,) = found.people
    assert [(it.field, it.event_id) for it in person.others] == [("loss_reason", event.id)]
    assert found.evaded_fields == (("loss_reason", 1),)


def test_whoever_moved_it_is_named_else_the_owner_and_a_clean_test_names_nobody() -> None:
    start = an_event(stage="需求确认", owner_id="a", at=-DAY)
    by_other = play(PRESSURE, PROCESS, [start, an_event(stage="报价", actor_id="b")], now=NOON)
    by_owner = play(PRESSURE, PROCESS, [start, an_event(stage="报价")], now=NOON)
    assert [person.person for person in by_other.people] == ["b"]
    assert [person.person for person in by_owner.people] == ["a"]
    assert by_owner.skipped_nodes == (("reports", 1), ("review", 1))
    clean = play(PRESSURE, PROCESS, [start, an_event("account", "acc")], now=datetime(2026, 3, 3, tzinfo=UTC))
    assert (clean.opportunities, clean.people) == (1, ())


def test_without_a_wording_for_moves_only_named_events_are_steps() -> None:
    part = REPORT.progress.model_copy(update={"stage_moves": None})
    old, moved, won = an_event(stage="需求确认", at=-DAY), an_event(stage="报价"), an_event(verb="won", at=HOUR)
    assert [step.what for step in progress(part, [moved, won], {"opp-1": [old, moved, won]})] == ["赢单"]


def test_a_value_that_looks_like_a_name_in_braces_is_worded_as_it_is() -> None:
    old, moved = an_event(stage="{{after}}", at=-DAY), an_event(stage="报价{{before}}")
    (step,) = progress(REPORT.progress, [moved], {"opp-1": [old, moved]})
    assert step.what == "{{after}}→报价{{before}}"


def test_the_card_says_what_comes_first() -> None:
    deals = [
        replay("opportunity", name, [an_event(entity_id=name, at=-days * DAY, amount=amount)])
        for name, days, amount in (("large", 4, 90), ("long", 9, 10))
    ]
    by_days = REPORT.stalled.model_copy(update={"order": "days"})
    assert [it.opportunity_id for it in stalled(REPORT.stalled, deals, now=NOON)] == ["large", "long"]
    assert [it.opportunity_id for it in stalled(by_days, deals, now=NOON)] == ["long", "large"]
    ends = [("a", "won")] * 3 + [("b", "won")] * 4 + [("b", "lost")]
    events = [an_event(entity_id=f"o-{i}", verb=verb, owner_id=rep) for i, (rep, verb) in enumerate(ends)]
    by_won = REPORT.ranking.model_copy(update={"order": "won"})
    assert [it.owner_id for it in conversions(REPORT.ranking, events, {})] == ["a", "b"]
    assert [it.owner_id for it in conversions(by_won, events, {})] == ["b", "a"]


def test_a_field_nobody_is_asked_for_may_say_anything_and_the_card_words_what_was_done() -> None:
    evasive = an_event(owner_id="a", loss_reason="待定", note="其他")
    (person,) = play(PRESSURE, PROCESS, [evasive], now=NOON).people
    assert [use.field for use in person.others] == ["loss_reason"]
    assert person.says.startswith("a跳过阶段0次，用「其他」之类的词应付1次")
    card = PRESSURE.model_copy(update={"not_asked": ("loss_reason", "note")})
    assert play(card, PROCESS, [evasive], now=NOON).people == ()


def test_who_evades_most_may_come_first() -> None:
    skipper = [an_event(stage="需求确认", owner_id="a", at=-DAY), an_event(stage="报价")]
    evader = an_event(entity_id="opp-2", owner_id="b", loss_reason="无", source="-")
    others_first = PRESSURE.model_copy(update={"order": "others"})
    for card, first in ((PRESSURE, "a"), (others_first, "b")):
        found = play(card, PROCESS, [*skipper, evader], now=NOON)
        assert found.people[0].person == first
        assert found.is_enough is False, "two are fewer than ten"
