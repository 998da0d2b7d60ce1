"""Requests of people as the console lists them: what is due first at the top, one with its receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.errors import Invalid
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import ReceiptRow, is_stone
from service.domain.privacy.subject_requests import RequestTime, SubjectRequestRow, Urgency
from service.domain.records import Page
from service.usecases.console.view_privacy import name_of_actor
from service.usecases.console.view_scope import Scope, account_name
from service.usecases.privacy.keep_requests import due_next, find_request, terms_of
from service.usecases.services import Services

SHOWN = 200
A_PAGE = 25
_LAST_MOMENT = timedelta(seconds=1)
CLOSED = ("answered", "refused")


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request; `last_day` lies in its last day, `subject` is empty where its subject was erased."""

    request: SubjectRequestRow
    subject: str
    last_day: datetime
    urgency: Urgency | None


@dataclass(frozen=True, slots=True)
class RequestList:
    """Open requests (those that are due first), or a page of closed ones; how many are open and overdue."""

    lines: tuple[RequestLine, ...]
    open: int
    overdue: int
    time: RequestTime
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request with who wrote it down and closed it, and the receipt where an erasure answered it."""

    line: RequestLine
    recorded_by: str
    closed_by: str
    receipt: ReceiptRow | None
    counts: Mapping[str, int]


def list_requests(
    tx: UnitOfWork, services: Services, scope: Scope, *, closed: bool = False, after: str | None = None
) -> RequestList:
    """The list.

    Raises:
        Invalid: no page of the closed ones begins there (`cursor_invalid`).
    """
    now, tenant_id = services.clock.now(), scope.tenant_id
    due = due_next(tx, tenant_id)
    rows, cursor = due[:SHOWN], None
    if closed:
        if after and tx.privacy.requests.get(tenant_id, after) is None:
            raise Invalid("no page of this list begins there", code="cursor_invalid")
        rows = tx.privacy.requests.page(tenant_id, Page(A_PAGE, after), among={"state": CLOSED})
        cursor = rows[-1].id if len(rows) == A_PAGE else None
    lines = tuple(_line(tx, scope, row, now) for row in rows)
    overdue = sum(each.is_overdue(now) for each in due)
    return RequestList(lines, len(due), overdue, terms_of(tx, tenant_id, now).time, cursor)


def view_request(tx: UnitOfWork, services: Services, scope: Scope, request_id: str) -> RequestView:
    """One request, whole.

    Raises:
        NotFound: there is none (`request_not_found`).
    """
    row = find_request(tx, scope.tenant_id, request_id)
    receipt = tx.privacy.receipts.get(scope.tenant_id, row.receipt_id) if row.receipt_id else None
    return RequestView(
        line=_line(tx, scope, row, services.clock.now()),
        recorded_by=name_of_actor(scope, row.recorded_by),
        closed_by=name_of_actor(scope, row.closed_by),
        receipt=receipt,
        counts=dict(sorted(receipt.counts.items())) if receipt else {},
    )


def _line(tx: UnitOfWork, scope: Scope, row: SubjectRequestRow, now: datetime) -> RequestLine:
    urgency: Urgency | None = None
    if row.state == "open":
        urgency = "overdue" if row.is_overdue(now) else ("due_soon" if now >= row.warn_at else None)
    return RequestLine(row, _subject(tx, scope, row), row.due_at - _LAST_MOMENT, urgency)


def _subject(tx: UnitOfWork, scope: Scope, row: SubjectRequestRow) -> str:
    if is_stone(row.subject_id):
        return ""
    if row.subject_kind == "person":
        return scope.name(row.subject_id)
    if row.subject_kind == "account":
        return account_name(tx, scope.tenant_id, row.subject_id)
    return row.subject_id
