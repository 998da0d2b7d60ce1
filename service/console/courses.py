"""Courses: reading one, and what trainer and rep decide about it."""

from collections.abc import Mapping
from typing import Literal, get_args

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Posted, Viewer
from service.console.rendering import page
from service.console.signin import go_back
from service.console.wiring import console_of
from service.domain.coaching.course_rows import CourseRow
from service.domain.errors import Forbidden, Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.usecases.coaching.manage_courses import (
    add_course,
    approve_course,
    complete_course,
    decline_course,
    effects_of,
    find_course,
    replace_course,
)
from service.usecases.console.view_scope import Scope, read_scope
from service.usecases.services import Services

router = APIRouter()
Move = Literal["approve", "decline", "replace", "complete"]


@router.get("/courses/{assignment_id}")
def read(assignment_id: str, request: Request, viewer: Viewer) -> Response:
    """The course's text, with why it was assigned and its practice question."""
    services = console_of(request).services
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer.person)
        row = _seen(tx, scope, assignment_id)
        is_own = viewer.person.id == row.rep_id
        effects = {} if is_own else effects_of(tx, [row], now=services.clock.now())
    item = find_course(services, row.course)
    if item is None:
        raise NotFound("this course is no longer in the catalogue", code="course_not_found")
    return page(request, "course.html", row=row, course=item, rep=scope.name(row.rep_id), is_own=is_own,
                effect=effects.get(row.id))  # fmt: skip


@router.post("/courses/{assignment_id}/{move}")
def decide(assignment_id: str, move: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Approve, decline, replace (the team's trainer); complete (the rep)."""
    if move not in get_args(Move):
        raise NotFound("there is no such step", code="assignment_not_found")
    services = console_of(request).services
    with services.uow() as tx:
        scope = read_scope(tx, viewer.person)
        row = _seen(tx, scope, assignment_id)
        if move == "complete":
            _complete(tx, services, scope, row, fields)
        else:
            scope.require_lead(row.rep_id)
            _lead(tx, services, scope, row, move, fields)
    return RedirectResponse(go_back(fields), 303)


@router.post("/reps/{rep_id}/courses")
def give(rep_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """One more course, by the trainer."""
    services, reason = console_of(request).services, fields.get("reason", "").strip()[:300]
    if not reason:
        raise Invalid("say why: the rep will read it", code="reason_missing")
    with services.uow() as tx:
        read_scope(tx, viewer.person).require_lead(rep_id)
        add_course(tx, services, tenant_id=viewer.tenant_id, rep_id=rep_id, course_id=fields.get("course", ""),
                   reason=reason, by=viewer.person.id)  # fmt: skip
    return RedirectResponse(go_back(fields), 303)


def _seen(tx: UnitOfWork, scope: Scope, assignment_id: str) -> CourseRow:
    row = tx.coaching.courses.get(scope.tenant_id, assignment_id)
    if row is None or not scope.sees(row.rep_id):
        raise NotFound("there is no such assignment", code="assignment_not_found")
    return row


def _complete(tx: UnitOfWork, services: Services, scope: Scope, row: CourseRow, fields: Mapping[str, str]) -> None:
    if scope.viewer.id != row.rep_id:
        raise Forbidden("a course is completed by whom it was given to", code="not_yours")
    answer = fields.get("answer", "").strip()[:5_000]
    if not answer:
        raise Invalid("answer the practice question", code="answer_missing")
    complete_course(tx, services, tenant_id=scope.tenant_id, assignment_id=row.id, answer=answer)


def _lead(
    tx: UnitOfWork, services: Services, scope: Scope, row: CourseRow, move: str, fields: Mapping[str, str]
) -> None:
    tenant_id, by = scope.tenant_id, scope.viewer.id
    if move == "approve":
        approve_course(tx, services, tenant_id=tenant_id, assignment_id=row.id, by=by)
    elif move == "decline":
        decline_course(tx, services, tenant_id=tenant_id, assignment_id=row.id, by=by)
    else:
        replace_course(tx, services, tenant_id=tenant_id, assignment_id=row.id, course_id=fields.get("course", ""),
                       reason="", by=by)  # fmt: skip
