"""`/v1/visits/{id}/consent`: taken back, it stops the work and erases what was said."""

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import Out
from service.api.schemas.examples import ERASED_OUT
from service.usecases.keep_audit import actor_of
from service.usecases.withdraw_consent import withdraw_consent

router = strict_router(tags=["visits"])


class ErasedOut(Out):
    """What was erased, by kind; a receipt without a word of what it was."""

    visit_id: str
    withdrawn: bool
    erased: dict[str, int]


@router.delete(
    "/visits/{visit_id}/consent",
    response_model=ErasedOut,
    responses={200: ERASED_OUT, **problems(404)},
    openapi_extra=scoped("visits:write"),
)
def withdraw(visit_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """Withdraw consent: running work is cancelled; audio, transcripts, analyses and undelivered events are erased."""
    with services.uow() as tx:
        _, erased = withdraw_consent(
            tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, actor=actor_of(caller)
        )
    return JsonResponse(ErasedOut(visit_id=visit_id, withdrawn=True, erased=dict(erased.counts)))
