"""Course assignments as stored, and what a trainer and a rep may do with them.

Invariant: proposed → assigned → completed; a trainer replaces or declines what is not completed, and the replacement is
an assignment of its own that names who gave it. What is not completed is withdrawn when its grounds are struck out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from service.domain.content.courses import CourseItem
from service.domain.errors import Conflict
from service.domain.evidence import Evidence
from service.domain.privacy.withdrawal import Withdrawal

State = Literal["proposed", "assigned", "completed", "replaced", "declined", "withdrawn"]
CourseSource = Literal["rule", "trainer"]
DUE_IN = timedelta(days=14)
OPEN: frozenset[State] = frozenset({"proposed", "assigned"})
_MOVES: Mapping[State, frozenset[State]] = {
    "proposed": frozenset({"assigned", "completed", "replaced", "declined", "withdrawn"}),
    "assigned": frozenset({"completed", "replaced", "declined", "withdrawn"}),
    "completed": frozenset(),
    "replaced": frozenset(),
    "declined": frozenset(),
    "withdrawn": frozenset(),
}


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course for one rep; `because` is never empty where a visit gave rise to it, `reason` nowhere else."""

    id: str
    tenant_id: str
    at: datetime
    visit_id: str | None
    rep_id: str
    course: str
    skill: str
    source: CourseSource
    reason: str
    because: tuple[Evidence, ...]
    state: State
    due_at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    completed_at: datetime | None = None
    answer: str = ""
    replaced_by: str | None = None
    withdrawn: Withdrawal | None = None


def propose(course: CourseItem, *, row_id: str, tenant_id: str, rep_id: str, reason: str, now: datetime) -> CourseRow:
    """A course for a rep that no visit gave rise to: it waits for the trainer, and is due in two weeks."""
    return CourseRow(
        row_id, tenant_id, now, None, rep_id, course.id, course.skill, "rule", reason, (), "proposed", now + DUE_IN
    )


def admit_move(row: CourseRow, state: State) -> None:
    """Refuse a move that the assignment's state does not take.

    Raises:
        Conflict: it is settled (`course_settled`).
    """
    if state not in _MOVES[row.state]:
        raise Conflict(f"this assignment is {row.state} already", code="course_settled", state_now=row.state)
