"""A course that a playbook or a scorecard asks for, put before the trainer: proposed to whom it names, with a reason.

Invariant: nobody is given a course that is open for them already; what is proposed waits for a trainer's approval.
"""

from dataclasses import replace
from datetime import datetime

from service.domain.coaching.course_rows import OPEN, CourseRow, propose
from service.domain.content.courses import CourseItem
from service.domain.playbooks.alerts import Alert
from service.domain.playbooks.effects import Effect
from service.domain.ports import UnitOfWork
from service.usecases.coaching.manage_courses import find_course
from service.usecases.services import Services


def give_course(
    tx: UnitOfWork, services: Services, tenant_id: str, alert: Alert, effect: Effect, *, now: datetime
) -> Effect:
    """The effect with the ids of the assignments it led to in `data`; none where nobody is named by an id."""
    course = find_course(services, str(effect.data.get("course", "")))
    if course is None or not course.in_use:
        return effect
    given: list[str] = []
    for person in dict.fromkeys(each["person"] for each in effect.recipients if each["person"]):
        row = course_for(tx, services, tenant_id, person, course, reason=effect.text or alert.title, now=now)
        if row is not None:
            tx.coaching.courses.add(row)
            given.append(row.id)
    return replace(effect, data={**effect.data, "assignments": given})


def course_for(
    tx: UnitOfWork,
    services: Services,
    tenant_id: str,
    rep_id: str,
    course: CourseItem | None,
    *,
    reason: str,
    now: datetime,
) -> CourseRow | None:
    """The proposal, which is not stored yet; None where the course is not in use, or is open for the rep already."""
    if course is None or not course.in_use:
        return None
    among = {"rep_id": [rep_id], "state": OPEN}
    if any(row.course == course.id for row in tx.coaching.courses.find(tenant_id, among=among)):
        return None
    return propose(course, row_id=services.ids.new("crs"), tenant_id=tenant_id, rep_id=rep_id, reason=reason, now=now)
