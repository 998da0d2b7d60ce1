"""Bodies of requests of people about their data, and of how their time is counted."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from service.api.rendering import instant
from service.api.schemas.base import In, Instant, Label, Out
from service.api.schemas.examples import answer, body
from service.domain.privacy.subject_requests import SubjectRequestRow

Said = Annotated[Label, Field(min_length=1)]


class RequestIn(In):
    """What somebody asked for; `subject` is `person:ID`, `account:ID` or `visit:ID`."""

    kind: Literal["access", "copy", "correction", "erasure", "objection"]
    subject: Annotated[str, Field(strict=True, min_length=3, max_length=200)]
    channel: Literal["letter", "email", "phone", "in_person", "online", "other"]
    received_at: Instant


class ReasonIn(In):
    """What was answered, or why it was refused; kept as proof, so name nobody in it."""

    reason: Said


class RequestOut(Out):
    """A request; of a subject that was erased `subject_id` is a digest. `due_at` is the end of the last day."""

    id: str
    kind: str
    subject_kind: str
    subject_id: str
    channel: str
    received_at: str
    recorded_at: str
    recorded_by: str
    time: Annotated[str, Field(description="working_days: 15 of them; calendar_days: 30")]
    due_at: str
    state: str
    overdue: bool
    closed_at: str | None
    closed_by: str
    reason: str
    receipt_id: str

    @classmethod
    def of(cls, row: SubjectRequestRow, now: datetime) -> "RequestOut":
        """From the row, as it stands at `now`."""
        return cls(
            id=row.id,
            kind=row.kind,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            channel=row.channel,
            received_at=instant(row.received_at),
            recorded_at=instant(row.at),
            recorded_by=row.recorded_by,
            time=row.time,
            due_at=instant(row.due_at),
            state=row.state,
            overdue=row.is_overdue(now),
            closed_at=instant(row.closed_at) if row.closed_at else None,
            closed_by=row.closed_by,
            reason=row.reason,
            receipt_id=row.receipt_id,
        )


class RequestPageOut(Out):
    """Requests, the newest first."""

    items: list[RequestOut]
    next_cursor: str | None


class DueOut(Out):
    """Open requests, those that are due first at the beginning; `open` and `overdue` count all of them."""

    items: list[RequestOut]
    open: int
    overdue: int


class RequestTermsIn(In):
    """How the time of requests is counted that come from now on."""

    time: Literal["working_days", "calendar_days"]


class RequestTermsOut(RequestTermsIn, Out):
    """How it is counted now."""


_REQUEST = {
    "id": "req_019cdb0f10117d2295f08a41e6cc3b70",
    "kind": "copy",
    "subject_kind": "account",
    "subject_id": "acc-2041",
    "channel": "email",
    "received_at": "2026-03-09T01:20:00.000Z",
    "recorded_at": "2026-03-09T02:03:45.118Z",
    "recorded_by": "key:7f2a9c01",
    "time": "working_days",
    "due_at": "2026-03-30T16:00:00.000Z",
    "state": "open",
    "overdue": False,
    "closed_at": None,
    "closed_by": "",
    "reason": "",
    "receipt_id": "",
}
_CLOSED = {"state": "answered", "closed_at": "2026-03-11T03:12:45.118Z", "closed_by": "key:7f2a9c01",
           "reason": "已按来函更正"}  # fmt: skip
REQUEST_IN = body({"kind": "copy", "subject": "account:acc-2041", "channel": "email",
                   "received_at": "2026-03-09T09:20:00+08:00"}, "RequestIn")  # fmt: skip
REQUEST_OUT = answer(_REQUEST)
REQUEST_PAGE = answer({"items": [_REQUEST], "next_cursor": None})
REQUESTS_DUE = answer({"items": [_REQUEST], "open": 1, "overdue": 0})
REASON_IN = body({"reason": "已按来函更正"}, "ReasonIn")
REQUEST_CLOSED = answer({**_REQUEST, **_CLOSED})
TERMS_IN = body({"time": "calendar_days"}, "RequestTermsIn")
TERMS_OUT = answer({"time": "calendar_days"})
