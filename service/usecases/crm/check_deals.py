"""Check each purchase request as it comes in, and see that it is approved in time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from service.domain.content.deal_desk import DealDesk
from service.domain.crm.deal_desk import ORDERED, SPENT, SUBMITTED, DealCheck, check_deal, open_approvals
from service.domain.crm.events import CrmEvent
from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.usecases.crm.record_decision import record_decision
from service.usecases.services import Services

KIND = "deal_check"
OVERDUE = "deal_overdue"
CHASED_FOR = timedelta(days=30)


def check_deals(tx: UnitOfWork, services: Services, tenant_id: str, events: Iterable[CrmEvent]) -> None:
    """Check the purchase requests among these new events; a request handed in again is checked again."""
    desk = desk_in_use(tx, services, tenant_id)
    if desk is None:
        return
    for event in sorted(events, key=lambda event: event.order):
        if event.type in SUBMITTED and event.kind == "request":
            _check(tx, services, desk, tenant_id, event)


def chase_approvals(services: Services) -> int:
    """Requests whose approval is overdue: said once for each, naming the roles that are missing."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        waiting = [
            (tenant_id, decision)
            for tenant_id in tx.entities.tenants()
            for decision in tx.decisions.of(tenant_id, KIND, since=now - CHASED_FOR)
            if decision.data["due_at"] is not None and datetime.fromisoformat(decision.data["due_at"]) <= now
        ]
    said = 0
    for tenant_id, decision in waiting:
        with services.uow() as tx:
            events = tx.crm_events.of_entity(tenant_id, "request", decision.subject)
            missing = open_approvals(decision.data["approvals"], events)
            if not missing:
                continue
            data = {"request_id": decision.subject, "missing": list(missing), "due_at": decision.data["due_at"]}
            said += (
                record_decision(
                    tx, services, tenant_id, kind=OVERDUE, subject=decision.subject, key=decision.key, data=data,
                    because=decision.because, publish="deal.overdue",
                )
                is not None
            )  # fmt: skip
    return said


def read_deal(tx: UnitOfWork, tenant_id: str, request_id: str) -> tuple[dict[str, Any], list[str], tuple[str, ...]]:
    """What was said of a request, the events behind it, and the roles whose approval is still missing.

    Raises:
        NotFound: no such request was checked.
    """
    decision = tx.decisions.latest(tenant_id, KIND, request_id)
    if decision is None:
        raise NotFound("no such request was checked", code="deal_not_found")
    events = tx.crm_events.of_entity(tenant_id, "request", request_id)
    return dict(decision.data), list(decision.because), open_approvals(decision.data["approvals"], events)


def desk_in_use(tx: UnitOfWork, services: Services, tenant_id: str) -> DealDesk | None:
    """The tenant's deal desk in use; the first one where there are several."""
    return next((desk for desk in services.content_for(tx, tenant_id).deal_desks if desk.in_use), None)


def _check(tx: UnitOfWork, services: Services, desk: DealDesk, tenant_id: str, request: CrmEvent) -> None:
    account = tx.entities.get(tenant_id, "account", request.account_id) if request.account_id else None
    reach = max(desk.similar_within, timedelta(days=366))
    types = tuple(dict.fromkeys((ORDERED, *SPENT)))
    words = services.content_for(tx, tenant_id).vocabulary
    reach_back = request.occurred_at - reach, request.occurred_at
    told = tx.crm_events.between(tenant_id, *reach_back, types=words.accepted(*types))
    found = check_deal(desk, request, account, [words.folded(event) for event in told])
    if found is None:
        return
    record_decision(
        tx,
        services,
        tenant_id,
        kind=KIND,
        subject=request.entity_id,
        key=request.id,
        data=deal_data(found),
        because=[request.id, *found.budget.because, *(order.event_id for order in found.similar)],
        publish="deal.checked",
    )


def deal_data(found: DealCheck) -> dict[str, Any]:
    """The check as it is published and kept."""
    budget = found.budget
    return {
        "request_id": found.request_id,
        "amount": found.amount,
        "margin": found.margin,
        "low_margin": found.is_low_margin,
        "typical_margin": found.typical_margin,
        "similar": [
            {"event_id": order.event_id, "margin": order.margin, "amount": order.amount, "flagged": order.flagged}
            for order in found.similar[-50:]
        ],
        "budget": {
            "verdict": budget.verdict,
            "budget": budget.budget,
            "spent": budget.spent,
            "left_after": budget.left_after,
        },
        "offers": [
            {
                "plan": offer.plan.id,
                "title": offer.plan.title,
                "parts": [{"title": title, "amount": due, "day": day.isoformat()} for title, due, day in offer.parts],
            }
            for offer in found.offers
        ],
        "approvals": list(found.approvals),
        "due_at": found.due_at.isoformat() if found.due_at else None,
    }
