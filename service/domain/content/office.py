"""A firm's working hours as a content item: what clocks, schedules, ages in working time and reports count by."""

import datetime as dt

from service.domain.content.header import Closed, Header
from service.domain.content.playbook_values import BusinessHours, ClockTime, Weekday


class ReportTimes(Closed):
    """When reports are told of, by the office's clock: the daily one of the day before, the weekly one of the week
    before, on the day of the week that is named."""

    daily: ClockTime = dt.time(8)
    weekly: ClockTime = dt.time(8)
    weekly_on: Weekday = "monday"


class OfficeCard(Header):
    """The working hours of a whole firm; the first one in use counts, by id."""

    hours: BusinessHours
    reports: ReportTimes = ReportTimes()
