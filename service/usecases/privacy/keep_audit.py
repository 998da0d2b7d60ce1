"""Write down who did what; prove that nobody touched what was written; say who saw what between two moments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.domain.access import Principal
from service.domain.ports import UnitOfWork
from service.domain.privacy.audit import READS, SEEKING, Access, AuditEntry, Break, breach_scope, find_breaks
from service.usecases.services import Services

COMMAND = "command"
SYSTEM = "system"


def actor_of(caller: Principal) -> str:
    """How the trail names a caller."""
    return f"key:{caller.key_id}"


def note(
    tx: UnitOfWork,
    services: Services,
    tenant_id: str,
    actor: str,
    action: str,
    subject: str,
    *,
    why: str = "",
    visit_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry in the transaction of what it tells of; `subject` is such as `recording:rec_…`."""
    entry = AuditEntry(actor, action, subject, why, visit_id, detail or {})
    tx.privacy.audit.append(tenant_id, entry, services.clock.now())


def note_read(
    services: Services, tenant_id: str, actor: str, action: str, subject: str, *, visit_id: str | None = None
) -> None:
    """Write that someone saw or heard something, once a minute for the same thing."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        if tx.privacy.audit.seen(tenant_id, actor=actor, action=action, object=subject, since=now - SEEKING):
            return
    with services.uow() as tx:
        note(tx, services, tenant_id, actor, action, subject, visit_id=visit_id)


def verify_trail(tx: UnitOfWork, tenant_id: str) -> tuple[int, list[Break]]:
    """How many rows the trail has, and every one that was edited, deleted or moved."""
    head = tx.privacy.audit.head(tenant_id)
    return head.sequence - head.first + 1, find_breaks(tx.privacy.audit.walk(tenant_id), head)


def scope_of_breach(tx: UnitOfWork, tenant_id: str, since: datetime, until: datetime) -> list[Access]:
    """Who saw or heard which objects in [since, until)."""
    return breach_scope(tx.privacy.audit.find(tenant_id, since=since, until=until, actions=READS))
