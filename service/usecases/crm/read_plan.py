"""A rep's week: the plan as a grid, its quotas, and how it is kept hour by hour."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import cast

from service.domain.content.bundle import Content
from service.domain.content.plan_cards import PlanCard
from service.domain.crm.events import EntityKind
from service.domain.crm.plan_grid import DONE, PLANNED, PlanGrid, plan_grid
from service.domain.crm.report_days import monday_of
from service.domain.errors import Conflict, NotFound
from service.domain.evidence import ZONE, local_day
from service.domain.ports import UnitOfWork
from service.domain.records import Page
from service.usecases.services import Services

PLANNED_AHEAD = timedelta(weeks=5)  # a week may be planned so long before it,
DONE_LATER = timedelta(weeks=3)  # and what was due in it is looked for until so long after it began
KNOWN_BY = ("task", "visit", "opportunity", "lead", "account", "quote")


def read_plan(tx: UnitOfWork, services: Services, tenant_id: str, rep_id: str, day: date | None) -> PlanGrid:
    """The plan of the week that `day` lies in, this week where None.

    Raises:
        NotFound: no such rep. Conflict: no plan card is in use (`no_scorecard`).
    """
    content = services.content_for(tx, tenant_id)
    card = _card(content)
    require_crm_rep(tx, tenant_id, rep_id)
    (grid,) = _grids(tx, content, card, tenant_id, [rep_id], day, now=services.clock.now())
    return grid


def read_plans(
    tx: UnitOfWork, services: Services, tenant_id: str, rep_ids: Sequence[str], day: date | None
) -> list[PlanGrid]:
    """The same of several reps that are known, in their order; what happened is read once for all of them.

    Raises:
        Conflict: no plan card is in use (`no_scorecard`).
    """
    content = services.content_for(tx, tenant_id)
    return _grids(tx, content, _card(content), tenant_id, rep_ids, day, now=services.clock.now())


def _card(content: Content) -> PlanCard:
    card = next((card for card in content.plan_cards if card.in_use), None)
    if card is None:
        raise Conflict("no plan card is in use: write one in plans/", code="no_scorecard")
    return card


def _grids(
    tx: UnitOfWork, content: Content, card: PlanCard, tenant_id: str, rep_ids: Sequence[str], day: date | None, *,
    now: datetime,
) -> list[PlanGrid]:  # fmt: skip
    monday = datetime.combine(monday_of(day or local_day(now)), time(), ZONE)
    reach = monday - PLANNED_AHEAD, monday + DONE_LATER
    told = tx.crm_events.between(tenant_id, *reach, types=content.vocabulary.accepted(PLANNED, DONE))
    events = [content.vocabulary.folded(event) for event in told]
    return [plan_grid(card, rep_id, monday, events, now=now) for rep_id in rep_ids]


def require_crm_rep(tx: UnitOfWork, tenant_id: str, rep_id: str) -> None:
    """Refuse an id that nobody works under (`rep_not_found`)."""
    known = (
        tx.people.get(tenant_id, rep_id) is not None
        or bool(tx.visits.page(tenant_id, Page(1), rep_id=rep_id))
        or any(tx.entities.linked(tenant_id, cast(EntityKind, kind), owner_id=rep_id) for kind in KNOWN_BY)
    )
    if not known:
        raise NotFound("there is no such rep", code="rep_not_found")
