"""What the invented trainers and reps did about the courses proposed to them: most approved, many completed.

Invariant: where anybody has decided about a course already, nothing is decided again.
"""

from datetime import datetime, timedelta

from service.demo.story_clock import StoryClock
from service.domain.coaching.course_rows import CourseRow
from service.usecases.coaching.manage_courses import approve_course, complete_course
from service.usecases.services import Services

SETTLED_AFTER = timedelta(days=10)  # what is younger still waits for its trainer
TRAINER_TAKES, REP_TAKES = timedelta(days=1), timedelta(days=5)
ANSWER = "先问清客户担心什么，再用他的原话复述一遍，最后约好下一步的日子。"
LEADERS = {"华东一组": "trn-shen", "华南二组": "mgr-tan"}


def decide_courses(services: Services, story: StoryClock, *, tenant_id: str, now: datetime) -> int:
    """Approve three proposals of four and complete two of them; how many were decided."""
    with services.uow(write=False) as tx:
        rows = tx.coaching.courses.find(tenant_id, among={})
        teams = {person.id: person.team for person in tx.people.of_team(tenant_id)}
    if any(row.decided_by for row in rows):
        return 0
    waiting = [row for row in rows if row.state == "proposed" and row.at < now - SETTLED_AFTER]
    decided = 0
    for number, row in enumerate(sorted(waiting, key=lambda row: (row.at, row.id))):
        if number % 4 == 3:
            continue
        _decide(services, story, row, by=LEADERS[teams[row.rep_id]], completes=number % 4 < 2)
        decided += 1
    return decided


def _decide(services: Services, story: StoryClock, row: CourseRow, *, by: str, completes: bool) -> None:
    story.at = row.at + TRAINER_TAKES
    with services.uow() as tx:
        approve_course(tx, services, tenant_id=row.tenant_id, assignment_id=row.id, by=by)
        if completes:
            story.at = row.at + REP_TAKES
            complete_course(tx, services, tenant_id=row.tenant_id, assignment_id=row.id, answer=ANSWER)
