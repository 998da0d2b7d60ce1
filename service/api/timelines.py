"""`/v1/accounts/{id}/timeline`: when was it last said, by whom, in which words, and where in the audio."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.masked import shown
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import Out
from service.api.schemas.coaching_answers import TIMELINE_OUT
from service.domain.coaching.last_mentions import Mention
from service.usecases.coaching.read_timeline import read_timeline

router = strict_router(tags=["coaching"])


class TimelineOut(Out):
    """Mentions, the newest first."""

    account_id: str
    topic: str | None
    items: list[Mention]


@router.get(
    "/accounts/{account_id}/timeline",
    response_model=TimelineOut,
    responses={200: TIMELINE_OUT, **problems(404)},
    openapi_extra=scoped("visits:read"),
)
def timeline(
    account_id: str,
    caller: Caller,
    services: Wired,
    topic: Annotated[
        str | None,
        Query(pattern="^[a-z][a-z0-9_]{1,63}$", description="Such as budget_info; everything where left out"),
    ] = None,
    limit: Annotated[str, Query(pattern=r"^([1-9]|[1-9][0-9]|100)$", description="1 to 100")] = "20",
) -> JsonResponse:
    """The last mentions of a topic with the turns around them; this is where an alert's link leads."""
    found = read_timeline(services, tenant_id=caller.tenant_id, account_id=account_id, topic=topic, limit=int(limit))
    return JsonResponse(shown(services, caller, TimelineOut(account_id=account_id, topic=topic, items=found)))
