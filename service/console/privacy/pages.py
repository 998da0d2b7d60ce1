"""The section's pages as routers, and its first page: what there is to do."""

from fastapi import APIRouter, Request, Response

from service.console.guests import Viewer
from service.console.privacy import (
    assessments,
    fairness,
    notices,
    processors,
    requests,
    retention,
    reviews,
    transfers,
)
from service.console.rendering import page
from service.console.wiring import console_of
from service.usecases.console.view_alerts import require_operations
from service.usecases.console.view_held import list_held
from service.usecases.console.view_privacy import READ, may_answer, view_duties
from service.usecases.console.view_scope import read_scope

router = APIRouter()
ROUTERS = (
    router,
    requests.router,
    transfers.router,
    retention.router,
    processors.router,
    assessments.router,
    notices.router,
    reviews.router,
    fairness.router,
)


@router.get("/privacy")
def overview(request: Request, viewer: Viewer) -> Response:
    """What waits: of the whole tenant for who answers for it, held visits for who leads their reps."""
    require_operations(viewer.person)
    services = console_of(request).services
    with services.uow(write=False) as tx:
        duties = view_duties(tx, services, viewer.tenant_id) if may_answer(tx, viewer, READ) else None
        held = len(list_held(tx, read_scope(tx, viewer.person)))
    return page(request, "privacy.html", duties=duties, held=held)
