"""Persons whose data went abroad in a year: against the thresholds of the law, and by recipient."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.console.guests import Viewer
from service.console.rendering import page
from service.console.wiring import console_of
from service.domain.privacy.transfers import thresholds_of, year_of
from service.usecases.console.view_privacy import require_answer
from service.usecases.privacy.count_transfers import transfers_of

router = APIRouter()


@router.get("/privacy/transfers")
def transfers(
    request: Request, viewer: Viewer, year: Annotated[str | None, Query(pattern=r"^20[0-9]{2}$")] = None
) -> Response:
    """One calendar year, this one where none is named."""
    services = console_of(request).services
    this = year_of(services.clock.now())
    chosen = year or this
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
        counted = transfers_of(tx, viewer.tenant_id, chosen)
    return page(
        request,
        "privacy_transfers.html",
        counted=counted,
        thresholds=thresholds_of(counted, services.transfer_limits),
        home=services.regions[0],
        year=chosen,
        earlier=str(int(chosen) - 1) if chosen > "2000" else None,
        later=str(int(chosen) + 1) if chosen < this else None,
    )
