"""Working time: how long a deadline takes over nights, weekends and Chinese public holidays with their make-up days.

Invariant: `worked_between(start, add_worked(start, d)) == d`, and both only ever grow with their arguments.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

from service.domain.content.playbook_values import WEEKDAYS, BusinessHours, Schedule

DAY = timedelta(days=1)
FIRST = date(2000, 1, 1)  # no firm asks for working hours before
ZERO = timedelta(0)
OFFICE = BusinessHours()


def is_workday(day: date, office: BusinessHours = OFFICE) -> bool:
    """Whether people of an office work that day: its own exceptions count first, then holidays, then the week.

    Where the State Council has not yet published a year, its weekends alone are free.
    """
    if day in office.closed or day in office.worked:
        return day in office.worked
    if office.holidays == "china":
        if day in chinese_calendar.workdays:
            return True
        if day in chinese_calendar.holidays:
            return False
    return WEEKDAYS[day.weekday()] not in office.free


def add_worked(start: datetime, duration: timedelta, office: BusinessHours = OFFICE) -> datetime:
    """The moment at which `duration` of working time has passed since `start`, in UTC."""
    calendar = _calendar(office)
    left = duration
    day = start.astimezone(calendar.zone).date()
    while True:
        opens, closes = calendar.span(day)
        begin = max(opens, start)
        if begin < closes:
            if left <= closes - begin:
                return (begin + left).astimezone(UTC)
            left -= closes - begin
        day += DAY


def worked_between(start: datetime, end: datetime, office: BusinessHours = OFFICE) -> timedelta:
    """How much working time lies between two moments; zero when `end` is not after `start`."""
    calendar = _calendar(office)
    return max(calendar.worked_until(end) - calendar.worked_until(start), ZERO)


def next_scheduled(schedule: Schedule, after: datetime, office: BusinessHours = OFFICE) -> datetime:
    """The first moment of a schedule that lies after `after`, in UTC; its time of day is that of the office's zone."""
    zone = ZoneInfo(office.zone)
    day = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, schedule.at, zone)
        if moment > after and _is_on(schedule, day, office):
            return moment.astimezone(UTC)
        day += DAY


def _is_on(schedule: Schedule, day: date, office: BusinessHours) -> bool:
    if schedule.on == "workday":
        return is_workday(day, office)
    if schedule.on == "month_start":
        return day.day == 1
    return schedule.on == "day" or WEEKDAYS[day.weekday()] == schedule.on


@dataclass(frozen=True, slots=True)
class _Calendar:
    """An office's days, each worked out once; `sums` is the time worked from `FIRST` to the start of each day."""

    office: BusinessHours
    zone: ZoneInfo
    known: dict[date, tuple[datetime, datetime]] = field(default_factory=dict)
    sums: list[timedelta] = field(default_factory=lambda: [ZERO])

    def worked_until(self, moment: datetime) -> timedelta:
        """Time worked since `FIRST`; what lies before it counts for nothing."""
        day = moment.astimezone(self.zone).date()
        place = (day - FIRST).days
        if place < 0:
            return ZERO
        while len(self.sums) <= place:
            opens, closes = self.span(FIRST + timedelta(days=len(self.sums) - 1))
            self.sums.append(self.sums[-1] + (closes - opens))
        opens, closes = self.span(day)
        return self.sums[place] + max(min(closes, moment) - opens, ZERO)

    def span(self, day: date) -> tuple[datetime, datetime]:
        """When the office opens and closes that day, in UTC; a free day closes as it opens."""
        found = self.known.get(day)
        if found is None:
            closing = self.office.close if is_workday(day, self.office) else self.office.open
            moments = [datetime.combine(day, clock, self.zone).astimezone(UTC) for clock in (self.office.open, closing)]
            found = self.known[day] = moments[0], moments[1]
        return found


@lru_cache(maxsize=512)
def _calendar(office: BusinessHours) -> _Calendar:
    return _Calendar(office, ZoneInfo(office.zone))
