"""`/v1/privacy/assessments`: versions of the impact assessment and the record of processing, and what changed since."""

from functools import partial
from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.assessments import (
    ASSESSMENT_APPROVED,
    ASSESSMENT_IN,
    ASSESSMENT_OUT,
    ASSESSMENT_PAGE,
    STANDING_OUT,
    AssessmentDetailOut,
    AssessmentIn,
    AssessmentOut,
    AssessmentPageOut,
    StandingListOut,
    StandingOut,
)
from service.domain.ports import UnitOfWork
from service.usecases.privacy.assess_processing import (
    all_standing,
    approve_assessment,
    find_assessment,
    make_assessment,
)
from service.usecases.privacy.keep_audit import actor_of

router = strict_router(tags=["privacy"], prefix="/v1/privacy")


@router.post(
    "/assessments",
    status_code=201,
    response_model=AssessmentDetailOut,
    responses={201: ASSESSMENT_OUT, **problems(409)},
    openapi_extra=scoped("privacy:write", requestBody=ASSESSMENT_IN, **TAKES_KEY),
)
def make(body: AssessmentIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """The next version, from settings and rows as they are now: data, purposes, times, processors, receivers, measures.

    `impact` is the assessment of PIPL 55 and 56, `record` the record of processing of GDPR 30. No version is removed.
    """

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        made = make_assessment(tx, services, caller.tenant_id, body.kind, text=body.text, actor=actor_of(caller))
        return 201, json_bytes(AssessmentDetailOut.of(made))

    return respond_once(services, once, action)


@router.get(
    "/assessments",
    response_model=AssessmentPageOut,
    responses={200: ASSESSMENT_PAGE, **problems()},
    openapi_extra=scoped("audit:read"),
)
def page(
    caller: Caller,
    services: Wired,
    page: PageOf,
    kind: Annotated[str | None, Query(pattern="^(impact|record)$", description="impact|record")] = None,
) -> JsonResponse:
    """All versions, the newest first."""
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.privacy.assessments.get, caller.tenant_id))
        found = tx.privacy.assessments.page(caller.tenant_id, page, among={"kind": [kind]} if kind else None)
    items = [AssessmentOut.of(row) for row in found]
    return JsonResponse(AssessmentPageOut(items=items, next_cursor=next_cursor([row.id for row in found], page)))


@router.get(
    "/assessments/changes",
    response_model=StandingListOut,
    responses={200: STANDING_OUT, **problems()},
    openapi_extra=scoped("audit:read"),
)
def changes(caller: Caller, services: Wired) -> JsonResponse:
    """What is done otherwise by now than the last approved version of each kind says."""
    with services.uow(write=False) as tx:
        found = all_standing(tx, services, caller.tenant_id, services.installed())
    return JsonResponse(StandingListOut(items=[StandingOut.of(each) for each in found]))


@router.get(
    "/assessments/{assessment_id}",
    response_model=AssessmentDetailOut,
    responses={200: ASSESSMENT_OUT, **problems(404)},
    openapi_extra=scoped("audit:read"),
)
def read(assessment_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One version whole."""
    with services.uow(write=False) as tx:
        return JsonResponse(AssessmentDetailOut.of(find_assessment(tx, caller.tenant_id, assessment_id)))


@router.post(
    "/assessments/{assessment_id}/approve",
    response_model=AssessmentDetailOut,
    responses={200: ASSESSMENT_APPROVED, **problems(404, 409)},
    openapi_extra=scoped("privacy:write", **TAKES_KEY),
)
def approve(assessment_id: str, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Answer for the newest version of its kind; from then on `…/changes` compares with it."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        approved = approve_assessment(tx, services, caller.tenant_id, assessment_id, actor=actor_of(caller))
        return 200, json_bytes(AssessmentDetailOut.of(approved))

    return respond_once(services, once, action)
