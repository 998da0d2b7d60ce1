"""`/v1/processes` and where an opportunity stands in its own: evidence, what is frozen, health."""

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.process_examples import BOARD, HEALTH, PROCESSES, STANDING
from service.api.schemas.processes import BoardOut, CardOut, HealthOut, ProcessesOut, ProcessOut, StandingOut
from service.usecases.crm.read_board import read_board
from service.usecases.crm.read_process import read_health, read_standing

router = strict_router(tags=["crm"])


@router.get(
    "/processes",
    response_model=ProcessesOut,
    responses={200: PROCESSES, **problems()},
    openapi_extra=scoped("crm:read"),
)
def processes(caller: Caller, services: Wired) -> JsonResponse:
    """All processes in use: stages, the evidence each must leave, and who may hand it in."""
    with services.uow(write=False) as tx:
        found = services.content_for(tx, caller.tenant_id).processes
    items = [ProcessOut.of(process) for process in found if process.in_use]
    return JsonResponse(ProcessesOut(items=items))


@router.get(
    "/processes/{process_id}/board",
    response_model=BoardOut,
    responses={200: BOARD, **problems(404)},
    openapi_extra=scoped("crm:read"),
)
def board(process_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """The opportunities of a process by stage with their health, the unhealthiest first."""
    with services.uow(write=False) as tx:
        cards = read_board(
            tx, services.content_for(tx, caller.tenant_id), caller.tenant_id, process_id, now=services.clock.now()
        )
    return JsonResponse(BoardOut(process=process_id, items=[CardOut.of(card) for card in cards]))


@router.get(
    "/opportunities/{opportunity_id}/process",
    response_model=StandingOut,
    responses={200: STANDING, **problems(404, 409)},
    openapi_extra=scoped("crm:read"),
)
def standing(opportunity_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """Where an opportunity stands: every node with its evidence, what is missing, which stages are frozen."""
    with services.uow(write=False) as tx:
        found = read_standing(
            tx, services.content_for(tx, caller.tenant_id), caller.tenant_id, opportunity_id, now=services.clock.now()
        )
    return JsonResponse(StandingOut.of(found))


@router.get(
    "/opportunities/{opportunity_id}/health",
    response_model=HealthOut,
    responses={200: HEALTH, **problems(404, 409)},
    openapi_extra=scoped("crm:read"),
)
def health(opportunity_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """An opportunity's health from 0 to 100: every point that is missing leads to events."""
    with services.uow(write=False) as tx:
        found, score = read_health(
            tx, services.content_for(tx, caller.tenant_id), caller.tenant_id, opportunity_id, now=services.clock.now()
        )
    return JsonResponse(HealthOut.of(score, found.events))
