"""Which day and which week a report is about, and when it is due, by the clock of the office it is for.

Invariant: a moment lies in exactly one day of an office, and each day and each week is due once.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from service.domain.content.bundle import Content
from service.domain.content.office import ReportTimes
from service.domain.content.playbook_values import WEEKDAYS

ReportName = Literal["daily", "weekly"]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReportDays:
    """Days and weeks in an office's zone, and at what hour it wants to hear of them."""

    zone: ZoneInfo
    times: ReportTimes

    @classmethod
    def of(cls, content: Content) -> "ReportDays":
        """Those of a tenant, from its content."""
        return cls(ZoneInfo(content.office.zone), content.report_times)

    def today(self, now: datetime) -> date:
        """The office's calendar day."""
        return now.astimezone(self.zone).date()

    def yesterday(self, now: datetime) -> date:
        """The day that the newest complete daily report is about."""
        return self.today(now) - DAY

    def last_week(self, now: datetime) -> date:
        """The Monday of the newest complete week."""
        return monday_of(self.today(now)) - 7 * DAY

    def bounds(self, day: date, days: int) -> tuple[datetime, datetime]:
        """The first moment of `day` and the one after the last of `days` days."""
        begin = datetime.combine(day, time(), self.zone)
        return begin, datetime.combine(day + days * DAY, time(), self.zone)

    def due(self, now: datetime) -> tuple[tuple[ReportName, date], ...]:
        """The newest daily and the newest weekly report that are due by `now`: what it is called and its first day.

        After an outage that is one of each; those missed before it are read on demand.
        """
        today = self.today(now)
        told = self._moment_on(today, self.times.daily)
        newest = today if told <= now else today - DAY
        back = (today.weekday() - WEEKDAYS.index(self.times.weekly_on)) % 7
        weekly = today - back * DAY
        if self._moment_on(weekly, self.times.weekly) > now:
            weekly -= 7 * DAY
        return ("daily", newest - DAY), ("weekly", monday_of(weekly) - 7 * DAY)

    def _moment_on(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone)


def monday_of(day: date) -> date:
    """The Monday of the week a day lies in."""
    return day - day.weekday() * DAY
