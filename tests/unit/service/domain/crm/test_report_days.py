"""An office's days: where they begin and end, and that each day and each week is due exactly once."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.content.office import ReportTimes
from service.domain.crm.report_days import ReportDays, monday_of

ZONES = ("Asia/Shanghai", "America/Los_Angeles", "Europe/Berlin", "Pacific/Kiritimati", "Asia/Kathmandu")


def days_in(zone: str, **times: object) -> ReportDays:
    return ReportDays(ZoneInfo(zone), ReportTimes.model_validate(times))


def test_a_day_has_the_hours_of_its_zone_over_the_change_of_clocks() -> None:
    berlin = days_in("Europe/Berlin")
    begin, end = berlin.bounds(date(2026, 3, 29), 1)
    assert (end.astimezone(UTC) - begin.astimezone(UTC)) == timedelta(hours=23)
    begin, end = berlin.bounds(date(2026, 10, 19), 7)
    assert (end.astimezone(UTC) - begin.astimezone(UTC)) == timedelta(days=7, hours=1)


@pytest.mark.parametrize(
    ("zone", "today"), [("Asia/Shanghai", 3), ("America/Los_Angeles", 2), ("Pacific/Kiritimati", 3)]
)
def test_the_day_of_one_moment_differs_between_offices(zone: str, today: int) -> None:
    now = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    assert days_in(zone).today(now) == date(2026, 3, today)
    assert days_in(zone).yesterday(now) == date(2026, 3, today - 1)
    assert days_in(zone).last_week(now) == date(2026, 2, 23)


def test_a_weekly_report_on_a_friday_evening_is_of_the_week_before() -> None:
    office = days_in("Asia/Shanghai", weekly="17:30", weekly_on="friday")
    friday = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
    assert office.due(friday)[1] == ("weekly", date(2026, 3, 2))
    assert office.due(friday - timedelta(seconds=1))[1] == ("weekly", date(2026, 2, 23))


@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    weekday=st.sampled_from(("monday", "wednesday", "sunday")),
    start=st.integers(0, 330 * 1_440),
    steps=st.lists(st.integers(1, 3 * 1_440), min_size=30, max_size=60),
)
def test_whenever_one_looks_what_is_due_moves_on_and_never_back(
    zone: str, hour: int, weekday: str, start: int, steps: list[int]
) -> None:
    office = days_in(zone, daily=time(hour), weekly=time(hour), weekly_on=weekday)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    seen: Counter[tuple[str, date]] = Counter()
    for minutes in steps:
        before, now = now, now + timedelta(minutes=minutes)
        for old, new in zip(office.due(before), office.due(now), strict=True):
            assert new[1] >= old[1]
            seen[new] += new != old
        _, end = office.bounds(office.due(now)[0][1], 1)
        assert end <= now, "a report is told of when its time is over"
        assert monday_of(office.due(now)[1][1]) == office.due(now)[1][1]
    assert max(seen.values()) <= 1, "what is due becomes so once"
