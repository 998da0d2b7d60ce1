"""`/v1/models/{task}/...`: versions of a text model compared, promoted and taken back, by the tenant who decides."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.model_versions import (
    DRIFT,
    MODEL_COMPARISON,
    MODEL_VERSIONS,
    PROMOTE_IN,
    ROLL_BACK_IN,
    DriftOut,
    ModelComparisonOut,
    ModelVersionsOut,
    PromoteIn,
    RollBackIn,
)
from service.domain.ports import UnitOfWork
from service.usecases.models.manage_models import (
    compare_versions,
    promote_version,
    registry_for,
    roll_back_version,
    standing_of,
)
from service.usecases.models.watch_drift import watch_drift

router = strict_router(tags=["models"])


@router.get(
    "/models/{task}/versions",
    response_model=ModelVersionsOut,
    responses={200: MODEL_VERSIONS, **problems(404, 409)},
    openapi_extra=scoped("models:read"),
)
def versions(task: str, caller: Caller, services: Wired) -> JsonResponse:
    """Every version of a text model (turns, roles, triage, churn or accounts), who is champion, and every move."""
    return JsonResponse(ModelVersionsOut.of(standing_of(registry_for(services, caller, task), task)))


@router.get(
    "/models/{task}/comparison",
    response_model=ModelComparisonOut,
    responses={200: MODEL_COMPARISON, **problems(404, 409)},
    openapi_extra=scoped("models:read"),
)
def comparison(
    task: str,
    caller: Caller,
    services: Wired,
    version: Annotated[int | None, Query(ge=0, le=1_000_000, description="instead of the challenger")] = None,
) -> JsonResponse:
    """Champion and challenger, code by code, on rows that neither had learnt, and every reason not to promote."""
    registry = registry_for(services, caller, task)
    number, found = compare_versions(registry, task, version)
    return JsonResponse(ModelComparisonOut.of(task, registry.aliases(task).champion, number, found))


@router.get(
    "/model-drift",
    response_model=DriftOut,
    responses={200: DRIFT, **problems()},
    openapi_extra=scoped("models:read"),
)
def drift(
    caller: Caller,
    services: Wired,
    days: Annotated[int, Query(ge=1, le=365, description="how many days count as now")] = 14,
) -> JsonResponse:
    """What the turn models found in this tenant's visits lately, beside what the same models found in them before."""
    with services.uow(write=False) as tx:
        report = watch_drift(tx, caller.tenant_id, now=services.clock.now(), days=days)
    return JsonResponse(DriftOut.of(report))


@router.post(
    "/models/{task}/promote",
    response_model=ModelVersionsOut,
    responses={200: MODEL_VERSIONS, **problems(404, 409)},
    openapi_extra=scoped("models:write", requestBody=PROMOTE_IN, **TAKES_KEY),
)
def promote(task: str, body: PromoteIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Put a version in use that is worse on nothing; every process takes it with its next job."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        standing = promote_version(tx, services, caller, task, number=body.version, why=body.why)
        return 200, json_bytes(ModelVersionsOut.of(standing))

    return respond_once(services, once, action)


@router.post(
    "/models/{task}/rollback",
    response_model=ModelVersionsOut,
    responses={200: MODEL_VERSIONS, **problems(404, 409)},
    openapi_extra=scoped("models:write", requestBody=ROLL_BACK_IN, **TAKES_KEY),
)
def rollback(task: str, body: RollBackIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Put the version before the champion in use again."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        return 200, json_bytes(ModelVersionsOut.of(roll_back_version(tx, services, caller, task, why=body.why)))

    return respond_once(services, once, action)
