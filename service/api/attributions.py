"""`/v1/opportunities/{id}/attribution`: who earned a deal, by which proof, and what was decided."""

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.attributions import ATTRIBUTION, AttributionOut
from service.usecases.crm.decide_attribution import read_attribution

router = strict_router(tags=["crm"])


@router.get(
    "/opportunities/{opportunity_id}/attribution",
    response_model=AttributionOut,
    responses={200: ATTRIBUTION, **problems(404, 409)},
    openapi_extra=scoped("crm:read"),
)
def attribution(opportunity_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """How a won deal is split: proven contributions, claims, the dispute if there is one, and the decision."""
    with services.uow(write=False) as tx:
        found = read_attribution(tx, services, caller.tenant_id, opportunity_id)
    return JsonResponse(AttributionOut.of(*found))
