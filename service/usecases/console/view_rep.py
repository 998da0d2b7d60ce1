"""One rep's report: the month's values beside the team's and last month's, their courses, their latest visits."""

from dataclasses import dataclass
from datetime import datetime

from nlp.types import RiskLevel
from service.domain.coaching.course_effect import CourseEffect
from service.domain.coaching.course_rows import CourseRow
from service.domain.content.courses import CourseItem
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.domain.records import Page
from service.domain.visit import Visit
from service.usecases.coaching.manage_courses import effects_of
from service.usecases.coaching.read_skills import RepSkills, read_rep_skills
from service.usecases.console.view_scope import Scope, account_name, read_scope
from service.usecases.services import Services

VISITS_SHOWN = 12
COURSES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class CourseView:
    """One assignment with the course it names; `course` is None where the content no longer has it.

    `effect` is what changed around its completion, for those who lead or oversee the rep.
    """

    row: CourseRow
    course: CourseItem | None
    effect: CourseEffect | None = None

    @property
    def title(self) -> str:
        """What people call it."""
        return self.course.title if self.course else self.row.course


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit in a list; `risk` is None while it is not analysed, or held because no recording notice was heard."""

    id: str
    rep: str
    rep_id: str
    account: str
    account_id: str
    visited_at: datetime
    channel: str
    stage: str
    risk: RiskLevel | None
    summary: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class RepView:
    """Everything on the page."""

    report: RepSkills
    name: str
    courses: tuple[CourseView, ...]
    visits: tuple[VisitLine, ...]
    may_lead: bool
    is_own: bool


def view_rep(services: Services, viewer: Person, *, rep_id: str, month: str | None) -> RepView:
    """The page of one rep for one month.

    Raises:
        NotFound: no such rep, or not for this viewer (`rep_not_found`). Invalid: no month (`month_invalid`).
    """
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        scope.require_rep(rep_id)
        rows = tx.coaching.courses.find(scope.tenant_id, among={"rep_id": [rep_id]}, limit=COURSES_SHOWN)
        effects = {} if viewer.id == rep_id else effects_of(tx, rows, now=services.clock.now())
        visits = tx.visits.page(scope.tenant_id, Page(VISITS_SHOWN), rep_id=rep_id)
        lines = [visit_line(tx, scope, visit) for visit in visits]
    report = read_rep_skills(services, tenant_id=scope.tenant_id, rep_id=rep_id, month=month)
    known = {course.id: course for course in services.content.courses}
    return RepView(
        report=report,
        name=scope.name(rep_id),
        courses=tuple(CourseView(row, known.get(row.course), effects.get(row.id)) for row in rows),
        visits=tuple(lines),
        may_lead=scope.leads(rep_id),
        is_own=viewer.id == rep_id,
    )


def visit_line(tx: UnitOfWork, scope: Scope, visit: Visit) -> VisitLine:
    """One visit as lists show it."""
    record = None if visit.unverified else tx.analyses.latest(scope.tenant_id, visit.id)
    return VisitLine(
        id=visit.id,
        rep=scope.name(visit.rep_id),
        rep_id=visit.rep_id,
        account=account_name(tx, scope.tenant_id, visit.account_id),
        account_id=visit.account_id,
        visited_at=visit.visited_at,
        channel=visit.channel,
        stage=visit.stage,
        risk=record.analysis.churn_risk.level if record else None,
        summary=record.analysis.summary.text if record else "",
        held=visit.unverified,
    )
