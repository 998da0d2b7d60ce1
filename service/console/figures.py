"""Every figure of the team's page and the rep's report as a page of its own: all it rests on, down to the second."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.console.guests import Viewer
from service.console.rendering import page
from service.console.wiring import console_of
from service.usecases.console.view_figure import SHOWN, FigureView, Group, Of, view_rep_figure, view_team_figure

router = APIRouter()
Month = Annotated[str | None, Query(max_length=7)]


@router.get("/reps/{rep_id}/figures/{name}")
def of_rep(
    rep_id: str, name: str, request: Request, viewer: Viewer, month: Month = None, of: Annotated[Of, Query()] = "own"
) -> Response:
    """One figure of a rep's report: the rep's own, or the team's that stands beside it."""
    services = console_of(request).services
    found = view_rep_figure(services, viewer.person, rep_id=rep_id, name=name, of=of, month=month)
    return _page(request, found, back=("reps", rep_id), of=of)


@router.get("/teams/{team}/figures/{name}")
def of_team(
    team: str, name: str, request: Request, viewer: Viewer, month: Month = None, of: Annotated[Group, Query()] = "all"
) -> Response:
    """One figure of a team's page: everybody's, or that of the top fifth or the rest."""
    services = console_of(request).services
    found = view_team_figure(services, viewer.person, team=team, name=name, of=of, month=month)
    return _page(request, found, back=("teams", team), of=of)


def _page(request: Request, found: FigureView, *, back: tuple[str, str], of: str) -> Response:
    return page(request, "figure.html", found=found, back=back, of=of, shown=SHOWN)
