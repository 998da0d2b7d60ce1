"""The change after a course: an interval around it, a verdict only where the interval allows one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.coaching.course_effect import CAVEAT, WINDOW, CourseEffect, measure_effect
from service.domain.coaching.observations import ObservationRow
from tests.support.builders import TENANT, an_id
from tests.support.fakes import NOON

NOW = NOON + timedelta(days=40)
VALUES = st.lists(st.integers(0, 100), min_size=3, max_size=15)


def row(number: int, value: int, days: float, *, skill: str = "objection", source: str = "talk") -> ObservationRow:
    at = NOON + timedelta(days=days)
    return ObservationRow(
        an_id("obs", number), TENANT, at, "v", "rep", "acc", skill, "r", "n", value, 1.0, source  # type: ignore[arg-type]
    )  # fmt: skip


def effect(before: list[int], after: list[int]) -> CourseEffect:
    rows = [row(n, value, -1 - n / 10) for n, value in enumerate(before)]
    rows += [row(100 + n, value, 1 + n / 10) for n, value in enumerate(after)]
    return measure_effect(rows, skill="objection", completed_at=NOON, now=NOW)


def test_a_clear_gain_is_shown_with_its_interval() -> None:
    found = effect([10, 10, 20, 10], [90, 90, 80, 90])
    assert found.verdict == "better"
    assert (found.before, found.after, found.difference) == (12.5, 87.5, 75.0)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 75.0 < found.high
    assert found.caveat == CAVEAT


def test_a_clear_loss_is_said_too() -> None:
    assert effect([90, 90, 90, 90], [10, 10, 10, 20]).verdict == "worse"


def test_what_may_be_chance_is_not_claimed() -> None:
    found = effect([10, 90, 10], [90, 10, 90])
    assert found.verdict == "not_shown"
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


@pytest.mark.parametrize(("before", "after"), [([10, 10], [90] * 9), ([10] * 9, [90, 90]), ([], [])])
def test_two_observations_say_nothing(before: list[int], after: list[int]) -> None:
    found = effect(before, after)
    assert (found.verdict, found.n_before, found.n_after) == ("insufficient_data", len(before), len(after))
    assert found.difference is None


def test_only_this_skill_from_talk_within_sixty_days_counts() -> None:
    days = WINDOW / timedelta(days=1)
    rows = [
        *(row(n, 10, -1) for n in range(3)),
        *(row(10 + n, 90, 1) for n in range(3)),
        row(20, 0, -days - 1),
        row(21, 0, 1, skill="closing"),
        row(22, 0, 1, source="tick"),
        row(23, 0, 41),  # after now
    ]
    found = measure_effect(rows, skill="objection", completed_at=NOON, now=NOW)
    assert (found.n_before, found.n_after, found.after) == (3, 3, 90.0)


@given(VALUES, VALUES)
def test_turning_time_round_turns_the_verdict_round(before: list[int], after: list[int]) -> None:
    there, back = effect(before, after), effect(after, before)
    assert there.difference == pytest.approx(-(back.difference or 0.0), abs=0.11)
    assert {"better": "worse", "worse": "better"}.get(there.verdict, "not_shown") == back.verdict


@given(VALUES)
def test_no_change_is_never_called_one(values: list[int]) -> None:
    assert effect(values, values).verdict == "not_shown"


@given(st.integers(3, 10), st.integers(1, 40))
def test_more_of_the_same_narrows_the_interval(n: int, gain: int) -> None:
    few, many = (effect([30, 50] * size, [30 + gain, 50 + gain] * size) for size in (n, 4 * n))
    assert None not in (few.low, few.high, many.low, many.high)
    assert (many.high or 0) - (many.low or 0) < (few.high or 0) - (few.low or 0)
