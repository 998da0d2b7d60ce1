"""Freeze the next stage while evidence is missing, open it when it is there; each change is decided and told once."""

from collections.abc import Iterable
from typing import Any

from service.domain.crm.decisions import Decision
from service.domain.crm.events import CrmEvent
from service.domain.crm.processes import ProcessState, process_for, state_of
from service.domain.ports import UnitOfWork
from service.usecases.crm.record_decision import record_decision
from service.usecases.services import Services

KIND = "gate"


def decide_gates(tx: UnitOfWork, services: Services, tenant_id: str, events: Iterable[CrmEvent]) -> None:
    """Look again at every opportunity that these new events are about."""
    touched: dict[str, CrmEvent] = {}
    for event in sorted(events, key=lambda event: event.order):
        if event.opportunity_id is not None:
            touched[event.opportunity_id] = event
    processes = services.content_for(tx, tenant_id).processes
    held = tx.entities.hold_all(tenant_id, [("opportunity", opportunity_id) for opportunity_id in sorted(touched)])
    running = {
        entity.id: process for entity in held.values() if (process := process_for(processes, entity)) is not None
    }
    told = tx.crm_events.of_opportunities(tenant_id, sorted(running))
    before = tx.decisions.latest_of(tenant_id, KIND, sorted(running))
    for opportunity_id in sorted(running):
        state = state_of(
            running[opportunity_id], opportunity_id, told.get(opportunity_id, ()), now=services.clock.now()
        )
        _decide(tx, services, tenant_id, state, touched[opportunity_id], before.get(opportunity_id))


def _decide(
    tx: UnitOfWork, services: Services, tenant_id: str, state: ProcessState, event: CrmEvent, before: Decision | None
) -> None:
    data = gate_of(state)
    if state.current is None or (before is not None and before.data == data):
        return
    if before is None and not data["missing"]:
        return  # nothing was ever closed: there is nothing to tell
    evidence = [found for stage in state.stages for node in stage.nodes for found in node.evidence]
    record_decision(
        tx,
        services,
        tenant_id,
        kind=KIND,
        subject=state.opportunity_id,
        key=event.id,
        data=data,
        because=[*evidence, *([] if event.id in evidence else [event.id])],
        publish="stage.frozen" if data["missing"] else "stage.opened",
    )


def gate_of(state: ProcessState) -> dict[str, Any]:
    """What a decision says: where the opportunity is, what is frozen, what is missing and how to get it."""
    return {
        "opportunity_id": state.opportunity_id,
        "process": state.process.id,
        "current": state.current,
        "frozen": list(state.frozen),
        "missing": [
            {"node": node.node.id, "title": node.node.title, "missing": node.missing, "way_out": node.node.way_out}
            for node in state.missing
        ],
    }
