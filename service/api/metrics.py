"""`/v1/metrics`: how work is done, in numbers that open into the events they were read from."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.metric_examples import METRIC, METRICS
from service.api.schemas.metrics import MetricDetailOut, MetricOut, MetricsOut, metric_detail
from service.usecases.crm.read_metrics import find_metric, read_metric

router = strict_router(tags=["crm"])


@router.get(
    "/metrics",
    response_model=MetricsOut,
    responses={200: METRICS, **problems()},
    openapi_extra=scoped("crm:read"),
)
def metrics(
    caller: Caller,
    services: Wired,
    serves: Annotated[
        str | None, Query(pattern=r"^[A-Z][0-9]{1,2}$", description="only those of one system, such as R2")
    ] = None,
) -> JsonResponse:
    """All metrics: value, threshold, trend, and the raw figure beside it where there is one."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        known = services.content_for(tx, caller.tenant_id).metrics
        wanted = [it for it in known if it.in_use and (serves is None or serves in it.serves)]
        items = [MetricOut.of(read_metric(tx, services, caller.tenant_id, metric, now=now)) for metric in wanted]
    return JsonResponse(MetricsOut(items=items))


@router.get(
    "/metrics/{metric_id}",
    response_model=MetricDetailOut,
    responses={200: METRIC, **problems(404)},
    openapi_extra=scoped("crm:read"),
)
def metric(metric_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One metric with its cases, its causes and its days, each with the events behind it."""
    with services.uow(write=False) as tx:
        found = find_metric(services.content_for(tx, caller.tenant_id), metric_id)
        return JsonResponse(metric_detail(read_metric(tx, services, caller.tenant_id, found, now=services.clock.now())))
