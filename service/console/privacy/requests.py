"""Requests of people: what is due and overdue, one written down, one decided by an answer, a copy or an erasure."""

from datetime import date, datetime, time
from typing import Annotated, Literal, cast, get_args
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse, StreamingResponse

from service.console.guests import Posted, Viewer
from service.console.rendering import page
from service.console.wiring import PATH, console_of
from service.domain.errors import Conflict, Invalid
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import stone_of
from service.domain.privacy.subject_requests import (
    REQUEST_KINDS,
    Channel,
    RequestKind,
    RequestState,
    SubjectRequestRow,
)
from service.usecases.console.enter_console import Entered
from service.usecases.console.view_privacy import PERSONAL, WRITE, actor_in, may_answer, require_answer
from service.usecases.console.view_requests import list_requests, view_request
from service.usecases.console.view_scope import read_scope
from service.usecases.privacy.erase_subject import Subject, erase_subject, parse_subject
from service.usecases.privacy.export_subject import read_subject, zip_export
from service.usecases.privacy.keep_audit import note
from service.usecases.privacy.keep_requests import Asked, answer_by_copy, close_request, find_request, record_request

router = APIRouter()
CHANNELS: tuple[Channel, ...] = get_args(Channel)
SUBJECTS = ("person", "account", "visit")
DECISIONS = ("answered", "refused")
LIST = f"{PATH}/privacy/requests"
Show = Annotated[Literal["open", "closed"], Query()]
After = Annotated[str, Query(pattern=r"^(req_[0-9a-f]{32})?$")]


@router.get("/privacy/requests")
def listed(request: Request, viewer: Viewer, show: Show = "open", after: After = "") -> Response:
    """Open requests, those that are due first at the top, or closed ones, the newest first."""
    services = console_of(request).services
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
        scope = read_scope(tx, viewer.person)
        found = list_requests(tx, services, scope, closed=show == "closed", after=after or None)
        may_write = may_answer(tx, viewer, WRITE)
    today = services.clock.now().astimezone(ZoneInfo(services.content.office.zone)).date()
    return page(request, "privacy_requests.html", found=found, show=show, may_write=may_write, today=today,
                kinds=REQUEST_KINDS, channels=CHANNELS, subjects=SUBJECTS)  # fmt: skip


@router.post("/privacy/requests")
def record(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Write down what somebody asked for, on the day it came."""
    services = console_of(request).services
    subject = parse_subject(f"{fields.get('subject_kind', '')}:{fields.get('subject_id', '').strip()}")
    kind, channel = fields.get("kind", ""), fields.get("channel", "")
    if kind not in REQUEST_KINDS or channel not in CHANNELS or subject.kind not in SUBJECTS:
        raise Invalid("choose what was asked, how it came, and about whom", code="request_invalid")
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        received = _begin(fields.get("received_on", ""), services.content_for(tx, viewer.tenant_id).office.zone)
        asked = Asked(kind, subject.kind, subject.ref, channel, received)
        made = record_request(tx, services, viewer.tenant_id, asked, actor=actor_in(viewer))
    return RedirectResponse(f"{LIST}/{made.id}", 303)


@router.get("/privacy/requests/{privacy_request_id}")
def one(privacy_request_id: str, request: Request, viewer: Viewer) -> Response:
    """One request: what it asks, by when, how it was decided, and the receipt of an erasure."""
    services = console_of(request).services
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
        found = view_request(tx, services, read_scope(tx, viewer.person), privacy_request_id)
        may_write = may_answer(tx, viewer, WRITE)
        may_copy = may_answer(tx, viewer, PERSONAL)
    return page(request, "privacy_request.html", found=found, line=found.line, may_write=may_write, may_copy=may_copy)


@router.post("/privacy/requests/{privacy_request_id}")
def decide(privacy_request_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Answered or refused, with what the person was told."""
    services, state = console_of(request).services, fields.get("state", "")
    reason = fields.get("reason", "").strip()[:200]
    if state not in DECISIONS or not reason:
        raise Invalid("say what the person was told", code="reason_missing")
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        close_request(tx, services, viewer.tenant_id, privacy_request_id, state=cast(RequestState, state),
                      reason=reason, actor=actor_in(viewer))  # fmt: skip
    return RedirectResponse(f"{LIST}/{privacy_request_id}", 303)


@router.post("/privacy/requests/{privacy_request_id}/copy")
def copy(privacy_request_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """A copy of everything about the subject as one archive; what asked for it is answered by it."""
    del fields
    services, actor = console_of(request).services, actor_in(viewer)
    with services.uow() as tx:
        require_answer(tx, viewer, PERSONAL)
        require_answer(tx, viewer, WRITE)
        subject = _subject(_open(tx, viewer, privacy_request_id, ("access", "copy")))
        found = read_subject(tx, services, viewer.tenant_id, subject)
        stone = stone_of(viewer.tenant_id, subject.kind, subject.ref)
        note(tx, services, viewer.tenant_id, actor, "subject.exported", f"{subject.kind}:{stone[:16]}",
             visit_id=subject.ref if subject.kind == "visit" else None, detail={"rows": found.counts()})  # fmt: skip
        answer_by_copy(tx, services, viewer.tenant_id, subject.kind, subject.ref, actor=actor)
    headers = {"Content-Disposition": 'attachment; filename="subject.zip"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(zip_export(services, found), media_type="application/zip", headers=headers)


@router.post("/privacy/requests/{privacy_request_id}/erasure")
def erase(privacy_request_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Erase everything about the subject; whoever asks for it writes its id once more, as nothing brings it back."""
    services = console_of(request).services
    with services.uow(write=False) as tx:
        require_answer(tx, viewer, WRITE)
        subject = _subject(_open(tx, viewer, privacy_request_id, ("erasure",)))
    if fields.get("confirmed", "").strip() != subject.ref:
        raise Invalid("write the subject's id to confirm", code="erasure_unconfirmed")
    erase_subject(services, viewer.tenant_id, subject, actor=actor_in(viewer), reason=f"request:{privacy_request_id}")
    return RedirectResponse(f"{LIST}/{privacy_request_id}", 303)


def _open(tx: UnitOfWork, viewer: Entered, request_id: str, kinds: tuple[RequestKind, ...]) -> SubjectRequestRow:
    row = find_request(tx, viewer.tenant_id, request_id)
    if row.state != "open" or row.kind not in kinds:
        raise Conflict("this request is closed, or asks for something else", code="request_closed")
    return row


def _subject(row: SubjectRequestRow) -> Subject:
    return Subject(row.subject_kind, row.subject_id)


def _begin(day: str, zone: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone))
    except ValueError as wrong:
        raise Invalid("give the day on which the request came", code="request_invalid") from wrong
