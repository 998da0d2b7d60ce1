"""A rep's week: the plan as a grid, its quotas, and how it is kept hour by hour."""

from datetime import date, datetime, time, timedelta
from typing import cast

from service.domain.crm.events import EntityKind
from service.domain.crm.plan_grid import DONE, PLANNED, PlanGrid, plan_grid
from service.domain.errors import Conflict, NotFound
from service.domain.evidence import ZONE, local_day
from service.domain.ports import UnitOfWork
from service.domain.records import Page
from service.usecases.services import Services

KNOWN_BY = ("task", "visit", "opportunity", "lead", "account", "quote")


def read_plan(tx: UnitOfWork, services: Services, tenant_id: str, rep_id: str, day: date | None) -> PlanGrid:
    """The plan of the week that `day` lies in, this week where None.

    Raises:
        NotFound: no such rep. Conflict: no plan card is in use (`no_scorecard`).
    """
    content = services.content_for(tx, tenant_id)
    card = next((card for card in content.plan_cards if card.in_use), None)
    if card is None:
        raise Conflict("no plan card is in use: write one in plans/", code="no_scorecard")
    require_crm_rep(tx, tenant_id, rep_id)
    now = services.clock.now()
    wanted = day or local_day(now)
    monday = datetime.combine(wanted - timedelta(days=wanted.weekday()), time(), ZONE)
    # A week may be planned ahead, and what was due in it may be done later.
    reach = monday - timedelta(weeks=5), monday + timedelta(weeks=3)
    told = tx.crm_events.between(tenant_id, *reach, types=content.vocabulary.accepted(PLANNED, DONE))
    return plan_grid(card, rep_id, monday, [content.vocabulary.folded(event) for event in told], now=now)


def require_crm_rep(tx: UnitOfWork, tenant_id: str, rep_id: str) -> None:
    """Refuse an id that nobody works under (`rep_not_found`)."""
    known = (
        tx.people.get(tenant_id, rep_id) is not None
        or bool(tx.visits.page(tenant_id, Page(1), rep_id=rep_id))
        or any(tx.entities.linked(tenant_id, cast(EntityKind, kind), owner_id=rep_id) for kind in KNOWN_BY)
    )
    if not known:
        raise NotFound("there is no such rep", code="rep_not_found")
