"""Working time over nights, weekends, Chinese holidays and make-up days: examples first, then laws."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.content.playbook_values import BusinessHours, Schedule, known_zones
from service.domain.playbooks.hours import OFFICE, add_worked, is_workday, next_scheduled, worked_between
from tests.support.playbooks import CHINA, china

FIRST, LAST = datetime(2025, 1, 1), datetime(2026, 11, 30)  # noqa: DTZ001 - hypothesis adds the zone
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
durations = st.integers(0, 60 * 120).map(lambda minutes: timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-02 10:00", 2, "2026-03-02 12:00"),
        ("2026-03-02 17:00", 2, "2026-03-03 10:00"),
        ("2026-03-06 17:00", 2, "2026-03-09 10:00"),  # Friday to Monday
        ("2026-03-02 03:00", 1, "2026-03-02 10:00"),  # before the office opens
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),  # over the National Day week
        ("2026-02-13 17:00", 2, "2026-02-14 10:00"),  # a Saturday that is worked for the Spring Festival
    ],
)
def test_a_deadline_counts_the_hours_people_work(start: str, hours: int, end: str) -> None:
    assert add_worked(china(start), timedelta(hours=hours)) == china(end)
    assert worked_between(china(start), china(end)) == timedelta(hours=hours)


def test_holidays_and_make_up_days_are_known_and_an_unpublished_year_has_its_weekends() -> None:
    assert not is_workday(date(2026, 10, 1))
    assert not is_workday(date(2026, 2, 17))
    assert is_workday(date(2026, 2, 14))
    assert is_workday(date(2099, 10, 1))  # a Thursday; nobody knows yet
    assert not is_workday(date(2099, 10, 3))


def test_other_zones_have_weekends_but_no_chinese_holidays() -> None:
    utc = BusinessHours(zone="UTC")
    start = datetime(2026, 10, 1, 16, tzinfo=UTC)
    assert add_worked(start, timedelta(hours=3), utc) == datetime(2026, 10, 2, 10, tzinfo=UTC)


@given(moments, durations)
def test_what_was_added_has_been_worked(start: datetime, duration: timedelta) -> None:
    assert worked_between(start, add_worked(start, duration)) == duration


@given(moments, durations, durations)
def test_adding_twice_is_adding_the_sum(start: datetime, one: timedelta, other: timedelta) -> None:
    assert add_worked(add_worked(start, one), other) == add_worked(start, one + other) or one + other == timedelta(0)


@given(moments, durations)
def test_a_deadline_lies_in_working_hours_and_not_before_the_start(start: datetime, duration: timedelta) -> None:
    end = add_worked(start, duration)
    local = end.astimezone(CHINA)
    assert end >= start
    assert is_workday(local.date())
    assert OFFICE.open <= local.time() <= OFFICE.close


@given(moments, moments)
def test_working_time_is_never_longer_than_time_and_never_negative(one: datetime, other: datetime) -> None:
    worked = worked_between(one, other)
    assert timedelta(0) <= worked <= max(other - one, timedelta(0))


@pytest.mark.parametrize(
    ("at", "on", "after", "expected"),
    [
        ("18:00", "workday", "2026-03-02 17:59", "2026-03-02 18:00"),
        ("18:00", "workday", "2026-03-06 18:00", "2026-03-09 18:00"),
        ("08:50", "workday", "2026-09-30 09:00", "2026-10-08 08:50"),
        ("09:00", "monday", "2026-03-03 00:00", "2026-03-09 09:00"),
        ("09:00", "friday", "2026-03-03 00:00", "2026-03-06 09:00"),
        ("00:00", "month_start", "2026-03-01 00:00", "2026-04-01 00:00"),
        ("07:30", "day", "2026-03-07 07:31", "2026-03-08 07:30"),
    ],
)
def test_the_next_moment_of_a_schedule(at: str, on: str, after: str, expected: str) -> None:
    schedule = Schedule.model_validate({"at": at, "on": on})
    assert next_scheduled(schedule, china(after)) == china(expected)


@given(moments, st.sampled_from(["workday", "day", "monday", "month_start"]), st.times().filter(lambda t: t < time(23)))
def test_schedules_move_on_and_miss_nothing(after: datetime, on: str, at: time) -> None:
    schedule = Schedule.model_validate({"at": at.replace(second=0, microsecond=0), "on": on})
    first = next_scheduled(schedule, after)
    assert first > after
    assert next_scheduled(schedule, first - timedelta(seconds=1)) == first


def test_zones_are_known_by_name_and_looked_for_on_the_disk_once() -> None:
    assert {"Asia/Shanghai", "Europe/Berlin", "UTC"} <= known_zones()
    assert "Asia/Nowhere" not in known_zones()
    assert known_zones() is known_zones()
