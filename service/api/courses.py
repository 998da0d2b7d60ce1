"""`/v1/reps/{id}/courses` and `/v1/course-assignments`: what a rep should learn, why, and whether it helped."""

from typing import Annotated, Literal

from pydantic import Field

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.masked import shown
from service.api.purposes import Asked
from service.api.rendering import JsonResponse, instant
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Key, Label, Out, Prose
from service.api.schemas.coaching_answers import COMPLETION_IN, COURSE_IN, COURSE_OUT, COURSES_OUT, DECISION_IN
from service.domain.access import Principal
from service.domain.coaching.course_effect import CourseEffect
from service.domain.coaching.course_rows import CourseRow
from service.domain.content.courses import CourseItem
from service.domain.errors import Invalid
from service.domain.evidence import Evidence
from service.domain.ports import UnitOfWork
from service.domain.privacy.withdrawal import Withdrawal
from service.usecases.coaching.manage_courses import (
    add_course,
    approve_course,
    complete_course,
    decline_course,
    find_course,
    read_courses,
    replace_course,
)
from service.usecases.services import Services

router = strict_router(tags=["coaching"])
Reason = Annotated[Label, Field(min_length=1)]


class CourseIn(In):
    """A course that a trainer gives."""

    course: Key
    reason: Annotated[Reason, Field(description="What the rep reads as the reason")]
    by: Key


class DecisionIn(In):
    """What a trainer decides about a proposal; `replace` names the course to take instead."""

    decision: Literal["approve", "decline", "replace"]
    by: Key
    course: Key | None = None
    reason: Label = ""


class CompletionIn(In):
    """The rep's answer to the course's practice question."""

    answer: Annotated[Prose, Field(min_length=2, max_length=4_000)]


class CourseOut(Out):
    """One assignment; `minutes` is null where the course's file is gone, `withdrawn` says why one was taken back.

    What there is to read is at `/v1/courses/{course}`.
    """

    id: str
    rep_id: str
    course: str
    title: str
    skill: str
    minutes: int | None
    source: str
    reason: str
    because: list[Evidence]
    state: str
    assigned_at: str
    due_at: str
    decided_at: str | None
    decided_by: str
    completed_at: str | None
    answer: str
    replaced_by: str | None
    effect: CourseEffect | None
    withdrawn: Withdrawal | None = None

    @classmethod
    def of(cls, row: CourseRow, course: CourseItem | None, effect: CourseEffect | None = None) -> "CourseOut":
        """From the row and the course's file."""
        return cls(
            id=row.id,
            rep_id=row.rep_id,
            course=row.course,
            title=course.title if course else row.course,
            skill=row.skill,
            minutes=course.minutes if course else None,
            source=row.source,
            reason=row.reason,
            because=list(row.because),
            state=row.state,
            assigned_at=instant(row.at),
            due_at=instant(row.due_at),
            decided_at=row.decided_at and instant(row.decided_at),
            decided_by=row.decided_by,
            completed_at=row.completed_at and instant(row.completed_at),
            answer=row.answer,
            replaced_by=row.replaced_by,
            effect=effect,
            withdrawn=row.withdrawn,
        )


class CoursesOut(Out):
    """A rep's assignments, the newest first."""

    items: list[CourseOut]


@router.get(
    "/reps/{rep_id}/courses",
    response_model=CoursesOut,
    responses={200: COURSES_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:read"),
)
def of_rep(rep_id: str, caller: Caller, services: Wired, asked: Asked) -> JsonResponse:
    """Everything assigned to a rep: why, how far it is, and the change in the skill after it, with its interval.

    It says what a rep is weak in: for `purpose=hr` a person reviews the last month that is over first.
    """
    found = read_courses(services, tenant_id=caller.tenant_id, rep_id=rep_id)
    asked.tells_of(rep_id)
    return JsonResponse(
        shown(services, caller, CoursesOut(items=[CourseOut.of(one.row, one.course, one.effect) for one in found]))
    )


@router.post(
    "/reps/{rep_id}/courses",
    status_code=201,
    response_model=CourseOut,
    responses={201: COURSE_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:write", requestBody=COURSE_IN, **TAKES_KEY),
)
def add(rep_id: str, body: CourseIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """A trainer gives a course of their own accord."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        row = add_course(
            tx, services, tenant_id=caller.tenant_id, rep_id=rep_id, course_id=body.course, reason=body.reason,
            by=body.by
        )  # fmt: skip
        return 201, _shown(services, caller, row)

    return respond_once(services, once, action)


@router.post(
    "/course-assignments/{assignment_id}/decision",
    response_model=CourseOut,
    responses={200: COURSE_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:write", requestBody=DECISION_IN, **TAKES_KEY),
)
def decide(assignment_id: str, body: DecisionIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Approve, decline or replace what was proposed; a replacement is answered with the new assignment."""
    if (body.decision == "replace") != (body.course is not None):
        raise Invalid("`course` is given with the decision `replace`, and only then", code="course_unexpected")

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        known = {"tenant_id": caller.tenant_id, "assignment_id": assignment_id, "by": body.by}
        if body.course is not None:
            row = replace_course(tx, services, course_id=body.course, reason=body.reason, **known)
        else:
            act = approve_course if body.decision == "approve" else decline_course
            row = act(tx, services, **known)
        return 200, _shown(services, caller, row)

    return respond_once(services, once, action)


@router.post(
    "/course-assignments/{assignment_id}/completion",
    response_model=CourseOut,
    responses={200: COURSE_OUT, **problems(404, 409)},
    openapi_extra=scoped("coaching:write", requestBody=COMPLETION_IN, **TAKES_KEY),
)
def complete(assignment_id: str, body: CompletionIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """The rep has done the course and answers its practice question."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        row = complete_course(tx, services, tenant_id=caller.tenant_id, assignment_id=assignment_id, answer=body.answer)
        return 200, _shown(services, caller, row)

    return respond_once(services, once, action)


def _shown(services: Services, caller: Principal, row: CourseRow) -> bytes:
    return shown(services, caller, CourseOut.of(row, find_course(services, row.course)))
