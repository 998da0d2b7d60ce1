"""Put a decision on the record once, and tell the CRM of it in the same transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.crm.decisions import Decision
from service.domain.delivery.deliveries import Event
from service.domain.ports import UnitOfWork
from service.usecases.services import Services

MAX_BECAUSE = 200  # events named on the record; a metric over thousands names the latest of them


def record_decision(
    tx: UnitOfWork,
    services: Services,
    tenant_id: str,
    *,
    kind: str,
    subject: str,
    key: str,
    data: Mapping[str, Any],
    because: Sequence[str] = (),
    publish: str = "",
) -> Decision | None:
    """The new decision; None when this cause (kind, subject, key) was decided before.

    Args:
        publish: the type of the outbound event that tells of it; nobody is told when it is empty.
    """
    now = services.clock.now()
    decision = Decision(services.ids.new("dcn"), kind, subject, key[:255], now, data, tuple(because[-MAX_BECAUSE:]))
    if not tx.decisions.add(tenant_id, decision):
        return None
    if publish:
        told = {"decision_id": decision.id, "subject": subject, **data, "because": list(decision.because)}
        tx.events.add(Event(services.ids.new("evt"), tenant_id, publish, now, None, 0, told))
    return decision
