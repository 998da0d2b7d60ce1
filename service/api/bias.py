"""`/v1/bias-report`: whether findings, churn levels and skill values differ between groups."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.moments import Moment, moment_of
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.bias import BIAS_OUT, BiasOut
from service.domain.privacy.bias import Grouping
from service.usecases.privacy.keep_audit import actor_of
from service.usecases.privacy.read_bias import read_bias

router = strict_router(tags=["privacy"])
By = Annotated[
    Grouping, Query(description="Rep's team, account that is a store, account's region, visit's channel or dialect")
]


@router.get(
    "/bias-report",
    response_model=BiasOut,
    responses={200: BIAS_OUT, **problems()},
    openapi_extra=scoped("audit:read"),
)
def report(
    caller: Caller, services: Wired, by: By = "team", since: Moment = None, until: Moment = None
) -> JsonResponse:
    """Each group beside all others, over visits in [since, until), 90 days where left out; asking is written down.

    Labels and churn levels are shares of visits, skills means of reps. Marked is what lies apart with both intervals.
    Groups under ten visits or five reps are told as one; what is too small even then is in no number.
    """
    first, last = moment_of(since, "since"), moment_of(until, "until")
    found = read_bias(services, caller.tenant_id, actor=actor_of(caller), by=by, since=first, until=last)
    return JsonResponse(BiasOut.of(found, services.content.titles))
