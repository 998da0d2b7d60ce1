"""Requests of people about their data, and by when each must be answered.

Invariant: the time begins with the day after the request came, whenever it was written down; a request that was closed
stays closed. Source: reliability, section 5 (PIPL 44 to 46, GDPR 12 (3)): 15 working days, or 30 days by setting.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from service.domain.playbooks.hours import is_workday
from service.domain.privacy.rules import SubjectKind

RequestKind = Literal["access", "copy", "correction", "erasure", "objection"]
REQUEST_KINDS: tuple[RequestKind, ...] = ("access", "copy", "correction", "erasure", "objection")
Channel = Literal["letter", "email", "phone", "in_person", "online", "other"]
RequestState = Literal["open", "answered", "refused"]
RequestTime = Literal["working_days", "calendar_days"]
Urgency = Literal["due_soon", "overdue"]

DAYS = {"working_days": 15, "calendar_days": 30}
WARN_WORKING_DAYS = 3
TERMS_ID = "terms"
REQUEST_DUE = "privacy.request_due"
ANSWERED_BY_COPY: tuple[RequestKind, ...] = ("access", "copy")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RequestTermsRow:
    """How a tenant counts the time of its requests; `id` is always `terms`, one row a tenant."""

    id: str
    tenant_id: str
    at: datetime
    time: RequestTime = "working_days"


@dataclass(frozen=True, slots=True)
class SubjectRequestRow:
    """One request; `at` is when it was written down, `due_at` the end of its last day.

    `reason` says what was answered or why it was refused. Of a subject that was erased, `subject_id` is the stone.
    """

    id: str
    tenant_id: str
    at: datetime
    kind: RequestKind
    subject_kind: SubjectKind
    subject_id: str
    channel: Channel
    received_at: datetime
    time: RequestTime
    warn_at: datetime
    due_at: datetime
    recorded_by: str
    state: RequestState = "open"
    closed_at: datetime | None = None
    closed_by: str = ""
    reason: str = ""
    receipt_id: str = ""
    warned_at: datetime | None = None
    overdue_told_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open and its last day is over."""
        return self.state == "open" and now >= self.due_at

    def untold(self, now: datetime) -> Urgency | None:
        """What nobody has been told of it yet: that its time is over, or that it soon will be."""
        if self.state != "open":
            return None
        if now >= self.due_at:
            return None if self.overdue_told_at else "overdue"
        return "due_soon" if now >= self.warn_at and self.warned_at is None else None


def due_times(received_at: datetime, time_: RequestTime, *, zone: str) -> tuple[datetime, datetime]:
    """When to warn, and the end of the last day.

    Args:
        zone: the IANA name of the office's zone; days are counted there.
    Returns:
        (the beginning of the third working day before the last one, the end of the last day), in UTC.

    >>> warn, due = due_times(datetime(2026, 9, 21, 2, tzinfo=UTC), "working_days", zone="Asia/Shanghai")
    >>> warn.isoformat(), due.isoformat()
    ('2026-10-13T16:00:00+00:00', '2026-10-19T16:00:00+00:00')
    """
    there = ZoneInfo(zone)
    day = received_at.astimezone(there).date()
    last = day + DAYS[time_] * DAY if time_ == "calendar_days" else _worked(day, DAYS[time_], DAY)
    warned = _worked(last, WARN_WORKING_DAYS, -DAY)
    return _begin(warned, there), _begin(last + DAY, there)


def _worked(day: date, days: int, step: timedelta) -> date:
    """The working day that lies `days` working days from `day`; the statutory calendar, whatever a firm adds to it."""
    while days:
        day += step
        days -= is_workday(day)
    return day


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def told(request: SubjectRequestRow, urgency: Urgency, now: datetime) -> SubjectRequestRow:
    """The request after its urgency was told; one that is overdue is no longer told to be due soon."""
    if urgency == "overdue":
        return replace(request, overdue_told_at=now)
    return replace(request, warned_at=now)


def first_due(requests: Iterable[SubjectRequestRow]) -> list[SubjectRequestRow]:
    """Open requests, those that are due first at the beginning."""
    return sorted((each for each in requests if each.state == "open"), key=lambda each: (each.due_at, each.id))
