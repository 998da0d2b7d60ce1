"""`/v1/opportunities/{id}/attribution`: who earned a deal, by which proof, and what was decided."""

from service.api.auth import Caller, Wired
from service.api.purposes import Asked
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.attributions import ATTRIBUTION, AttributionOut
from service.domain.months import month_of
from service.usecases.crm.decide_attribution import named_in, read_attribution

router = strict_router(tags=["crm"])


@router.get(
    "/opportunities/{opportunity_id}/attribution",
    response_model=AttributionOut,
    responses={200: ATTRIBUTION, **problems(404, 409)},
    openapi_extra=scoped("crm:read"),
)
def attribution(opportunity_id: str, caller: Caller, services: Wired, asked: Asked) -> JsonResponse:
    """How a won deal is split: proven contributions, claims, the dispute if there is one, and the decision.

    For `purpose=hr` a person reviews everybody who is named first, in the month in which the deal was won.
    """
    with services.uow(write=False) as tx:
        found = read_attribution(tx, services, caller.tenant_id, opportunity_id)
    asked.tells_of_each((person, month_of(found[0].won_by.occurred_at)) for person in named_in(*found))
    return JsonResponse(AttributionOut.of(*found))
