"""Reps' values of a month that wait for a person's review before anybody decides about people by them."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Posted, Viewer
from service.console.months import neighbours
from service.console.rendering import page
from service.console.wiring import PATH, console_of
from service.domain.errors import Invalid
from service.usecases.coaching.review_scores import Looked, review_scores
from service.usecases.console.view_alerts import require_operations
from service.usecases.console.view_privacy import actor_in
from service.usecases.console.view_scope import read_scope
from service.usecases.console.view_score_reviews import view_reviews

router = APIRouter()
LIST = f"{PATH}/privacy/reviews"


@router.get("/privacy/reviews")
def board(
    request: Request,
    viewer: Viewer,
    team: Annotated[str, Query(max_length=128)] = "",
    month: Annotated[str | None, Query(max_length=7)] = None,
) -> Response:
    """One team's values of a month that is over, those that wait first."""
    require_operations(viewer.person)
    services = console_of(request).services
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer.person)
        teams = scope.teams()
        if not teams:
            return page(request, "no_team.html")
        own = viewer.person.team if viewer.person.team in teams else teams[0]
        found = view_reviews(tx, services, scope, team=team or own, month=month)
    earlier, later = neighbours(found.month, services.clock.now())
    codes = [card.skill for card in services.content.skill_cards if card.in_use]
    return page(request, "privacy_reviews.html", found=found, teams=teams, codes=codes, earlier=earlier, later=later)


@router.post("/privacy/reviews/{rep_id}")
def review(rep_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """The word of somebody who leads the rep that they looked at these values and no others."""
    services, month = console_of(request).services, fields.get("month", "")
    if fields.get("looked") != "1":
        raise Invalid("tick that you looked at the values", code="review_unlooked")
    looked = Looked(viewer.person.id, fields.get("digest", "")[:64], fields.get("note", "").strip()[:200])
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        scope.require_lead(rep_id)
        review_scores(tx, services, tenant_id=scope.tenant_id, rep_id=rep_id, month=month, looked=looked,
                      actor=actor_in(viewer))  # fmt: skip
        team = scope.team_of(rep_id)
    return RedirectResponse(f"{LIST}?team={quote(team, safe='')}&month={month}", 303)
