"""`/healthz`, `/readyz`, `/metrics`, `/v1/limits`: what operators and probes ask."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import Out
from service.api.schemas.examples import LIMITS
from service.usecases.services import Limits

router = APIRouter(tags=["operations"])
limits_router = strict_router(tags=["operations"])


class HealthOut(Out):
    """The process turns."""

    status: str


class ReadyOut(Out):
    """What was checked, and whether each part can work."""

    status: str
    checks: dict[str, str]


@router.get("/healthz", response_model=HealthOut)
async def healthz() -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


@router.get("/readyz", response_model=ReadyOut, responses={503: {"model": ReadyOut, "description": "Not ready"}})
def readyz(services: Wired) -> JsonResponse:
    """Database and queues can be used now; a queue whose oldest due run has waited ten minutes is not moving."""
    checks = {}
    try:
        with services.uow(write=False) as tx:
            depth = tx.runs.depth(services.clock.now())
        checks["database"] = "ok"
        for queue, (waiting, oldest_s) in sorted(depth.items()):
            checks[f"queue.{queue}"] = f"stuck: {waiting} waiting, oldest {oldest_s:.0f} s" if oldest_s > 600 else "ok"
    except Exception as error:  # noqa: BLE001 - a probe must answer whatever the database driver raises
        checks["database"] = f"failed: {type(error).__name__}"
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ok" if ready else "failed", "checks": checks}, status_code=200 if ready else 503)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics() -> Response:
    """Prometheus metrics of this process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@limits_router.get(
    "/limits", response_model=Limits, responses={200: LIMITS, **problems()}, openapi_extra=scoped("visits:read")
)
def limits(caller: Caller, services: Wired) -> JsonResponse:
    """The limits in force."""
    del caller
    return JsonResponse(asdict(services.limits))
