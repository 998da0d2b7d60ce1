"""Write down what people ask about their data, and close it: answered, answered by a copy or an erasure, or refused.

Invariant: every step is in the audit trail, which is held before a request is read, so that nobody else changes it
meanwhile; of a subject that was erased, a request keeps the stone and no name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import SubjectKind, stone_of
from service.domain.privacy.subject_requests import (
    ANSWERED_BY_COPY,
    TERMS_ID,
    Channel,
    RequestKind,
    RequestState,
    RequestTermsRow,
    RequestTime,
    SubjectRequestRow,
    due_times,
    first_due,
)
from service.usecases.privacy.keep_audit import note
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for: about whom, how it reached the tenant, and when."""

    kind: RequestKind
    subject_kind: SubjectKind
    subject_id: str
    channel: Channel
    received_at: datetime


def terms_of(tx: UnitOfWork, tenant_id: str, now: datetime) -> RequestTermsRow:
    """How the tenant counts, or the default: working days."""
    return tx.privacy.request_terms.get(tenant_id, TERMS_ID) or RequestTermsRow(TERMS_ID, tenant_id, now)


def change_terms(tx: UnitOfWork, services: Services, tenant_id: str, time: RequestTime, *, actor: str) -> None:
    """Count requests that come from now on this way; those that are written down keep their last day."""
    note(tx, services, tenant_id, actor, "request_terms.changed", "request_terms", detail={"time": time})
    tx.privacy.request_terms.put(RequestTermsRow(TERMS_ID, tenant_id, services.clock.now(), time))


def record_request(
    tx: UnitOfWork, services: Services, tenant_id: str, asked: Asked, *, actor: str
) -> SubjectRequestRow:
    """The request with its last day.

    Raises:
        Invalid: it came in the future (`received_in_future`).
    """
    now = services.clock.now()
    if asked.received_at > now:
        raise Invalid("`received_at` lies in the future: give the moment at which the request came",
                      code="received_in_future")  # fmt: skip
    terms = terms_of(tx, tenant_id, now)
    zone = services.content_for(tx, tenant_id).office.zone
    warn_at, due_at = due_times(asked.received_at, terms.time, zone=zone)
    request = SubjectRequestRow(
        id=services.ids.new("req"),
        tenant_id=tenant_id,
        at=now,
        kind=asked.kind,
        subject_kind=asked.subject_kind,
        subject_id=asked.subject_id,
        channel=asked.channel,
        received_at=asked.received_at,
        time=terms.time,
        warn_at=warn_at,
        due_at=due_at,
        recorded_by=actor,
    )
    note(tx, services, tenant_id, actor, "request.recorded", f"request:{request.id}",
         detail={"kind": asked.kind, "due_at": due_at.isoformat()})  # fmt: skip
    tx.privacy.requests.put(request)
    return request


def find_request(tx: UnitOfWork, tenant_id: str, request_id: str) -> SubjectRequestRow:
    """One request.

    Raises:
        NotFound: there is none (`request_not_found`).
    """
    request = tx.privacy.requests.get(tenant_id, request_id)
    if request is None:
        raise NotFound("there is no such request", code="request_not_found")
    return request


def close_request(
    tx: UnitOfWork,
    services: Services,
    tenant_id: str,
    request_id: str,
    *,
    state: RequestState,
    reason: str,
    actor: str,
) -> SubjectRequestRow:
    """The request, answered or refused; `reason` says what was answered, or why not.

    Raises:
        NotFound: no such request. Conflict: it was closed before (`request_closed`).
    """
    note(tx, services, tenant_id, actor, f"request.{state}", f"request:{request_id}", why=reason)
    request = find_request(tx, tenant_id, request_id)
    if request.state != "open":
        raise Conflict(f"this request was {request.state} before", code="request_closed")
    return _close(tx, services, request, state=state, reason=reason, actor=actor)


def answer_by_copy(
    tx: UnitOfWork, services: Services, tenant_id: str, kind: SubjectKind, ref: str, *, actor: str
) -> None:
    """A copy of everything about the subject was handed out: what asked for that is answered."""
    tx.privacy.audit.hold(tenant_id)  # whoever else closes them waits
    for request in open_about(tx, tenant_id, kind, [ref]):
        if request.kind in ANSWERED_BY_COPY:
            note(tx, services, tenant_id, actor, "request.answered", f"request:{request.id}", why="copy")
            _close(tx, services, request, state="answered", reason="copy", actor=actor)


def answer_by_erasure(
    tx: UnitOfWork,
    services: Services,
    tenant_id: str,
    kind: SubjectKind,
    refs: Sequence[str],
    *,
    actor: str,
    receipt_id: str,
) -> None:
    """Nothing is kept of these subjects: their open requests are answered by the receipt, and all lose the name."""
    tx.privacy.audit.hold(tenant_id)
    for request in _about(tx, tenant_id, kind, refs):
        nameless = replace(request, subject_id=stone_of(tenant_id, kind, request.subject_id))
        tx.privacy.requests.put(nameless)
        if request.state == "open":
            note(tx, services, tenant_id, actor, "request.answered", f"request:{request.id}", why="erasure",
                 detail={"receipt": receipt_id})  # fmt: skip
            receipted = replace(nameless, receipt_id=receipt_id)
            _close(tx, services, receipted, state="answered", reason="erasure", actor=actor)


def due_next(tx: UnitOfWork, tenant_id: str) -> list[SubjectRequestRow]:
    """Open requests, those that are due first at the beginning."""
    return first_due(tx.privacy.requests.find(tenant_id, among={"state": ["open"]}))


def open_about(tx: UnitOfWork, tenant_id: str, kind: SubjectKind, refs: Iterable[str]) -> list[SubjectRequestRow]:
    """Open requests about these subjects."""
    return [each for each in _about(tx, tenant_id, kind, refs) if each.state == "open"]


def _about(tx: UnitOfWork, tenant_id: str, kind: SubjectKind, refs: Iterable[str]) -> list[SubjectRequestRow]:
    wanted: Mapping[str, Sequence[str]] = {"subject_kind": [kind], "subject_id": list(refs)}
    return tx.privacy.requests.find(tenant_id, among=wanted)


def _close(
    tx: UnitOfWork, services: Services, request: SubjectRequestRow, *, state: RequestState, reason: str, actor: str
) -> SubjectRequestRow:
    closed = replace(request, state=state, closed_at=services.clock.now(), closed_by=actor, reason=reason)
    tx.privacy.requests.put(closed)
    return closed
