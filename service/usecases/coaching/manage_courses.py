"""Courses of a rep: what is proposed and why, what the trainer decides, and what became of it.

Invariant: a course is completed by the rep's answer to its practice question, not by a click alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.coaching.course_effect import WINDOW, CourseEffect, measure_effect
from service.domain.coaching.course_rows import DUE_IN, CourseRow, admit_move, propose
from service.domain.content.courses import CourseItem
from service.domain.errors import Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.usecases.coaching.read_skills import require_rep
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class CourseOfRep:
    """One assignment with what its file says, and its effect once it was completed."""

    row: CourseRow
    course: CourseItem | None
    effect: CourseEffect | None


def read_courses(services: Services, *, tenant_id: str, rep_id: str) -> list[CourseOfRep]:
    """Everything ever assigned to the rep, the newest first.

    Raises:
        NotFound: nobody of this id is known (`rep_not_found`).
    """
    with services.uow(write=False) as tx:
        require_rep(tx, tenant_id, rep_id)
        rows = tx.coaching.courses.find(tenant_id, among={"rep_id": [rep_id]})
        effects = effects_of(tx, rows, now=services.clock.now())
    return [CourseOfRep(row, find_course(services, row.course), effects.get(row.id)) for row in rows]


def effects_of(tx: UnitOfWork, rows: Sequence[CourseRow], *, now: datetime) -> Mapping[str, CourseEffect]:
    """What changed around each completed one of a rep's assignments, by its id."""
    done = [(row, row.completed_at) for row in rows if row.completed_at is not None]
    if not done:
        return {}
    first = done[0][0]
    since = min(at for _, at in done) - WINDOW
    seen = tx.coaching.observations.find(first.tenant_id, among={"rep_id": [first.rep_id]}, since=since)
    return {row.id: measure_effect(seen, skill=row.skill, completed_at=at, now=now) for row, at in done}


def add_course(
    tx: UnitOfWork, services: Services, *, tenant_id: str, rep_id: str, course_id: str, reason: str, by: str
) -> CourseRow:
    """A course that a trainer gives of their own accord; it needs a reason, and no approval.

    Raises:
        NotFound: no such rep (`rep_not_found`) or course (`course_not_found`).
    """
    require_rep(tx, tenant_id, rep_id)
    course = require_course(services, course_id)
    now = services.clock.now()
    row = replace(
        propose(course, row_id=services.ids.new("crs"), tenant_id=tenant_id, rep_id=rep_id, reason=reason, now=now),
        source="trainer",
        state="assigned",
        decided_at=now,
        decided_by=by,
    )
    tx.coaching.courses.add(row)
    return row


def approve_course(tx: UnitOfWork, services: Services, *, tenant_id: str, assignment_id: str, by: str) -> CourseRow:
    """A proposal becomes an assignment, due in two weeks from now."""
    now = services.clock.now()
    row = _row(tx, tenant_id, assignment_id)
    admit_move(row, "assigned")
    return _put(tx, replace(row, state="assigned", decided_at=now, decided_by=by, due_at=now + DUE_IN))


def decline_course(tx: UnitOfWork, services: Services, *, tenant_id: str, assignment_id: str, by: str) -> CourseRow:
    """The trainer sees no need."""
    row = _row(tx, tenant_id, assignment_id)
    admit_move(row, "declined")
    return _put(tx, replace(row, state="declined", decided_at=services.clock.now(), decided_by=by))


def replace_course(
    tx: UnitOfWork, services: Services, *, tenant_id: str, assignment_id: str, course_id: str, reason: str, by: str
) -> CourseRow:
    """Another course instead; the answer is the new assignment, which keeps the evidence of the old one."""
    row = _row(tx, tenant_id, assignment_id)
    admit_move(row, "replaced")
    if course_id == row.course:
        raise Invalid("that is the course it already is", code="course_same")
    given = add_course(
        tx, services, tenant_id=tenant_id, rep_id=row.rep_id, course_id=course_id, reason=reason or row.reason, by=by
    )
    given = _put(tx, replace(given, because=row.because, visit_id=row.visit_id))
    _put(tx, replace(row, state="replaced", decided_at=given.at, decided_by=by, replaced_by=given.id))
    return given


def complete_course(
    tx: UnitOfWork, services: Services, *, tenant_id: str, assignment_id: str, answer: str
) -> CourseRow:
    """The rep has read it and answers its practice question."""
    row = _row(tx, tenant_id, assignment_id)
    admit_move(row, "completed")
    return _put(tx, replace(row, state="completed", completed_at=services.clock.now(), answer=answer))


def find_course(services: Services, course_id: str) -> CourseItem | None:
    """What the course's file says; None where it is no longer there."""
    return next((course for course in services.content.courses if course.id == course_id), None)


def list_courses(services: Services) -> list[CourseItem]:
    """The courses in use, by id."""
    return [course for course in services.content.courses if course.in_use]


def require_course(services: Services, course_id: str) -> CourseItem:
    """A course in use.

    Raises:
        NotFound: none of this id (`course_not_found`).
    """
    course = find_course(services, course_id)
    if course is None or not course.in_use:
        raise NotFound("there is no such course in use", code="course_not_found")
    return course


def _row(tx: UnitOfWork, tenant_id: str, assignment_id: str) -> CourseRow:
    row = tx.coaching.courses.get(tenant_id, assignment_id)
    if row is None:
        raise NotFound("there is no such assignment", code="assignment_not_found")
    return row


def _put(tx: UnitOfWork, row: CourseRow) -> CourseRow:
    tx.coaching.courses.put(row)
    return row
