"""`/v1/requests/{id}/deal-check`: what was found about a purchase request."""

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.deals import DEAL, DealOut
from service.usecases.crm.check_deals import read_deal

router = strict_router(tags=["crm"])


@router.get(
    "/requests/{request_id}/deal-check",
    response_model=DealOut,
    responses={200: DEAL, **problems(404)},
    openapi_extra=scoped("crm:read"),
)
def deal(request_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """Similar orders' margins, the customer's budget left, ways to pay, and whose approval is missing."""
    with services.uow(write=False) as tx:
        data, because, missing = read_deal(tx, caller.tenant_id, request_id)
    return JsonResponse(DealOut(**data, missing=list(missing), because=because))
