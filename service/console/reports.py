"""The daily and the weekly report as pages, on paper by the browser's own printing, and as PDF."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from service.console.crm_report_pdf import draw_crm_report
from service.console.guests import Viewer
from service.console.rendering import page, texts_of
from service.console.wiring import PATH, console_of
from service.usecases.console.view_reports import ReportView, view_daily, view_weekly

router = APIRouter()
# Years far from any record only strain the calendar, whose last day has no day after it.
Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2099, 12, 31))]


@router.get("/reports")
def reports(viewer: Viewer) -> Response:
    """Yesterday's."""
    del viewer  # who may read it, the page itself decides
    return RedirectResponse(f"{PATH}/reports/daily", 303)


@router.get("/reports/daily")
def daily(request: Request, viewer: Viewer, day: Day = None) -> Response:
    """What happened on a day, what stands still, who was active."""
    return _page(request, "report_daily.html", view_daily(console_of(request).services, viewer.person, day))


@router.get("/reports/daily.pdf")
def daily_pdf(request: Request, viewer: Viewer, day: Day = None) -> Response:
    """The daily report as PDF."""
    return _pdf(request, "daily", view_daily(console_of(request).services, viewer.person, day))


@router.get("/reports/weekly")
def weekly(request: Request, viewer: Viewer, day: Day = None) -> Response:
    """Conversion by person, progress in numbers, what stands still, who was silent."""
    return _page(request, "report_weekly.html", view_weekly(console_of(request).services, viewer.person, day))


@router.get("/reports/weekly.pdf")
def weekly_pdf(request: Request, viewer: Viewer, day: Day = None) -> Response:
    """The weekly report as PDF."""
    return _pdf(request, "weekly", view_weekly(console_of(request).services, viewer.person, day))


def _pdf(request: Request, name: str, found: ReportView) -> Response:
    document = draw_crm_report(found, texts_of(request))
    disposition = f'inline; filename="{name}-{found.begin}.pdf"'
    return Response(document, media_type="application/pdf", headers={"Content-Disposition": disposition})


def _page(request: Request, template: str, found: ReportView) -> Response:
    return page(request, template, found=found, report=found.report, read=datetime.fromisoformat)
