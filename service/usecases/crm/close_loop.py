"""A deal is a closed loop once it is paid: its stage is settled and the commission may be worked out."""

from collections.abc import Iterable

from service.domain.content.closed_loops import ClosedLoop
from service.domain.crm.closed_loop import Split, close
from service.domain.crm.events import CrmEvent
from service.domain.ports import UnitOfWork
from service.usecases.crm.decide_attribution import KIND as ATTRIBUTION
from service.usecases.crm.record_decision import record_decision
from service.usecases.services import Services

KIND = "closed_loop"


def close_loops(tx: UnitOfWork, services: Services, tenant_id: str, events: Iterable[CrmEvent]) -> None:
    """Look at every opportunity that a payment has come in for."""
    card = services.content_for(tx, tenant_id).closed_loop
    if card is None:
        return
    paid = {*card.paid.every_type, *(card.final.every_type if card.final else ())}
    for opportunity_id in sorted({it.opportunity_id for it in events if it.type in paid and it.opportunity_id}):
        _close(tx, services, tenant_id, card, opportunity_id)


def _close(tx: UnitOfWork, services: Services, tenant_id: str, card: ClosedLoop, opportunity_id: str) -> None:
    """One decision for each opportunity, when its card says that it is paid."""
    opportunity = tx.entities.hold(tenant_id, "opportunity", opportunity_id)
    decided = tx.decisions.latest(tenant_id, ATTRIBUTION, opportunity_id)
    split = Split(decided.data["shares"], str(decided.data["by"]), decided.because) if decided else None
    words = services.content_for(tx, tenant_id).vocabulary
    events = [words.folded(event) for event in tx.crm_events.of_opportunity(tenant_id, opportunity_id)]
    found = close(card, opportunity, events, split)
    if found is None:
        return
    record_decision(
        tx,
        services,
        tenant_id,
        kind=KIND,
        subject=opportunity_id,
        key="closed",
        data={
            "opportunity_id": opportunity_id,
            "status": found.becomes,
            "amount": found.owed,
            "paid": found.paid,
            "commission": {
                "base": found.base,
                "shares": dict(found.shares),
                "amounts": dict(found.amounts),
                "by": found.by,
            },
        },
        because=[*found.because],
        publish="payment.closed_loop",
    )
