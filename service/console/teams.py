"""A team's month: who needs what, the radar, the matrix, what the best do differently."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.console.guests import Viewer
from service.console.months import neighbours
from service.console.radar import team_radar
from service.console.rendering import page, texts_of
from service.console.wiring import console_of
from service.usecases.console.view_team import names_of, view_team

router = APIRouter()
Month = Annotated[str | None, Query(max_length=7)]


@router.get("/teams/{team}")
def team(team: str, request: Request, viewer: Viewer, month: Month = None) -> Response:
    """One team."""
    services = console_of(request).services
    found = view_team(services, viewer.person, team=team, month=month)
    earlier, later = neighbours(found.report.month, services.clock.now())
    top = names_of(found.report.reuse.top, found.names) if found.report.reuse else ""
    return page(
        request,
        "team.html",
        team=team,
        report=found.report,
        teams=found.teams,
        needs=found.needs,
        pending=found.pending,
        at_risk=found.at_risk,
        may_lead=found.may_lead,
        earlier=earlier,
        later=later,
        top_names=top,
        radar=team_radar(found, texts_of(request)),
    )
