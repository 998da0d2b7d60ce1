"""A rep's report: the interactive radar, the trend, evidence, courses; on paper and as PDF too."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.console.guests import Viewer
from service.console.months import neighbours
from service.console.radar import rep_radar
from service.console.rendering import page, texts_of
from service.console.report_pdf import draw_report
from service.console.wiring import console_of
from service.usecases.coaching.manage_courses import list_courses
from service.usecases.console.view_rep import view_rep

router = APIRouter()
Month = Annotated[str | None, Query(max_length=7)]


@router.get("/reps/{rep_id}")
def rep(
    rep_id: str,
    request: Request,
    viewer: Viewer,
    month: Month = None,
    skill: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """One rep."""
    services = console_of(request).services
    found = view_rep(services, viewer.person, rep_id=rep_id, month=month)
    earlier, later = neighbours(found.report.month, services.clock.now())
    return page(
        request,
        "rep.html",
        rep_id=rep_id,
        found=found,
        report=found.report,
        earlier=earlier,
        later=later,
        opened=skill,
        catalogue=list_courses(services),
        radar=rep_radar(found, texts_of(request)),
        printed_at=services.clock.now(),
    )


@router.get("/reps/{rep_id}/report.pdf")
def pdf(rep_id: str, request: Request, viewer: Viewer, month: Month = None) -> Response:
    """The same as PDF."""
    services = console_of(request).services
    found = view_rep(services, viewer.person, rep_id=rep_id, month=month)
    document = draw_report(found, texts_of(request), now=services.clock.now())
    disposition = f'inline; filename="report-{found.report.month}.pdf"'
    return Response(document, media_type="application/pdf", headers={"Content-Disposition": disposition})
