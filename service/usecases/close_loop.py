"""A deal is a closed loop once it is paid: its stage is settled and the commission may be worked out."""

from collections.abc import Iterable

from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import number
from service.domain.ports import UnitOfWork
from service.usecases.decide_attribution import KIND as ATTRIBUTION
from service.usecases.record_decision import record_decision
from service.usecases.services import Services

KIND = "closed_loop"
PAID = "payment.received"


def close_loops(tx: UnitOfWork, services: Services, tenant_id: str, events: Iterable[CrmEvent]) -> None:
    """Look at every opportunity that a payment has come in for."""
    paid = services.content_for(tx, tenant_id).vocabulary.accepted(PAID)
    for opportunity_id in sorted({it.opportunity_id for it in events if it.type in paid and it.opportunity_id}):
        _close(tx, services, tenant_id, opportunity_id, paid)


def _close(tx: UnitOfWork, services: Services, tenant_id: str, opportunity_id: str, counted: tuple[str, ...]) -> None:
    """One decision for each opportunity, when what came in reaches its amount, or a payment says it was the last."""
    opportunity = tx.entities.hold(tenant_id, "opportunity", opportunity_id)
    payments = [it for it in tx.crm_events.of_opportunity(tenant_id, opportunity_id) if it.type in counted]
    amounts = {it.entity_id: number(it.data.get("amount")) or 0.0 for it in payments}  # a payment corrected counts once
    paid, owed = sum(amounts.values()), number(opportunity.get("amount"))
    is_last = any(it.data.get("final") is True for it in payments)
    if not is_last and (owed is None or paid < owed):
        return
    split = tx.decisions.latest(tenant_id, ATTRIBUTION, opportunity_id)
    owner = opportunity.get("owner_id")
    shares = dict(split.data["shares"]) if split else {owner: 1.0} if owner else {}
    record_decision(
        tx,
        services,
        tenant_id,
        kind=KIND,
        subject=opportunity_id,
        key="closed",
        data={
            "opportunity_id": opportunity_id,
            "status": "成交闭环",
            "amount": owed,
            "paid": paid,
            "commission": {
                "base": paid,
                "shares": shares,
                "amounts": {who: round(paid * share, 2) for who, share in shares.items()},
                "by": split.data["by"] if split else "owner",
            },
        },
        because=[it.id for it in payments] + ([*split.because] if split else []),
        publish="payment.closed_loop",
    )
