"""A course that a playbook asks for, put before the trainer: proposed to whoever the rule names, with its reason.

Invariant: nobody is given a course that is open for them already; what is proposed waits for a trainer's approval.
"""

from dataclasses import replace
from datetime import datetime

from service.domain.course_rows import DUE_IN, OPEN, CourseRow
from service.domain.playbooks.alerts import Alert
from service.domain.playbooks.effects import Effect
from service.domain.ports import UnitOfWork
from service.usecases.manage_courses import find_course
from service.usecases.services import Services


def give_course(
    tx: UnitOfWork, services: Services, tenant_id: str, alert: Alert, effect: Effect, *, now: datetime
) -> Effect:
    """The effect with the ids of the assignments it led to in `data`; none where nobody is named by an id."""
    course = find_course(services, str(effect.data.get("course", "")))
    given: list[str] = []
    if course is None or not course.in_use:
        return effect
    for person in dict.fromkeys(each["person"] for each in effect.recipients if each["person"]):
        among = {"rep_id": [person], "state": OPEN}
        if any(row.course == course.id for row in tx.coaching.courses.find(tenant_id, among=among)):
            continue
        row = CourseRow(
            id=services.ids.new("crs"),
            tenant_id=tenant_id,
            at=now,
            visit_id=None,
            rep_id=person,
            course=course.id,
            skill=course.skill,
            source="rule",
            reason=effect.text or alert.title,
            because=(),
            state="proposed",
            due_at=now + DUE_IN,
        )
        tx.coaching.courses.add(row)
        given.append(row.id)
    return replace(effect, data={**effect.data, "assignments": given})
