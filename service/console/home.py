"""The first page: a rep's own report, a leader's team."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Viewer
from service.console.rendering import page
from service.console.wiring import PATH, console_of
from service.usecases.console.view_scope import read_scope

router = APIRouter()


@router.get("/")
def home(viewer: Viewer) -> Response:
    """Where this person begins."""
    if viewer.person.role == "rep":
        return RedirectResponse(f"{PATH}/reps/{quote(viewer.person.id, safe='')}", 303)
    return RedirectResponse(f"{PATH}/teams", 303)


@router.get("/teams")
def teams(request: Request, viewer: Viewer) -> Response:
    """The viewer's own team, else the first they may see."""
    console = console_of(request)
    with console.services.uow(write=False) as tx:
        found = read_scope(tx, viewer.person).teams()
    own = viewer.person.team
    if not found:
        return page(request, "no_team.html")
    chosen = own if own in found else found[0]
    return RedirectResponse(f"{PATH}/teams/{quote(chosen, safe='')}", 303)
