"""What a tenant decides: how long things are kept, what a law court holds, who processes data for it.

Invariant: every decision is in the audit trail; nothing is kept longer than the defaults; a receiver in a region that
consent does not cover is not registered, and where the register is required nothing is sent to a host outside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from service.domain.errors import Forbidden, Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import DEFAULT_DAYS, HoldRow, ProcessorKind, ProcessorRow, RetentionRow, SubjectKind
from service.usecases.privacy.count_transfers import place_receiver
from service.usecases.privacy.keep_audit import note
from service.usecases.privacy.sweep_retention import retention_of
from service.usecases.services import Services


def change_retention(
    tx: UnitOfWork,
    services: Services,
    tenant_id: str,
    *,
    actor: str,
    days: Mapping[str, int],
    delete_after_asr: bool,
    allow: Callable[[RetentionRow], None] = lambda _: None,
) -> RetentionRow:
    """The new policy; kinds that are not named keep what holds for them.

    Args:
        allow: given the policy that stands, raises when it may not be changed; nobody else changes it meanwhile.
    Raises:
        Invalid: longer than the default (`retention_too_long`).
    """
    now = services.clock.now()
    for kind, wanted in days.items():
        most = next(most for name, most in DEFAULT_DAYS.items() if name == kind)
        if wanted > most:
            raise Invalid(f"{kind} may be kept {most} days at most", code="retention_too_long")
    decided = {**days, "audio_delete_after_asr": delete_after_asr}
    note(tx, services, tenant_id, actor, "retention.changed", "retention", detail=decided)  # one writer a tenant
    standing = retention_of(tx, tenant_id, now)
    allow(standing)
    changed = {f"{kind}_days": wanted for kind, wanted in days.items()}
    policy = replace(standing, at=now, audio_delete_after_asr=delete_after_asr, **changed)  # type: ignore[arg-type]
    tx.privacy.retention.put(policy)
    return policy


def place_hold(
    tx: UnitOfWork, services: Services, tenant_id: str, *, actor: str, kind: SubjectKind, ref: str, reason: str
) -> HoldRow:
    """A hold that stands from now on."""
    hold = HoldRow(services.ids.new("hld"), tenant_id, services.clock.now(), kind, ref, reason, actor)
    tx.privacy.holds.put(hold)
    note(tx, services, tenant_id, actor, "hold.placed", f"hold:{hold.id}", why=reason)
    return hold


def release_hold(tx: UnitOfWork, services: Services, tenant_id: str, hold_id: str, *, actor: str) -> HoldRow:
    """The hold, ended; a second time changes nothing.

    Raises:
        NotFound: no such hold.
    """
    hold = tx.privacy.holds.get(tenant_id, hold_id)
    if hold is None:
        raise NotFound("there is no such hold", code="hold_not_found")
    if hold.released_at is None:
        hold = replace(hold, released_at=services.clock.now())
        tx.privacy.holds.put(hold)
        note(tx, services, tenant_id, actor, "hold.released", f"hold:{hold.id}")
    return hold


def register_processor(
    tx: UnitOfWork, services: Services, processor: ProcessorRow, *, actor: str, regions: Sequence[str]
) -> ProcessorRow:
    """The entry as stored; one per kind and host, written anew when it is sent again.

    Raises:
        Forbidden: its region is none that consent and notice cover (`region_denied`).
    """
    if processor.region not in regions:
        allowed = ", ".join(regions)
        raise Forbidden(f"receivers must lie in: {allowed}", code="region_denied")
    same = tx.privacy.processors.find(processor.tenant_id, among={"kind": [processor.kind], "host": [processor.host]})
    stored = replace(processor, id=same[0].id) if same else processor
    tx.privacy.processors.put(stored)
    place_receiver(tx, services, stored)
    note(tx, services, stored.tenant_id, actor, "processor.registered", f"processor:{stored.id}",
         detail={"host": stored.host, "region": stored.region})  # fmt: skip
    return stored


def remove_processor(tx: UnitOfWork, services: Services, tenant_id: str, processor_id: str, *, actor: str) -> None:
    """Forget an entry.

    Raises:
        NotFound: no such entry.
    """
    if not tx.privacy.processors.remove(tenant_id, among={"id": [processor_id]}):
        raise NotFound("there is no such processor", code="processor_not_found")
    note(tx, services, tenant_id, actor, "processor.removed", f"processor:{processor_id}")


def is_registered(tx: UnitOfWork, tenant_id: str, kinds: Sequence[ProcessorKind], host: str) -> bool:
    """Whether something may be sent to this host."""
    return bool(tx.privacy.processors.find(tenant_id, among={"kind": list(kinds), "host": [host]}))


def new_processor(
    services: Services, tenant_id: str, *, kind: ProcessorKind, host: str, name: str, region: str, purpose: str,
    fields: tuple[str, ...], contract_ref: str, now: datetime
) -> ProcessorRow:  # fmt: skip
    """An entry that is not stored yet."""
    return ProcessorRow(services.ids.new("prc"), tenant_id, now, kind, host.lower(), name, region, purpose, fields,
                        contract_ref)  # fmt: skip
