"""Visits: the list, one visit with its sound, and its recording's bytes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.api.byte_ranges import stream_bytes
from service.api.storage_threads import in_storage_thread
from service.console.guests import Viewer
from service.console.rendering import page
from service.console.wiring import console_of
from service.domain.records import Page
from service.usecases.console.enter_console import Entered
from service.usecases.console.view_scope import read_scope, scoped_visit
from service.usecases.console.view_visit import list_visits, view_visit
from service.usecases.services import Services
from service.usecases.visits.open_audio import OpenedAudio, open_visit_audio

router = APIRouter()
VISITS_A_PAGE = 25


@router.get("/visits")
def visits(
    request: Request,
    viewer: Viewer,
    rep: Annotated[str, Query(max_length=128)] = "",
    after: Annotated[str, Query(pattern=r"^(vis_[0-9a-f]{32})?$")] = "",
) -> Response:
    """All visits of the scope, the newest first."""
    services = console_of(request).services
    wanted = Page(VISITS_A_PAGE, after or None)
    lines, scope, cursor = list_visits(services, viewer.person, page=wanted, rep_id=rep or None)
    return page(request, "visits.html", visits=lines, reps=scope.reps(), chosen=rep, cursor=cursor)


@router.get("/visits/{visit_id}")
def visit(
    visit_id: str,
    request: Request,
    viewer: Viewer,
    turn: Annotated[int | None, Query(ge=0, le=100_000)] = None,
    mark: Annotated[bool, Query()] = False,
) -> Response:
    """One visit; `turn` is where the reader was sent, `mark` opens the form there for what the model missed."""
    services = console_of(request).services
    found = view_visit(services, viewer.person, visit_id)
    codes = {kind: services.content.taxonomy.codes(kind) for kind in ("objection", "signal")}
    titles = {course.id: course.title for course in services.content.courses}
    return page(request, "visit.html", found=found, sent_to=turn, marking=mark, codes=codes, course_titles=titles)


@router.get("/visits/{visit_id}/audio")
async def audio(visit_id: str, request: Request, viewer: Viewer) -> Response:
    """The newest recording, with ranges, for the player."""
    opened = await in_storage_thread(_open_audio, console_of(request).services, viewer, visit_id)
    etag = f'"{opened.recording.sha256[:32]}"'
    size, name = opened.recording.size_bytes, opened.recording.display_name
    return stream_bytes(request, opened.bytes, size=size, etag=etag, filename=name)


def _open_audio(services: Services, viewer: Entered, visit_id: str) -> OpenedAudio:
    with services.uow(write=False) as tx:
        scoped_visit(tx, read_scope(tx, viewer.person), visit_id)
    return open_visit_audio(services, viewer.tenant_id, visit_id, actor=f"person:{viewer.person.id}")
