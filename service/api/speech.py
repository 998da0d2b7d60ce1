"""`/v1/speech`: which engine and model turn this tenant's recordings into text."""

from fastapi import Response

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.speech import SPEECH_IN, SPEECH_OUT, SpeechIn, SpeechOut
from service.domain.speech.choice import SpeechOption
from service.usecases.models.choose_speech import choose_speech, forget_speech

router = strict_router(tags=["speech"])


@router.get(
    "/speech",
    response_model=SpeechOut,
    responses={200: SPEECH_OUT, **problems()},
    openapi_extra=scoped("visits:read"),
)
def read(caller: Caller, services: Wired) -> JsonResponse:
    """The engine and model in force, who chose them, and what else is installed."""
    with services.uow(write=False) as tx:
        choice = tx.speech.get(caller.tenant_id)
    return JsonResponse(SpeechOut.of(choice, services.speech()))


@router.put(
    "/speech",
    response_model=SpeechOut,
    responses={200: SPEECH_OUT, **problems()},
    openapi_extra=scoped("admin", requestBody=SPEECH_IN),
)
def choose(body: SpeechIn, caller: Caller, services: Wired) -> JsonResponse:
    """Choose one of the installed options; recordings transcribed from now on go by it, each names its engine."""
    with services.uow() as tx:
        choice = choose_speech(tx, services, tenant_id=caller.tenant_id, option=SpeechOption(body.engine, body.model))
    return JsonResponse(SpeechOut.of(choice, services.speech()))


@router.delete(
    "/speech",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "The installation's default is in force again"}, **problems(404)},
    openapi_extra=scoped("admin"),
)
def forget(caller: Caller, services: Wired) -> Response:
    """Go by the installation's default again."""
    with services.uow() as tx:
        forget_speech(tx, caller.tenant_id)
    return Response(status_code=204)
