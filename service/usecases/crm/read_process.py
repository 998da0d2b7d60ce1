"""Where an opportunity stands: its process, its evidence and its health, worked out from its events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.domain.content.bundle import Content
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.processes import ProcessState, process_for, state_of
from service.domain.crm.scoring import Score, score
from service.domain.errors import Conflict, NotFound
from service.domain.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Standing:
    """An opportunity in its process, and all events about it, by id."""

    opportunity: Entity
    state: ProcessState
    events: Mapping[str, CrmEvent]


def read_standing(tx: UnitOfWork, content: Content, tenant_id: str, opportunity_id: str, *, now: datetime) -> Standing:
    """Where the opportunity stands at `now`.

    Raises:
        NotFound: no event was ever about it. Conflict: no process is for opportunities like this one (`no_process`).
    """
    opportunity = tx.entities.get(tenant_id, "opportunity", opportunity_id)
    if opportunity is None:
        raise NotFound("no event has told of such an opportunity", code="opportunity_not_found")
    found = standing_of(tx, content, tenant_id, opportunity, now=now)
    if found is None:
        raise Conflict(
            "no process is for opportunities like this one: see what each process applies to in GET /v1/processes",
            code="no_process",
        )
    return found


def standing_of(
    tx: UnitOfWork, content: Content, tenant_id: str, opportunity: Entity, *, now: datetime
) -> Standing | None:
    """As `read_standing`; None when no process is for this opportunity."""
    process = process_for(content.processes, opportunity)
    if process is None:
        return None
    events = tx.crm_events.of_opportunity(tenant_id, opportunity.id)
    state = state_of(process, opportunity.id, events, now=now)
    return Standing(opportunity, state, {event.id: event for event in events})


def health_of(content: Content, standing: Standing, *, now: datetime) -> Score | None:
    """The opportunity's health score; None when its process has no scorecard in use."""
    card = next(
        (card for card in content.health_cards if card.in_use and card.process == standing.state.process.id), None
    )
    if card is None:
        return None
    events = [event for event in standing.events.values() if event.occurred_at <= now]
    return score(card, standing.state, standing.opportunity, events, now=now)


def read_health(
    tx: UnitOfWork, content: Content, tenant_id: str, opportunity_id: str, *, now: datetime
) -> tuple[Standing, Score]:
    """An opportunity's health with every line behind it.

    Raises:
        NotFound, Conflict: as `read_standing`; Conflict also when its process has no scorecard (`no_scorecard`).
    """
    standing = read_standing(tx, content, tenant_id, opportunity_id, now=now)
    found = health_of(content, standing, now=now)
    if found is None:
        raise Conflict("this process has no scorecard: write one in scorecards/health/", code="no_scorecard")
    return standing, found
