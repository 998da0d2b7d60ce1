"""What each kind of selection sees, with the values at their borders and when there is nothing to see."""

from datetime import timedelta
from math import isnan
from typing import Any

import pytest

from service.domain.content.playbook_selections import When
from service.domain.playbooks.hours import OFFICE
from service.domain.playbooks.measures import metres_between, per_period
from service.domain.playbooks.selecting import NEVER, Seen, see
from service.domain.playbooks.timeline import Fact, Timeline
from service.domain.playbooks.values import as_number, as_text, instant_of, shown, spoken
from tests.support.playbooks import a_fact, china

REF = ("opportunity", "o1")
NOON = "2026-03-10 12:00"


def seen(facts: list[Fact], at: str = NOON, *, worked: bool = False, **when: Any) -> Seen:
    return see(When.model_validate(when), Timeline.of(REF, facts), china(at), office=OFFICE if worked else None)


def updated(at: str, **data: Any) -> Fact:
    return a_fact("opportunity.updated", at, **data)


def call(at: str, **data: Any) -> Fact:
    return a_fact("call.logged", at, kind="account", id_="a1", **data)


def test_a_field_has_a_value_an_age_and_what_it_was_before() -> None:
    facts = [updated("2026-03-02 09:00", amount="12.50"), updated("2026-03-09 12:00", amount=300)]
    found = seen(facts, field="amount", worked=True)
    assert found.values["number"] == 300
    assert found.values["before"] == "12.50"
    assert found.values["age"] == timedelta(days=1)
    assert found.values["worked"] == timedelta(hours=9)
    assert found.cause == facts[1].id
    assert found.proofs[0].value == "300"
    assert seen(facts, at="2026-03-03 09:00", field="amount").values["number"] == 12.5


def test_a_field_nobody_wrote_is_as_old_as_its_subject_and_no_number() -> None:
    found = seen([updated("2026-03-09 12:00", stage="a")], field="amount")
    assert (found.values["present"], found.values["text"], found.cause) == (False, "", "")
    assert found.values["age"] == timedelta(days=1)
    assert isnan(found.values["number"])
    assert found.values["until"] == NEVER
    assert seen([], field="amount").values["age"] == timedelta(0)


def test_a_field_that_holds_a_day_says_how_long_until_then() -> None:
    found = seen([updated("2026-03-01 09:00", delivery="2026-03-12")], field="delivery")
    assert found.values["until"] == timedelta(hours=36)
    assert found.values["day"] == "20260312"
    assert found.deadlines == (china("2026-03-12 00:00"),)


def test_fields_of_other_entities_are_not_the_subjects_own() -> None:
    facts = [a_fact("quote.created", "2026-03-09 12:00", kind="quote", id_="q1", stage="x")]
    assert not seen(facts, field="stage").values["present"]


def test_the_last_event_of_a_time_with_what_was_taken_from_it() -> None:
    facts = [call("2026-03-08 12:00", result="no"), call("2026-03-10 11:00", result="ok", minutes=7)]
    found = seen(facts, event=["call.logged"], within="1d", take=["result", "minutes", "missing"])
    assert (found.values["n"], found.values["result"], found.values["minutes"]) == (1, "ok", 7.0)
    assert found.values["missing"] is None
    assert found.values["age"] == timedelta(hours=1)
    nothing = seen(facts, event=["call.logged"], within="1d", match={"result": "maybe"})
    assert (nothing.values["present"], nothing.values["n"]) == (False, 0)


@pytest.mark.parametrize(("at", "holds"), [("2026-03-12 11:59", False), ("2026-03-12 12:00", True)])
def test_an_absence_holds_from_its_very_end(at: str, *, holds: bool) -> None:
    found = seen([call("2026-03-10 12:00")], at=at, absent=["call.logged"], **{"for": "2d"})
    assert found.values["holds"] is holds
    assert found.moments == (china("2026-03-12 12:00"),)


def test_an_absence_of_what_never_was_counts_from_the_first_event() -> None:
    facts = [updated("2026-03-01 12:00", stage="a")]
    assert seen(facts, absent=["call.logged"], **{"for": "9d"}).values["holds"]
    assert seen(facts, absent=["call.logged"], **{"for": "9d"}).cause == "never"
    assert not seen([], absent=["call.logged"], **{"for": "9d"}).values["holds"]


def test_a_count_forgets_what_leaves_its_window() -> None:
    facts = [call("2026-03-08 12:00", who="a"), call("2026-03-09 12:00", who="a"), call("2026-03-10 12:00", who="b")]
    found = seen(facts, count=["call.logged"], within="2d", distinct="who")
    assert (found.values["n"], found.values["distinct"]) == (2, 2)
    assert found.moments == (china("2026-03-11 12:00"),)


def a_visit(at: str, *findings: dict[str, Any]) -> Fact:
    return a_fact("visit.analyzed", at, kind="visit", id_="v1", visit_id="visit-1", findings=list(findings))


def said(code: str = "price", **changes: Any) -> dict[str, Any]:
    return {
        "kind": "objection",
        "code": code,
        "score": 0.8,
        "turn": 3,
        "role": "customer",
        "quote": "太贵了",
        **changes,
    }


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"objection": "price"}, 1),
        ({"objection": "any"}, 2),
        ({"objection": "any", "min_score": 0.85}, 1),
        ({"objection": "price", "role": "rep"}, 0),
        ({"signal": "price"}, 0),
    ],
)
def test_findings_are_chosen_by_kind_code_role_and_score(wanted: dict[str, Any], count: int) -> None:
    facts = [a_visit("2026-03-09 12:00", said(), said("trust", score=0.9))]
    found = seen(facts, finding=wanted)
    assert found.values["n"] == count
    if count:
        assert found.values["quote"] == "太贵了"
        assert (found.proofs[0].visit_id, found.proofs[0].turn, found.proofs[0].quote) == ("visit-1", 3, "太贵了")


def test_a_series_compares_with_the_weeks_before_and_says_when_it_cannot() -> None:
    weeks = [china("2026-03-10 12:00") - timedelta(weeks=week, hours=1) for week in range(10)]
    facts = [a_fact("lead.created", at, kind="lead", id_=f"l{n}", value=10 if n else 4) for n, at in enumerate(weeks)]
    found = seen(facts, series=["lead.created"], period="1w", baseline=8, sum="value")
    assert (found.values["values"], found.values["baseline"]) == ([4.0], 10.0)
    assert found.values["max_ratio"] == found.values["min_ratio"] == 0.4
    young = seen(facts[:3], series=["lead.created"], period="1w", baseline=8, sum="value")
    assert young.values["known"] is False
    assert isnan(young.values["max_ratio"])
    assert per_period([], at=china(NOON), period=timedelta(weeks=1), last=1, baseline=2, first_at=None) == ([0.0], 0.0)


def test_a_gap_is_measured_between_two_instants_of_the_subject() -> None:
    facts = [updated("2026-03-01 09:00", planned="2026-03-02 10:00"),
             updated("2026-03-02 09:00", taken="2026-03-02T04:30:00Z")]  # fmt: skip
    found = seen(facts, gap=["planned", "taken"])
    assert (found.values["present"], found.values["minutes"], found.values["hours"]) == (True, 150, 2.5)
    assert found.cause == facts[1].id
    missing = seen(facts[:1], gap=["planned", "taken"])
    assert not missing.values["present"]
    assert isnan(missing.values["minutes"])


def test_distances_are_metres_on_the_ground_and_nonsense_is_none() -> None:
    assert metres_between((31.2304, 121.4737), (31.2304, 121.4737)) == 0
    assert metres_between((0, 0), (0, 1)) == pytest.approx(111_195, rel=1e-3)
    assert isnan(metres_between((91, 0), (0, 0)))
    facts = [updated("2026-03-01 09:00", a=31.2304, b=121.4737, c=31.2324, d=121.4737)]
    near = seen(facts, distance=[["a", "b"], ["c", "d"]])
    assert near.values["metres"] == pytest.approx(222, abs=1)
    assert not seen(facts, distance=[["a", "b"], ["c", "x"]]).values["present"]


def plan(id_: str, begins: str, ends: str, at: str = "2026-03-01 09:00") -> Fact:
    return a_fact("plan.created", at, kind="plan", id_=id_, b=f"2026-03-12 {begins}", e=f"2026-03-12 {ends}")


def test_plans_clash_when_they_overlap_and_the_last_word_about_each_counts() -> None:
    when = {"clash": ["plan.created"], "start": "b", "end": "e"}
    assert seen([plan("1", "09:00", "10:00"), plan("2", "10:00", "11:00")], **when).values["n"] == 0
    assert seen([plan("1", "09:00", "12:00"), plan("2", "10:00", "11:00")], **when).values["n"] == 2
    moved = plan("2", "13:00", "14:00", at="2026-03-02 09:00")
    assert seen([plan("1", "09:00", "12:00"), plan("2", "10:00", "11:00"), moved], **when).values["n"] == 0
    assert seen([plan("1", "12:00", "09:00"), plan("2", "10:00", "11:00")], **when).values["n"] == 0


def asked(day: int, text: str) -> Fact:
    return a_fact("store.question_asked", f"2026-03-{day:02} 10:00", kind="store", id_="s1", question=text)


def test_a_streak_is_days_running_up_to_today_or_yesterday() -> None:
    when = {"streak": ["store.question_asked"], "key": "question"}
    days = [asked(day, "停车收费吗") for day in (7, 8, 9)]
    assert seen(days, **when).values == {"present": True, "days": 3, "key": "停车收费吗"}
    assert seen(days, at="2026-03-11 09:00", **when).values["days"] == 0
    assert seen([*days, asked(10, "停车收费吗")], **when).values["days"] == 4
    assert seen([asked(9, "停车要钱吗"), asked(10, "停车收费吗")], **when).values["days"] == 1
    assert seen([asked(9, "停车场收费吗"), asked(10, "停车收费吗")], similar=0.5, **when).values["days"] == 2
    assert seen([asked(9, ""), asked(9, "？！")], similar=0.5, **when).values["days"] == 1


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3.0), ("3.50", 3.5), ("-2", -2.0), (True, None), ("3,000", None), ("3e5", None), (None, None), (1e300, None)],
)
def test_only_what_is_plainly_a_number_is_one(value: object, number: float | None) -> None:
    found = as_number(value)
    assert isnan(found) if number is None else found == number


@pytest.mark.parametrize("value", ["2026-02-30", "0000-01-01", "2026-3-1", "明天", 20260301, None, "2026-03-01 25:00"])
def test_what_names_no_moment_is_none(value: object) -> None:
    assert instant_of(value) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "（无）"),
        (True, "是"),
        (300000, "300,000"),
        (2.50, "2.5"),
        (float("nan"), "（无）"),
        (timedelta(days=3, hours=2, minutes=5), "3天2小时"),
        (timedelta(minutes=45), "45分钟"),
        (timedelta(seconds=5), "0分钟"),
        (timedelta(hours=-3), "超出3小时"),
        (["a", 1], "a、1"),
        ({"a": 1}, "（无）"),
        ("a\u202eb\x00c\nd", "abc d"),
        ("长" * 500, "长" * 119 + "…"),
    ],
)
def test_values_are_shown_short_plain_and_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_texts_and_spoken_durations() -> None:
    assert (as_text(True), as_text(1.5), as_text(None), as_text([1])) == ("true", "1.5", "", "")
    assert spoken(timedelta(days=30)) == "30天"
