"""Feasts and ends of periods."""

from datetime import date

import pytest

from nlp.extract.calendar import FEASTS, add_months, day_of, feast_in, month_range, quarter_range, week_range

FEAST_DAYS = [
    ("春节", 2026, date(2026, 2, 17)),
    ("春节", 2027, date(2027, 2, 6)),
    ("除夕", 2027, date(2027, 2, 5)),
    ("端午", 2026, date(2026, 6, 19)),
    ("中秋", 2026, date(2026, 9, 25)),
    ("清明", 2026, date(2026, 4, 5)),
    ("清明", 2028, date(2028, 4, 4)),
    ("元宵", 2026, date(2026, 3, 3)),
    ("七夕", 2026, date(2026, 8, 19)),
    ("重阳", 2026, date(2026, 10, 18)),
    ("腊八", 2026, date(2026, 1, 26)),
    ("国庆", 2026, date(2026, 10, 1)),
]


@pytest.mark.parametrize(("name", "year", "day"), FEAST_DAYS, ids=[f"{n}{y}" for n, y, _ in FEAST_DAYS])
def test_a_feast_falls_on_this_day(name: str, year: int, day: date) -> None:
    assert feast_in(name, year) == day


@pytest.mark.parametrize("name", FEASTS)
def test_every_feast_has_a_day_in_or_right_after_every_year(name: str) -> None:
    assert all(date(year, 1, 1) <= feast_in(name, year) <= date(year + 1, 1, 31) for year in range(2020, 2040))


def test_periods_run_over_the_year() -> None:
    assert month_range(2026, 13) == (date(2027, 1, 1), date(2027, 1, 31))
    assert quarter_range(2026, 0) == (date(2025, 10, 1), date(2025, 12, 31))
    assert week_range(date(2026, 3, 15), 1) == (date(2026, 3, 16), date(2026, 3, 22))


def test_a_month_later_is_the_last_day_where_the_month_is_short() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)


def test_a_day_the_calendar_does_not_have_is_none() -> None:
    assert day_of(2026, 2, 30) is None
