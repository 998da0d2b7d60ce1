"""Withdraw a visit's consent, or some of its purposes: work stops, and what may no longer be kept is erased.

Without `transcription` nothing is left to do, so that all of it ends and what was said is erased everywhere. Without
`recording` the audio goes, without `coaching` what was made of the words for the rep; the transcript stays. Without
`training` or `voices` nothing is erased: no voice is kept, and texts are left out of what models learn from.

Invariant: one transaction cancels, fences and erases; bytes on disk go right after it, and the daily sweep finds any
that a crash in between left behind. The visit's own row stays, to refuse what is sent later.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import TombstoneRow, purpose_stone_of, stone_of
from service.domain.repositories import Erased
from service.domain.stages import HEARING
from service.domain.visit import BASE, PURPOSES, Purpose, Visit, dependent_on
from service.usecases.coaching.coach_visit import UNCOACHED
from service.usecases.privacy.keep_audit import SYSTEM, note
from service.usecases.services import Services

CODE = "consent_withdrawn"


def withdraw_consent(
    tx: UnitOfWork,
    services: Services,
    *,
    tenant_id: str,
    visit_id: str,
    actor: str = SYSTEM,
    purposes: Collection[Purpose] = PURPOSES,
    why: str = "",
    receipt_id: str = "",
) -> tuple[Visit, Erased]:
    """The visit as it now stands, and what was erased; a second time erases what has come since: nothing.

    Args:
        purposes: those that are withdrawn, and with them all that need them; `transcription` ends all.
        why, receipt_id: for the trail and the stone, where nobody withdrew it and its time has come.
    Raises:
        NotFound: no such visit.
    """
    visit = tx.visits.get(tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    gone = dependent_on(purposes)
    now = services.clock.now()
    if visit.consent is not None:
        visit = replace(visit, consent=visit.consent.without(gone, now))
        tx.visits.update(visit)
    erased = _erase_all(tx, tenant_id, visit_id) if BASE in gone else _erase_some(tx, tenant_id, visit_id, gone)
    if BASE in gone:
        stones = [TombstoneRow(stone_of(tenant_id, "visit", visit_id), tenant_id, now, "visit", receipt_id)]
        tx.privacy.tombstones.put(stones[0])
    else:
        stones = _purpose_stones(visit, gone)
    told = [each for each in PURPOSES if each in gone]
    note(tx, services, tenant_id, actor, "consent.withdrawn", f"visit:{visit_id}", visit_id=visit_id, why=why,
         detail={} if BASE in gone else {"purposes": told})  # fmt: skip
    tx.after_commit(lambda: remove_bytes(services, erased))
    for stone in stones:
        tx.after_commit(partial(services.ledger.write, stone))
    return visit, erased


def _erase_all(tx: UnitOfWork, tenant_id: str, visit_id: str) -> Erased:
    tx.runs.cancel(tenant_id, visit_id)
    erased = tx.erasure.erase_words(tenant_id, visit_id, code=CODE)
    tx.privacy.subjects.forget_replies(tenant_id, visit_id)
    return erased


def _erase_some(tx: UnitOfWork, tenant_id: str, visit_id: str, gone: Collection[Purpose]) -> Erased:
    parts = [Erased((), (), (), {})]
    if "recording" in gone:
        tx.runs.cancel(tenant_id, visit_id, HEARING)
        parts.append(tx.erasure.erase_audio(tenant_id, visit_id, code=CODE))
    if "coaching" in gone:
        parts.append(tx.erasure.erase_advice(tenant_id, visit_id, instead=UNCOACHED))
        tx.privacy.subjects.forget_replies(tenant_id, visit_id)
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.counts)
    return Erased(
        tuple(blob for part in parts for blob in part.blobs),
        tuple(each for part in parts for each in part.parts),
        tuple(recording for part in parts for recording in part.recordings),
        dict(counts),
    )


def _purpose_stones(visit: Visit, gone: Collection[Purpose]) -> list[TombstoneRow]:
    """For the ledger alone: so that a restored backup does not bring back what was withdrawn since."""
    named = visit.consent.named() if visit.consent is not None else ()
    return [
        TombstoneRow(purpose_stone_of(visit.tenant_id, visit.id, each.purpose), visit.tenant_id, each.withdrawn_at,
                     "visit", "")
        for each in named
        if each.purpose in gone and each.withdrawn_at is not None
    ]  # fmt: skip


def remove_bytes(services: Services, erased: Erased) -> None:
    """Delete the bytes that an erasure left without a row."""
    for blob in erased.blobs:
        services.blobs.delete(blob)
    for part in erased.parts:
        services.parts.remove(part)
    for recording_id in erased.recordings:
        services.blobs.drop_work_dir(recording_id)
