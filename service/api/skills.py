"""`/v1/reps/{id}/skills` and `/v1/teams/{id}/skills`: the radar of a month, opened into its quotes."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.masked import shown
from service.api.purposes import Asked
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.coaching import REP_SKILLS_OUT, TEAM_SKILLS_OUT
from service.usecases.coaching.read_skills import RepSkills, TeamSkills, read_rep_skills, read_team_skills
from service.usecases.coaching.review_scores import read_rep_for_hr, read_team_for_hr
from service.usecases.privacy.keep_audit import actor_of

router = strict_router(tags=["coaching"])
Month = Annotated[
    str | None, Query(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="Such as 2026-03; this month where left out")
]


@router.get(
    "/reps/{rep_id}/skills",
    response_model=RepSkills,
    responses={200: REP_SKILLS_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:read"),
)
def of_rep(rep_id: str, caller: Caller, services: Wired, asked: Asked, month: Month = None) -> JsonResponse:
    """Seven values of one rep beside the team's and last month's, each with the quotes behind it.

    A value under three observations is null and says `insufficient_data`; `contested` values await a ruling. They are
    advice: for `purpose=hr` a person reviews them first (`…/skills/review`), and `coaching_only` forbids it (403).
    """
    tenant_id = caller.tenant_id
    if asked.for_hr:
        actor = actor_of(caller)
        report = read_rep_for_hr(services, tenant_id=tenant_id, rep_id=rep_id, month=month, actor=actor)
    else:
        report = read_rep_skills(services, tenant_id=tenant_id, rep_id=rep_id, month=month)
    return JsonResponse(shown(services, caller, report))


@router.get(
    "/teams/{team}/skills",
    response_model=TeamSkills,
    responses={200: TEAM_SKILLS_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:read"),
)
def of_team(team: str, caller: Caller, services: Wired, asked: Asked, month: Month = None) -> JsonResponse:
    """A team's values, each member's, and which talk tracks the top fifth uses more than the rest.

    For `purpose=hr` nobody stands beside others before a person has reviewed each one's values.
    """
    tenant_id = caller.tenant_id
    if asked.for_hr:
        report = read_team_for_hr(services, tenant_id=tenant_id, team=team, month=month, actor=actor_of(caller))
    else:
        report = read_team_skills(services, tenant_id=tenant_id, team=team, month=month)
    return JsonResponse(shown(services, caller, report))
