"""Credibility: each comparison says what differs; what was not proved either way is not counted."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.coaching.debriefs import DebriefForm
from service.domain.content.credibility import CredibilityCard
from service.domain.crm.credibility import Credibility, credibility
from service.domain.crm.events import CrmEvent
from tests.support.crm import an_event

CARD = CredibilityCard.model_validate(
    {
        "id": "c1", "title": "分", "status": "active", "description": "x", "owner": "x", "date": "2026-03-01",
        "low_below": 0.7, "months": 2, "max_distance_m": 200,
    }
)  # fmt: skip


def told(verb: str, visit: str = "v-1", **data: Any) -> CrmEvent:
    return an_event("visit", visit, verb=verb, owner_id="rep-1", **data)


def radar(*events: CrmEvent, heard: dict[str, DebriefForm] | None = None) -> Credibility:
    return credibility(CARD, "rep-1", "2026-03", events, heard or {})


@pytest.mark.parametrize(
    ("said", "heard", "value", "note"),
    [
        ({"objections": ["price"]}, DebriefForm(objections=("price",)), 1, ""),
        ({"objections": []}, DebriefForm(), 1, ""),
        ({"objections": ["price", "trust"]}, DebriefForm(objections=("price",)), 0.5, "填了、录音里没有的异议：trust"),
        ({"objections": []}, DebriefForm(objections=("price",)), 0, "录音里有、没有填的异议：price"),
        ({"due": "2026-03-09"}, DebriefForm(due=date(2026, 3, 9)), 1, ""),
        (
            {"due": "2026-03-20T00:00:00Z"},
            DebriefForm(due=date(2026, 3, 9)),
            0,
            "截止日填2026-03-20，录音里是2026-03-09",
        ),
    ],
)
def test_words_and_recording(said: dict[str, Any], heard: DebriefForm, value: float, note: str) -> None:
    (found,) = radar(told("debriefed", **said), heard={"v-1": heard}).agreements
    assert (found.axis, found.value, found.note) == ("transcript", value, note)


@pytest.mark.parametrize(
    ("event", "axis", "value", "note"),
    [
        (told("checked_in", distance_m=200), "location", 1, ""),
        (told("checked_in", distance_m=201), "location", 0, "定位离客户201米，超过200米"),
        (told("receipt", confirmed=True), "receipt", 1, ""),
        (told("receipt", confirmed=False), "receipt", 0, "客户回执：不属实"),
    ],
)
def test_place_and_receipt(event: CrmEvent, axis: str, value: float, note: str) -> None:
    (found,) = radar(event).agreements
    assert (found.axis, found.value, found.note, found.because) == (axis, value, note, (event.id,))


def test_a_screenshot_is_held_against_the_names_written_down() -> None:
    said = told("debriefed", contact_name="骆主任", contact_title=" 科室主任 ")
    (same,) = radar(said, told("screenshot_read", contact_name="骆主任", contact_title="科室主任")).agreements
    (half,) = radar(said, told("screenshot_read", contact_name="骆主任", contact_title="护士")).agreements
    assert (same.value, half.value, half.note) == (1, 0.5, "截图里的职位和填的不一样")


@pytest.mark.parametrize(
    "events",
    [
        [told("debriefed", objections=["price"])],
        [told("debriefed", objections="price"), told("screenshot_read")],
        [told("checked_in", distance_m="near")],
        [told("receipt", confirmed="yes")],
        [told("screenshot_read", contact_name="骆主任")],
    ],
)
def test_what_cannot_be_compared_is_not_counted(events: list[CrmEvent]) -> None:
    found = radar(*events, heard={"v-1": DebriefForm(objections=("price",))} if len(events) > 1 else None)
    assert (found.agreements, found.value, found.n) == ((), None, 0)


def test_under_three_comparisons_there_is_no_number_for_an_axis_nor_for_the_month() -> None:
    two = [told("checked_in", f"v-{i}", distance_m=10) for i in range(2)]
    assert (radar(*two).value, radar(*two).axes["location"]) == (None, (None, 2))
    third = told("receipt", "v-1", confirmed=False)
    month = radar(*two, third)
    assert month.value == pytest.approx(2 / 3)
    assert (month.axes["location"], month.axes["receipt"]) == ((None, 2), (None, 1))


def test_of_two_accounts_of_one_visit_the_last_counts() -> None:
    first = told("receipt", confirmed=False)
    later = told("receipt", confirmed=True, at=timedelta(hours=1))
    (found,) = radar(later, first).agreements
    assert (found.value, found.because) == (1, (later.id,))
