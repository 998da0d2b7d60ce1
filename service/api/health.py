"""`/healthz`, `/readyz`, `/metrics`, `/v1/limits`: what operators and probes ask."""

from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from service.adapters.metrics import write_metrics
from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import Out
from service.api.schemas.examples import LIMITS
from service.domain.run_office import SignOfLife
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


@router.get("/health", include_in_schema=False)  # the name that clients of other transcription servers ask for
@router.get("/healthz", response_model=HealthOut)
async def healthz() -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


@router.get("/readyz", response_model=ReadyOut, responses={503: {"model": ReadyOut, "description": "Not ready"}})
def readyz(services: Wired) -> JsonResponse:
    """Database, disk and queues can be used now; each queue finished a run that proves it within the last minute."""
    checks = {}
    try:
        now = services.clock.now()
        with services.uow(write=False) as tx:
            signs = tx.office.signs_of_life(now)
        checks["database"] = "ok"
        checks |= {f"queue.{queue}": _said(sign, now) for queue, sign in sorted(signs.items())}
    except Exception as error:  # noqa: BLE001 - a probe must answer whatever the database driver raises
        checks["database"] = f"failed: {type(error).__name__}"
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ok" if ready else "failed", "checks": checks}, status_code=200 if ready else 503)


def _said(sign: SignOfLife, now: datetime) -> str:
    if sign.is_alive(now):
        return "ok"
    age_s = sign.age_s(now)
    return "no runner has answered yet" if age_s is None else f"stuck: no sign of life for {age_s:.0f} s"


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(services: Wired) -> Response:
    """Prometheus metrics: gauges of the whole installation, counters of this process."""
    with services.uow(write=False) as tx:
        return Response(write_metrics(tx, services.clock.now()), media_type=CONTENT_TYPE_LATEST)


@limits_router.get(
    "/limits", response_model=Limits, responses={200: LIMITS, **problems()}, openapi_extra=scoped("visits:read")
)
def limits(caller: Caller, services: Wired) -> JsonResponse:
    """The limits in force."""
    del caller
    return JsonResponse(asdict(services.limits))
