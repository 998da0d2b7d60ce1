"""`/v1/briefings`: what a rep should know before the door opens."""

from typing import Annotated

from pydantic import Field

from service.api.auth import Caller, Wired
from service.api.masked import shown
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Key, Label
from service.api.schemas.examples import BRIEFING_IN, BRIEFING_OUT
from service.domain.coaching.briefing import Briefing
from service.usecases.coaching.brief_rep import brief_rep

router = strict_router(tags=["coaching"])


class BriefingIn(In):
    """Who goes to whom."""

    rep_id: Key
    account_id: Key
    stage: Annotated[Label, Field(description="The opportunity's stage; empty: that of the last visit")] = ""


@router.post(
    "/briefings",
    response_model=Briefing,
    responses={200: BRIEFING_OUT, **problems()},
    openapi_extra=scoped("coaching:read", requestBody=BRIEFING_IN),
)
def brief(body: BriefingIn, caller: Caller, services: Wired) -> JsonResponse:
    """The last three visits, open objections, promises, last mentions, at most three hints and three ticks.

    Visits are those of every rep to this account; a line and a promise name whose they are. A hint's `because` holds
    the customer's words and their day, its `link` opens them on the visit's page at their turn and second, and its
    `facts` are what the CRM says right now that called for it, each with the events behind it.
    """
    now = services.clock.now()
    found = brief_rep(
        services,
        services.content,
        tenant_id=caller.tenant_id,
        account_id=body.account_id,
        stage=body.stage,
        now=now,
        rep_id=body.rep_id,
    )
    return JsonResponse(shown(services, caller, found))
