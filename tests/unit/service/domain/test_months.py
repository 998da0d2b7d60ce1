"""A month begins at midnight where the customers live."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import Invalid
from service.domain.months import before, bounds, month_of


def test_a_month_begins_at_midnight_in_shanghai() -> None:
    assert bounds("2026-03") == (datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC))


def test_december_ends_with_the_year() -> None:
    assert bounds("2026-12")[1] == datetime(2026, 12, 31, 16, tzinfo=UTC)


def test_a_late_evening_in_utc_is_the_next_month() -> None:
    assert month_of(datetime(2026, 2, 28, 15, 59, tzinfo=UTC)) == "2026-02"
    assert month_of(datetime(2026, 2, 28, 16, 0, tzinfo=UTC)) == "2026-03"


@pytest.mark.parametrize(("steps", "month"), [(0, "2026-03"), (1, "2026-02"), (3, "2025-12"), (15, "2024-12")])
def test_months_before(steps: int, month: str) -> None:
    assert before("2026-03", steps) == month


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "26-03", "2026-3", "2026-03-01", "２０２６-03"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        bounds(text)
    assert refused.value.code == "month_invalid"


@given(st.integers(2001, 2098), st.integers(1, 12), st.integers(0, 11))
def test_months_follow_each_other_without_a_gap(year: int, number: int, steps: int) -> None:
    month = f"{year}-{number:02d}"
    assert bounds(before(month))[1] == bounds(month)[0]
    assert month_of(bounds(month)[0]) == month
    assert before(month, steps) <= month
