"""`/v1/stores/{id}/questions`: what customers ask a store."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.stores import QUESTIONS, QuestionsOut
from service.usecases.coaching.read_store_questions import read_store_questions

router = strict_router(tags=["crm"])


@router.get(
    "/stores/{store_id}/questions",
    response_model=QuestionsOut,
    responses={200: QUESTIONS, **problems(404)},
    openapi_extra=scoped("crm:read"),
)
def questions(
    store_id: str, caller: Caller, services: Wired, days: Annotated[int, Query(ge=1, le=60)] = 30
) -> JsonResponse:
    """The questions of the last days, the most frequent first, each with its newest evidence."""
    with services.uow(write=False) as tx:
        found = read_store_questions(tx, services, caller.tenant_id, store_id, days=days)
    return JsonResponse(QuestionsOut.of(store_id, days, found))
