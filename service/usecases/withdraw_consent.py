"""Withdraw a visit's consent: work on it stops, and what was said is erased, everywhere it may lie.

Invariant: one transaction cancels, fences and erases; bytes on disk go right after it, and the daily sweep finds any
that a crash in between left behind. The visit's own row stays, to refuse what is sent later.
"""

from dataclasses import replace

from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy import TombstoneRow, stone_of
from service.domain.repositories import Erased
from service.domain.visit import Visit
from service.usecases.keep_audit import SYSTEM, note
from service.usecases.services import Services

CODE = "consent_withdrawn"


def withdraw_consent(
    tx: UnitOfWork, services: Services, *, tenant_id: str, visit_id: str, actor: str = SYSTEM
) -> tuple[Visit, Erased]:
    """The visit as it now stands, and what was erased; a second time erases what has come since: nothing.

    Raises:
        NotFound: no such visit.
    """
    visit = tx.visits.get(tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    if visit.consent is not None and visit.consent.withdrawn_at is None:
        consent = replace(visit.consent, withdrawn_at=services.clock.now())
        visit = replace(visit, consent=consent)
        tx.visits.update(visit)
    tx.runs.cancel(tenant_id, visit_id)
    erased = tx.erasure.erase_words(tenant_id, visit_id, code=CODE)
    tx.privacy.subjects.forget_replies(tenant_id, visit_id)
    stone = TombstoneRow(stone_of(tenant_id, "visit", visit_id), tenant_id, services.clock.now(), "visit", "")
    tx.privacy.tombstones.put(stone)
    note(tx, services, tenant_id, actor, "consent.withdrawn", f"visit:{visit_id}", visit_id=visit_id)
    tx.after_commit(lambda: remove_bytes(services, erased))
    tx.after_commit(lambda: services.ledger.write(stone))
    return visit, erased


def remove_bytes(services: Services, erased: Erased) -> None:
    """Delete the bytes that an erasure left without a row."""
    for blob in erased.blobs:
        services.blobs.delete(blob)
    for part in erased.parts:
        services.parts.remove(part)
    for recording_id in erased.recordings:
        services.blobs.drop_work_dir(recording_id)
