"""Forget what has had its time: visits whose consent ran out, audio, words, features, old rows of the audit trail.

Invariant: nothing under a legal hold goes; each visit goes in a transaction of its own, so that a sweep may break off
and begin again; a clock that jumps back forgets nothing twice and nothing early.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from service.domain.ports import UnitOfWork
from service.domain.privacy.forgetting import observation_without_words, without_words
from service.domain.privacy.rules import RETENTION_ID, HoldRow, RetentionRow, default_retention, is_held
from service.usecases.privacy.end_consents import end_consents
from service.usecases.privacy.keep_audit import SYSTEM, note
from service.usecases.privacy.withdraw_consent import remove_bytes
from service.usecases.services import Services

AT_ONCE = 200
CODE = "retention"
ACTION = "retention.swept"


def sweep_retention(services: Services) -> int:
    """Forget for every tenant; how many things went."""
    with services.uow(write=False) as tx:
        tenants = tx.privacy.tenants()
    return sum(_sweep_tenant(services, tenant_id) for tenant_id in tenants)


def retention_of(tx: UnitOfWork, tenant_id: str, now: datetime) -> RetentionRow:
    """What the tenant decided, or the defaults."""
    return tx.privacy.retention.get(tenant_id, RETENTION_ID) or default_retention(tenant_id, now)


def _sweep_tenant(services: Services, tenant_id: str) -> int:
    now = services.clock.now()
    with services.uow(write=False) as tx:
        policy = retention_of(tx, tenant_id, now)
        holds = [hold for hold in tx.privacy.holds.find(tenant_id) if hold.released_at is None]
    went: Counter[str] = Counter()
    went["consent"] = end_consents(services, tenant_id, holds, now)
    went["audio"] = _sweep_audio(services, tenant_id, policy, holds, now)
    went["features"] = _sweep_visits(
        services,
        tenant_id,
        holds,
        lambda tx: tx.privacy.aging.features_before(tenant_id, now - policy.keeps("features"), AT_ONCE),
        keep_features=False,
    )
    went["transcript"] = _sweep_visits(
        services,
        tenant_id,
        holds,
        lambda tx: tx.privacy.aging.texts_before(tenant_id, now - policy.keeps("transcript"), AT_ONCE),
        keep_features=True,
    )
    with services.uow() as tx:
        went["audit"] = tx.privacy.audit.prune(tenant_id, now - policy.keeps("audit"))
        note(tx, services, tenant_id, SYSTEM, ACTION, "retention", detail={k: v for k, v in went.items() if v})
    if went.total():
        services.compact()
    return went.total()


def _sweep_audio(
    services: Services, tenant_id: str, policy: RetentionRow, holds: Sequence[HoldRow], now: datetime
) -> int:
    went = 0
    with services.uow(write=False) as tx:
        old = tx.privacy.aging.audio_before(tenant_id, now - policy.keeps("audio"), AT_ONCE)
        heard = tx.privacy.aging.heard_audio(tenant_id, AT_ONCE) if policy.audio_delete_after_asr else []
    for recording in {each.id: each for each in (*old, *heard)}.values():
        with services.uow() as tx:
            current = tx.recordings.get(tenant_id, recording.id)
            if current is None or not current.blob or _is_held(tx, tenant_id, recording.visit_id, holds):
                continue
            blob = current.blob
            tx.recordings.attach(tenant_id, recording.id, sha256=current.sha256, size_bytes=current.size_bytes, blob="")
            tx.after_commit(lambda blob=blob: services.blobs.delete(blob))  # type: ignore[misc]
        went += 1
    return went


def _sweep_visits(
    services: Services,
    tenant_id: str,
    holds: Sequence[HoldRow],
    find: Callable[[UnitOfWork], list[str]],
    *,
    keep_features: bool,
) -> int:
    with services.uow(write=False) as tx:
        visit_ids = find(tx)
    went = 0
    for visit_id in visit_ids:
        with services.uow() as tx:
            if _is_held(tx, tenant_id, visit_id, holds):
                continue
            _forget_words(tx, services, tenant_id, visit_id, keep_features=keep_features)
        went += 1
    return went


def _forget_words(tx: UnitOfWork, services: Services, tenant_id: str, visit_id: str, *, keep_features: bool) -> None:
    record = tx.analyses.latest(tenant_id, visit_id) if keep_features else None
    observed = tx.coaching.observations.find(tenant_id, among={"visit_id": [visit_id]}) if keep_features else []
    tx.runs.cancel(tenant_id, visit_id)
    erased = tx.erasure.erase_words(tenant_id, visit_id, code=CODE)
    if record is not None:
        tx.analyses.put(
            type(record)(
                record.visit_id,
                record.tenant_id,
                record.version,
                record.transcript_version,
                without_words(record.analysis),
                record.created_at,
                {},
            )
        )
    for row in observed:
        tx.coaching.observations.put(observation_without_words(row))
    tx.after_commit(lambda: remove_bytes(services, erased))


def _is_held(tx: UnitOfWork, tenant_id: str, visit_id: str, holds: Sequence[HoldRow]) -> bool:
    visit = tx.visits.get(tenant_id, visit_id) if holds else None
    if visit is None:
        return False
    return is_held(holds, visit_id=visit_id, account_id=visit.account_id, rep_id=visit.rep_id) is not None
