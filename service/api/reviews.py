"""`/v1/findings/{id}/review`, `/v1/appeals` and `/v1/labels`: people's word against the model's, kept for training."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import Field

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.masked import shown
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.purposes import Asked
from service.api.rendering import JsonResponse, instant
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Key, Label, Out
from service.api.schemas.coaching_answers import (
    APPEAL_IN,
    APPEAL_OUT,
    APPEALS_OUT,
    LABEL_OUT,
    LABELS_OUT,
    MISSING_IN,
    REVIEW_IN,
    RULING_IN,
)
from service.domain.coaching.reviews import Appeal, Judgement, LabelRow, Missed
from service.domain.coaching.training_tasks import same_turn, training_task
from service.domain.months import month_of
from service.domain.ports import UnitOfWork
from service.usecases.coaching.review_findings import (
    Complaint,
    add_missing,
    open_appeal,
    review_finding,
    rule_appeal,
    withdraw_label,
)
from service.usecases.privacy.training_consent import trainable

router = strict_router(tags=["reviews"])
Words = Annotated[Label, Field(min_length=1)]


class ReviewIn(In):
    """One person's verdict on one finding; `should_be` names the right labels with the verdict of that name."""

    verdict: Literal["right", "wrong", "should_be"]
    should_be: Annotated[tuple[Key, ...], Field(max_length=5)] = ()
    note: Label = ""
    by: Key


class MissingIn(In):
    """What the model missed in a turn; without a `quote` the whole turn says it."""

    turn: Annotated[int, Field(ge=0)]
    kind: Literal["objection", "signal"]
    code: Key
    quote: Label = ""
    note: Label = ""
    by: Key


class LabelOut(Out):
    """A verdict as kept for training; `finding_id` is empty where the model had found nothing."""

    id: str
    visit_id: str
    finding_id: str
    source: str
    kind: str
    code: str
    verdict: str
    should_be: list[str]
    turn: int | None
    quote: str
    by: str
    note: str
    created_at: str

    @classmethod
    def of(cls, label: LabelRow) -> "LabelOut":
        """From the row."""
        return cls(
            id=label.id,
            visit_id=label.visit_id,
            finding_id=label.finding_id,
            source=label.source,
            kind=label.kind,
            code=label.code,
            verdict=label.verdict,
            should_be=list(label.should_be),
            turn=label.turn,
            quote=label.quote,
            by=label.by,
            note=label.note,
            created_at=instant(label.at),
        )


class LabelsOut(Out):
    """One page of labels as Label Studio tasks."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class AppealIn(In):
    """What is contested: a finding, or an observation behind a score; both by the id they are shown with."""

    subject: Literal["finding", "observation"]
    target_id: Key
    reason: Words


class RulingIn(In):
    """A trainer's ruling and its reason, which the rep reads."""

    state: Literal["upheld", "rejected"]
    ruling: Words
    by: Key


class AppealOut(Out):
    """An appeal and where it stands; `observations` and talk `figures` are the ones whose worth it puts in doubt."""

    id: str
    visit_id: str
    rep_id: str
    subject: str
    target_id: str
    skill: str
    observations: list[str]
    figures: list[str]
    quote: str
    reason: str
    state: str
    opened_at: str
    ruled_at: str | None
    ruled_by: str
    ruling: str

    @classmethod
    def of(cls, appeal: Appeal) -> "AppealOut":
        """From the row."""
        return cls(
            id=appeal.id,
            visit_id=appeal.visit_id,
            rep_id=appeal.rep_id,
            subject=appeal.subject,
            target_id=appeal.target_id,
            skill=appeal.skill,
            observations=list(appeal.touches),
            figures=list(appeal.figures),
            quote=appeal.quote,
            reason=appeal.reason,
            state=appeal.state,
            opened_at=instant(appeal.at),
            ruled_at=appeal.ruled_at and instant(appeal.ruled_at),
            ruled_by=appeal.ruled_by,
            ruling=appeal.ruling,
        )


class AppealsOut(Out):
    """One page of appeals, the newest first."""

    items: list[AppealOut]
    next_cursor: str | None


@router.post(
    "/findings/{finding_id}/review",
    status_code=201,
    response_model=LabelOut,
    responses={201: LABEL_OUT, **problems(404, 409, 410)},
    openapi_extra=scoped("coaching:write", requestBody=REVIEW_IN, **TAKES_KEY),
)
def review(finding_id: str, body: ReviewIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Say whether a finding is right; the same person's later word replaces the earlier one."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        judged = Judgement(body.verdict, body.should_be, body.note, body.by)
        label = review_finding(tx, services, tenant_id=caller.tenant_id, finding_id=finding_id, judged=judged)
        return 201, shown(services, caller, LabelOut.of(label))

    return respond_once(services, once, action)


@router.post(
    "/visits/{visit_id}/labels",
    status_code=201,
    response_model=LabelOut,
    responses={201: LABEL_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:write", requestBody=MISSING_IN, **TAKES_KEY),
)
def missing(visit_id: str, body: MissingIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Say what the model missed in a turn; it trains the next version beside the reviews."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        missed = Missed(body.turn, body.kind, body.code, body.quote)
        label = add_missing(
            tx, services, tenant_id=caller.tenant_id, visit_id=visit_id, missed=missed, by=body.by, note=body.note
        )
        return 201, shown(services, caller, LabelOut.of(label))

    return respond_once(services, once, action)


@router.delete(
    "/labels/{label_id}",
    status_code=204,
    responses={204: {"description": "Forgotten"}, **problems(404, 409)},
    openapi_extra=scoped("coaching:write"),
)
def forget(label_id: str, caller: Caller, services: Wired) -> Response:
    """Take a review or a missing label back; rulings and debriefs stand."""
    with services.uow() as tx:
        withdraw_label(tx, tenant_id=caller.tenant_id, label_id=label_id)
    return Response(status_code=204)


@router.get(
    "/labels",
    response_model=LabelsOut,
    responses={200: LABELS_OUT, **problems()},
    openapi_extra=scoped("coaching:read"),
)
def labels(
    caller: Caller,
    services: Wired,
    page: PageOf,
    source: Annotated[
        str | None, Query(pattern="^(review|appeal|debrief)$", description="review|appeal|debrief")
    ] = None,
) -> JsonResponse:
    """What people corrected, as Label Studio tasks with the model's own answer as the prediction.

    `may_train` in a task's `meta` says whether the visit's consent covers training; training skips the others.
    """
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.coaching.labels.get, caller.tenant_id))
        found = tx.coaching.labels.page(caller.tenant_id, page, among={"source": [source]} if source else None)
        beside = tx.coaching.labels.find(caller.tenant_id, among={"visit_id": {label.visit_id for label in found}})
        allowed = trainable(tx, caller.tenant_id, {label.visit_id for label in found}, services.clock.now())
    items = [
        dict(training_task(label, of_turn=same_turn(label, beside), may_train=label.visit_id in allowed))
        for label in found
    ]
    cursor = next_cursor([label.id for label in found], page)
    return JsonResponse(shown(services, caller, LabelsOut(items=items, next_cursor=cursor)))


@router.post(
    "/appeals",
    status_code=201,
    response_model=AppealOut,
    responses={201: APPEAL_OUT, **problems(404, 409, 410)},
    openapi_extra=scoped("coaching:write", requestBody=APPEAL_IN, **TAKES_KEY),
)
def appeal(body: AppealIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Contest a finding or an observation; what it is about is marked so until a trainer rules."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        complaint = Complaint(body.subject, body.target_id, body.reason)
        opened = open_appeal(tx, services, tenant_id=caller.tenant_id, complaint=complaint)
        return 201, shown(services, caller, AppealOut.of(opened))

    return respond_once(services, once, action)


@router.get(
    "/appeals",
    response_model=AppealsOut,
    responses={200: APPEALS_OUT, **problems(409)},
    openapi_extra=scoped("coaching:read"),
)
def appeals(
    caller: Caller,
    services: Wired,
    asked: Asked,
    page: PageOf,
    state: Annotated[str | None, Query(pattern="^(open|upheld|rejected)$", description="open|upheld|rejected")] = None,
    rep_id: Annotated[str | None, Query(max_length=128)] = None,
) -> JsonResponse:
    """Appeals, the newest first; for `purpose=hr` a person reviews the month of each appeal's rep first."""
    wanted = {"state": [state] if state else None, "rep_id": [rep_id] if rep_id else None}
    among = {name: values for name, values in wanted.items() if values}
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.coaching.appeals.get, caller.tenant_id))
        found = tx.coaching.appeals.page(caller.tenant_id, page, among=among)
    asked.tells_of_each((one.rep_id, month_of(one.at)) for one in found)
    cursor = next_cursor([one.id for one in found], page)
    return JsonResponse(
        shown(services, caller, AppealsOut(items=[AppealOut.of(one) for one in found], next_cursor=cursor))
    )


@router.post(
    "/appeals/{appeal_id}/ruling",
    response_model=AppealOut,
    responses={200: APPEAL_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:write", requestBody=RULING_IN, **TAKES_KEY),
)
def ruling(appeal_id: str, body: RulingIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Rule once: upheld, the observation no longer counts, or the finding is labelled wrong."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        ruled = rule_appeal(
            tx, services, tenant_id=caller.tenant_id, appeal_id=appeal_id, state=body.state, ruling=body.ruling,
            by=body.by
        )  # fmt: skip
        return 200, shown(services, caller, AppealOut.of(ruled))

    return respond_once(services, once, action)
