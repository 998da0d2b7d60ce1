"""`/v1/entities`: what CRM events add up to, with lineage."""

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.crm import EntityOut
from service.api.schemas.crm_examples import ENTITY_OUT
from service.usecases.crm.read_entity import read_entity

router = strict_router(tags=["crm"])


@router.get(
    "/entities/{kind}/{entity_id}",
    response_model=EntityOut,
    responses={200: ENTITY_OUT, **problems(404)},
    openapi_extra=scoped("crm:read"),
)
def read(kind: str, entity_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """An entity with every value its fields have had, each with the event that gave it."""
    with services.uow(write=False) as tx:
        return JsonResponse(EntityOut.of(read_entity(tx, caller.tenant_id, kind, entity_id)))
