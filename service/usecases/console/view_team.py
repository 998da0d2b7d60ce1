"""The trainer's first page: a team's month, and who of them needs what next, with the words behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.coaching.course_rows import CourseRow
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.domain.visit import VisitRecord
from service.usecases.coaching.read_skills import RepLine, TeamSkills, read_team_skills
from service.usecases.console.view_needs import pending_courses, risky_visits
from service.usecases.console.view_scope import Scope, account_name, read_scope
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class Weakness:
    """The skill in which a rep is furthest below the team."""

    code: str
    score: float
    team: float | None


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course that waits for the trainer's word."""

    id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class RiskyVisit:
    """A visit of the month after which the customer may be lost."""

    id: str
    account: str
    visited_at: datetime


@dataclass(frozen=True, slots=True)
class Need:
    """One rep and what they need: all courses that wait and all risky visits, of which a page may show the first."""

    rep_id: str
    name: str
    visits: int
    weakest: Weakness | None
    courses: tuple[CourseLine, ...]
    risky: tuple[RiskyVisit, ...]
    appeals: int

    @property
    def urgency(self) -> tuple[int, int, float]:
        """Who comes first: lost customers, then words to be given, then the widest gap."""
        gap = 0.0 if self.weakest is None else (self.weakest.team or self.weakest.score) - self.weakest.score
        return len(self.risky), len(self.courses) + self.appeals, gap


@dataclass(frozen=True, slots=True)
class TeamView:
    """Everything on the page."""

    report: TeamSkills
    needs: tuple[Need, ...]
    teams: tuple[str, ...]
    pending: int
    at_risk: int
    may_lead: bool
    names: Mapping[str, str]


def view_team(services: Services, viewer: Person, *, team: str, month: str | None) -> TeamView:
    """The page of one team for one month.

    Raises:
        NotFound: no such team, or not for this viewer (`team_not_found`). Invalid: no month (`month_invalid`).
    """
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        scope.require_team(team)
    report = read_team_skills(services, tenant_id=scope.tenant_id, team=team, month=month)
    titles = {course.id: course.title for course in services.content.courses}
    with services.uow(write=False) as tx:
        needs = [_need(tx, scope, line, report, titles) for line in report.reps]
    needs.sort(key=lambda need: need.urgency, reverse=True)
    return TeamView(
        report=report,
        needs=tuple(needs),
        teams=tuple(scope.teams()),
        pending=sum(len(need.courses) for need in needs),
        at_risk=sum(len(need.risky) for need in needs),
        may_lead=any(scope.leads(line.rep_id) for line in report.reps),
        names={line.rep_id: line.name for line in report.reps},
    )


def _need(tx: UnitOfWork, scope: Scope, line: RepLine, report: TeamSkills, titles: Mapping[str, str]) -> Need:
    tenant_id = scope.tenant_id
    courses = pending_courses(tx, tenant_id, [line.rep_id])
    appeals = tx.coaching.appeals.find(tenant_id, among={"rep_id": [line.rep_id], "state": ["open"]})
    risky = risky_visits(tx, tenant_id, line.rep_id, month=report.month, visits=line.visits)
    return Need(
        rep_id=line.rep_id,
        name=line.name,
        visits=line.visits,
        weakest=_weakest(line, report),
        courses=tuple(_course_line(row, titles) for row, _ in courses),
        risky=tuple(_risky(tx, tenant_id, visit) for visit, _ in risky),
        appeals=len(appeals),
    )


def _weakest(line: RepLine, report: TeamSkills) -> Weakness | None:
    team = {skill.code: skill.score for skill in report.skills}
    known = [(code, value) for code, value in line.skills.items() if value is not None]
    if not known:
        return None
    code, value = min(known, key=lambda item: (item[1] - (team.get(item[0]) or item[1]), item[1]))
    return Weakness(code, value, team.get(code))


def _course_line(row: CourseRow, titles: Mapping[str, str]) -> CourseLine:
    return CourseLine(row.id, titles.get(row.course, row.course), row.reason)


def _risky(tx: UnitOfWork, tenant_id: str, visit: VisitRecord) -> RiskyVisit:
    return RiskyVisit(visit.visit_id, account_name(tx, tenant_id, visit.account_id), visit.visited_at)


def names_of(ids: Sequence[str], names: Mapping[str, str]) -> str:
    """Names as a list people read."""
    return "、".join(names.get(one, one) for one in ids)
