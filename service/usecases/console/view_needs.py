"""What waits for a trainer's word in a team, and which customers may be lost, each with what was said."""

from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.figure_grounds import Ground
from service.domain.months import bounds
from service.domain.objections import raised_objections
from service.domain.ports import UnitOfWork
from service.domain.visit import VisitRecord

UNCOACHED = 10  # visits of the month that may be analysed and not coached yet
WORDS_SHOWN = 3


def pending_courses(tx: UnitOfWork, tenant_id: str, rep_ids: list[str]) -> list[tuple[CourseRow, Ground]]:
    """Courses of these reps that wait for approval, the newest first, with the words that gave rise to each."""
    rows = tx.coaching.courses.find(tenant_id, among={"rep_id": rep_ids, "state": ["proposed"]})
    return [
        (row, Ground(row.visit_id or "", row.rep_id, "", row.at, note=row.reason, said=row.because)) for row in rows
    ]


def risky_visits(
    tx: UnitOfWork, tenant_id: str, rep_id: str, *, month: str, visits: int
) -> list[tuple[VisitRecord, Ground]]:
    """The rep's visits of the month after which the customer may be lost, newest first, with what was objected.

    Args:
        visits: how many coached visits the rep has in the month, so that no more analyses are read than that takes.
    """
    begin, end = bounds(month)
    newest = tx.visits.history(tenant_id, before=end, limit=visits + UNCOACHED, rep_id=rep_id)
    risky = [visit for visit in newest if visit.visited_at >= begin and visit.analysis.churn_risk.level == "high"]
    return [(visit, _ground(visit)) for visit in risky]


def _ground(visit: VisitRecord) -> Ground:
    """The visit with the reasons that raise its risk and the objections raised in it."""
    raising = [reason.text for reason in visit.analysis.churn_risk.because if reason.weight > 0]
    said = tuple(raised.evidence for raised in raised_objections(visit)[:WORDS_SHOWN])
    return Ground(visit.visit_id, visit.rep_id, visit.account_id, visit.visited_at,
                  visit.analysis.churn_risk.probability, note="、".join(raising[:WORDS_SHOWN]), said=said)  # fmt: skip
