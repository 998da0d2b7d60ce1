"""`/v1/models`: what hears and what reads here, in the list that OpenAI's clients expect, with what we can say more."""

from datetime import UTC, datetime
from typing import Literal

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import Out
from service.api.schemas.transcription_examples import MODEL, MODELS
from service.domain.errors import NotFound
from service.usecases.models.offer_models import OfferedModel, offered_models

router = strict_router(tags=["speech"])
# Nobody knows when a model that lies in a directory was made; clients insist on a number.
CREATED = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


class ModelOut(Out):
    """One model; `id`, `object`, `created` and `owned_by` as OpenAI names them."""

    id: str
    object: Literal["model"] = "model"
    created: int = CREATED
    owned_by: str = "fieldcue"
    kind: Literal["speech", "text"]
    engine: str
    version: str
    default: bool

    @classmethod
    def of(cls, model: OfferedModel) -> "ModelOut":
        """The body of a model."""
        return cls(id=model.id, kind=model.kind, engine=model.engine, version=model.version, default=model.default)


class ModelsOut(Out):
    """All models."""

    object: Literal["list"] = "list"
    data: list[ModelOut]


@router.get(
    "/models",
    response_model=ModelsOut,
    responses={200: MODELS, **problems()},
    openapi_extra=scoped("speech"),
)
def list_models(caller: Caller, services: Wired) -> JsonResponse:
    """The models in use: speech models that `POST /v1/audio/transcriptions` takes, and the text models behind findings.

    `default` marks the speech model that this tenant's recordings go to.
    """
    models = [ModelOut.of(model) for model in offered_models(services, caller.tenant_id)]
    return JsonResponse(ModelsOut(data=models))


@router.get(
    "/models/{model_id}",
    response_model=ModelOut,
    responses={200: MODEL, **problems(404)},
    openapi_extra=scoped("speech"),
)
def read_model(model_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One model of the list."""
    for model in offered_models(services, caller.tenant_id):
        if model.id == model_id:
            return JsonResponse(ModelOut.of(model))
    raise NotFound("there is no such model", code="model_not_found")
