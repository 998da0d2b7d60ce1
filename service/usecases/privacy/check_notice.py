"""Whether the notice that a consent rests on was heard; where it was not, the visit is held until a person decides.

Invariant: a held visit's analysis is kept and told to nobody: no event carries it, no playbook, hint, course, value or
language model sees it. What a person confirmed stays confirmed when the talk is analysed again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from nlp.recording_notice import WITHIN_MS, RecordingNotice, find_recording_notice
from nlp.types import Turn
from service.domain.access import Principal
from service.domain.delivery.deliveries import Event
from service.domain.errors import Conflict, NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import NoticeRule
from service.domain.visit import Consent, NoticeCheck, NoticeState, Visit
from service.usecases.privacy.decide_rules import rules_of
from service.usecases.privacy.keep_audit import SYSTEM, note
from service.usecases.services import Services
from service.usecases.visits.accept_recording import require_consent
from service.usecases.visits.queue_stage import queue_stage

SCOPE = "consents:review"
CODE = "consent_unverified"
AROUND_MS = 60_000
"""How far behind its claimed place a notice may stand."""


def is_required(consent: Consent, rule: NoticeRule) -> bool:
    """Whether a consent counts only with its notice heard."""
    if rule == "claimed":
        return consent.notice_at_ms is not None
    return rule == "all" or (rule == "verbal" and consent.method == "verbal")


def check_notice(
    tx: UnitOfWork, services: Services, *, tenant_id: str, visit_id: str, turns: Sequence[Turn], version: int
) -> Visit | None:
    """The visit as it stands after its talk was listened to; the CRM hears when it is held. None: it was erased.

    Args:
        turns: with roles, of the transcript's `version`.
    """
    visit = tx.visits.get(tenant_id, visit_id)
    if visit is None or visit.consent is None:
        return visit
    consent, now = visit.consent, services.clock.now()
    if consent.check is not None and consent.check.state == "confirmed":
        return visit
    claimed_ms = -AROUND_MS if consent.notice_at_ms is None else consent.notice_at_ms
    found = find_recording_notice(turns, within_ms=max(WITHIN_MS, claimed_ms + AROUND_MS))
    required = is_required(consent, rules_of(tx, tenant_id, now).notice)
    check = NoticeCheck(
        _state(found), required, now, version, None if found is None else found.turn,
        None if found is None else found.at_ms,
    )  # fmt: skip
    held_before = consent.unverified
    visit = replace(visit, consent=replace(consent, check=check))
    tx.visits.update(visit)
    if visit.unverified and not held_before:
        note(tx, services, tenant_id, SYSTEM, "consent.unverified", f"visit:{visit_id}", visit_id=visit_id,
             detail={"notice": check.state})  # fmt: skip
        _tell(tx, services, visit, "visit.consent_unverified", check)
    return visit


def confirm_notice(
    tx: UnitOfWork, services: Services, *, tenant_id: str, visit_id: str, actor: str, by: str, why: str
) -> Visit:
    """The visit, released: what was found in it is told from now on. A second time changes nothing.

    Args:
        by: who decided; `why`: what they go by, such as a signed page or what they heard themselves.
    Raises:
        NotFound: no such visit. Conflict: its consent does not stand (`consent_required`), or it is not held
            (`notice_not_missing`).
    """
    visit = tx.visits.get(tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    now = services.clock.now()
    consent = require_consent(visit, now)
    check = consent.check
    if check is not None and check.state == "confirmed":
        return visit
    if check is None or not consent.unverified:
        raise Conflict("this visit is not held for want of a notice", code="notice_not_missing")
    decided = replace(check, state="confirmed", decided_by=by, decided_at=now)
    visit = replace(visit, consent=replace(consent, check=decided))
    tx.visits.update(visit)
    note(tx, services, tenant_id, actor, "consent.confirmed", f"visit:{visit_id}", visit_id=visit_id, why=why,
         detail={"by": by, "notice": check.state})  # fmt: skip
    _tell(tx, services, visit, "visit.consent_confirmed", decided)
    if tx.transcripts.latest(tenant_id, visit_id) is not None:
        _analyse_again(tx, services, visit, now)
    return visit


def require_verified(visit: Visit | None, caller: Principal | None = None) -> None:
    """Refuse to tell of a visit that is held: what was found in it to everybody, its words but to those who decide.

    Args:
        caller: given where words are asked for, not what was found in them.

    Raises:
        Conflict: it is held (`consent_unverified`).
    """
    if visit is not None and visit.unverified and not (caller is not None and caller.may(SCOPE)):
        raise Conflict(
            "no recording notice was heard in this visit: somebody with the scope consents:review confirms it "
            "(POST /v1/visits/{id}/consent/confirmation), or the consent is withdrawn",
            code=CODE,
        )


def _state(found: RecordingNotice | None) -> NoticeState:
    if found is None:
        return "missing"
    return "refused" if found.answer == "refused" else "heard"


def _analyse_again(tx: UnitOfWork, services: Services, visit: Visit, now: datetime) -> None:
    """What was kept back is judged, coached and told now, by the stages that do it for every visit."""
    digest = hashlib.sha256(f"notice confirmed {now.isoformat()}".encode()).hexdigest()
    queue_stage(tx, services, visit, "analyse", input_hash=digest)


def _tell(tx: UnitOfWork, services: Services, visit: Visit, type_: str, check: NoticeCheck) -> None:
    sequence = tx.events.next_sequence(visit.tenant_id, visit.id)
    data = {"external_id": visit.external_id, "notice": check.state, "links": {"visit": f"/v1/visits/{visit.id}"}}
    now = services.clock.now()
    tx.events.add(Event(services.ids.new("evt"), visit.tenant_id, type_, now, visit.id, sequence, data))
