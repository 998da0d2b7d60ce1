"""`/v1/visits/{id}/roles`: put right who spoke; everything that follows from it is made again."""

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.examples import TRANSCRIPT_OUT
from service.api.schemas.roles import ROLES_IN, RolesIn
from service.api.schemas.visits import TranscriptOut, TurnOut
from service.domain.ports import UnitOfWork
from service.usecases.visits.assign_roles import assign_roles

router = strict_router(tags=["transcripts"])


@router.post(
    "/visits/{visit_id}/roles",
    status_code=202,
    response_model=TranscriptOut,
    responses={202: TRANSCRIPT_OUT, **problems(404, 409)},
    openapi_extra=scoped("visits:write", requestBody=ROLES_IN, **TAKES_KEY),
)
def assign(visit_id: str, body: RolesIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Swap rep and customer, or name who spoke single turns: a new version of the transcript, analysed again."""
    roles = {turn.i: turn.role for turn in body.turns}

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        record = assign_roles(tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, swap=body.swap, roles=roles)
        stored = record.transcript
        answer = TranscriptOut(
            visit_id=record.visit_id,
            version=record.version,
            source=record.source,
            language=stored.language,
            duration_ms=stored.duration_ms,
            turns=[TurnOut.of(turn) for turn in stored.turns],
        )
        return 202, json_bytes(answer)

    return respond_once(services, once, action)
