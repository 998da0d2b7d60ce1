"""How long deals stay in a stage, and on which day of it they die."""

from datetime import timedelta

import pytest

from service.domain.crm.events import CrmEvent
from service.domain.stage_survival import stays_of, survival, usual_days
from tests.support.crm import an_event
from tests.support.fakes import NOON

DAY = timedelta(days=1)
END = NOON + 60 * DAY


def a_deal(name: str, *moves: tuple[float, str, str]) -> list[CrmEvent]:
    """(day, field, value) of one opportunity."""
    return [an_event("opportunity", name, at=day * DAY, **{field: value}) for day, field, value in moves]


def test_a_deal_passes_from_stage_to_stage_and_is_still_in_the_last() -> None:
    first, second = stays_of(a_deal("a", (0, "stage", "报价"), (5, "stage", "签约前")), until=END)
    assert (first.stage, first.days, first.lost, second.stage) == ("报价", 5.0, False, "签约前")
    assert (second.left_at, second.days) == (None, 55.0)
    assert second.event_id == first.ended_by


def test_order_of_arrival_and_repeats_change_nothing() -> None:
    events = a_deal("a", (0, "stage", "报价"), (2, "stage", "报价"), (5, "stage", "签约前"), (8, "status", "lost"))
    assert stays_of(events[::-1], until=END) == stays_of(events, until=END)
    assert [stay.days for stay in stays_of(events, until=END)] == [5.0, 3.0]


@pytest.mark.parametrize(("word", "lost"), [("lost", True), ("丢单", True), ("Closed_Lost", True), ("won", False)])
def test_the_end_of_a_deal_ends_its_stay(word: str, lost: bool) -> None:
    (stay,) = stays_of(a_deal("a", (0, "stage", "报价"), (4, "status", word)), until=END)
    assert (stay.left_at is not None, stay.lost, stay.days) == (True, lost, 4.0)
    (by_stage,) = stays_of(a_deal("a", (0, "stage", "报价"), (4, "stage", word)), until=END)
    assert by_stage.lost == lost


def test_what_came_after_the_end_of_watching_is_not_known() -> None:
    events = a_deal("a", (0, "stage", "报价"), (4, "status", "lost"))
    (stay,) = stays_of(events, until=NOON + 2 * DAY)
    assert (stay.left_at, stay.days) == (None, 2.0)


def test_other_kinds_and_a_loss_without_a_stage_are_no_stay() -> None:
    events = [an_event("account", "acc", stage="报价"), *a_deal("a", (1, "status", "lost"), (2, "owner", "x"))]
    assert stays_of(events, until=END) == []


def test_the_usual_stay_is_the_median_of_those_who_moved_on() -> None:
    events = [
        e for k, days in enumerate((2, 6, 9)) for e in a_deal(f"d{k}", (0, "stage", "报价"), (days, "stage", "x"))
    ]
    events += a_deal("lost", (0, "stage", "报价"), (40, "status", "lost"))
    stays = stays_of(events, until=END)
    assert usual_days(stays, "报价") == 6.0
    assert usual_days(stays, "没有") is None


def lost_on(days: list[float], *, staying: int = 0) -> list[CrmEvent]:
    deals = [e for k, day in enumerate(days) for e in a_deal(f"l{k}", (0, "stage", "签约前"), (day, "status", "lost"))]
    return deals + [e for k in range(staying) for e in a_deal(f"s{k}", (0, "stage", "签约前"))]


def test_the_third_day_before_signing_stands_out() -> None:
    found = survival(stays_of(lost_on([0.5, 2.2, 2.5, 2.9, 9.0], staying=5), until=END), "签约前")
    assert found.deadliest is not None
    assert (found.deadliest.day, found.deadliest.lost, found.deadliest.at_risk) == (3, 3, 9)
    assert found.deadliest.opportunities == ("l1", "l2", "l3")
    assert [day.day for day in found.days] == [1, 3, 10]
    assert (found.deals, found.lost, found.insufficient) == (10, 5, False)


def test_the_curve_is_kaplan_and_meiers() -> None:
    found = survival(stays_of(lost_on([1.5, 3.5, 3.6], staying=1), until=NOON + 5 * DAY), "签约前")
    assert [day.alive for day in found.days] == pytest.approx([3 / 4, 3 / 4 * 1 / 3])
    assert all(day.alive_low <= day.alive <= day.alive_high for day in found.days)


def test_those_who_moved_on_leave_the_count_without_dying() -> None:
    events = lost_on([5.5], staying=2) + a_deal("moved", (0, "stage", "签约前"), (2, "stage", "已签约"))
    (day,) = survival(stays_of(events, until=END), "签约前").days
    assert (day.at_risk, day.alive) == (3, pytest.approx(2 / 3))


def test_fewer_than_three_deals_are_no_figure() -> None:
    found = survival(stays_of(lost_on([1.0, 2.0]), until=END), "签约前")
    assert (found.insufficient, found.days, found.deadliest) == (True, (), None)


def test_a_day_that_hardly_anybody_reached_is_not_called_deadly() -> None:
    found = survival(stays_of(lost_on([1.5, 20.5, 30.5]), until=END), "签约前")
    assert found.deadliest is not None
    assert found.deadliest.day == 2
