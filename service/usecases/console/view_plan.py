"""Weeks as they were planned beside what was done: a rep's own, and a team's for who leads it.

Invariant: a visit stands beside a task because the rep made it in that week at the task's customer; that it was made
for the task nobody has told, and the page does not say so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from service.domain.crm.plan_grid import PlanGrid, PlannedTask
from service.domain.crm.report_days import DAY, monday_of
from service.domain.evidence import local_day
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.domain.visit import Visit
from service.usecases.console.view_scope import Scope, account_name, has_account_page, read_scope
from service.usecases.crm.read_plan import PLANNED_AHEAD, read_plan, read_plans
from service.usecases.services import Services

TaskState = Literal["done", "late", "overdue", "ahead"]
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Week:
    """The week of a page and those to go to from here; `later` is None where nothing can be planned yet."""

    monday: date
    last: date
    earlier: date
    later: date | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Customer:
    """An account by its name; `has_page` says whether the viewer can open it."""

    id: str
    name: str
    has_page: bool


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One task: what the CRM calls it, whom it is for, how it stands, and the rep's visits there in that week."""

    task: PlannedTask
    title: str
    customer: Customer | None
    state: TaskState
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class MadeVisit:
    """A visit that was made; `is_planned`: the week has a task for its customer."""

    id: str
    visited_at: datetime
    channel: str
    customer: Customer
    is_planned: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """Everything on the page of one rep's week."""

    rep_id: str
    name: str
    team: str
    may_lead: bool
    week: Week
    standing: "Standing"
    lines: tuple[PlanLine, ...]
    visits: tuple[MadeVisit, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A rep's week in numbers; `kept` is what was done by the last full hour of the `due` that were due by then."""

    rep_id: str
    name: str
    grid: PlanGrid
    visits: int

    @property
    def planned(self) -> int:
        """Tasks of the week."""
        return len(self.grid.tasks)

    @property
    def done(self) -> int:
        """Those that are done, whenever they were due."""
        return sum(task.done_at is not None for task in self.grid.tasks)

    @property
    def kept(self) -> int:
        """Done among what was due."""
        return self.grid.attainment[-1][1] if self.grid.attainment else 0

    @property
    def due(self) -> int:
        """What was due."""
        return self.grid.attainment[-1][2] if self.grid.attainment else 0

    @property
    def missing(self) -> int:
        """How many tasks the quotas still ask for."""
        return sum(quota.missing for quota in self.grid.quotas)


@dataclass(frozen=True, slots=True)
class TeamPlans:
    """Everything on the page of a team's week: who planned nothing first, then who planned too little."""

    team: str
    teams: tuple[str, ...]
    week: Week
    lines: tuple[Standing, ...]

    @property
    def unplanned(self) -> tuple[Standing, ...]:
        """Those who planned nothing."""
        return tuple(line for line in self.lines if not line.planned)


def view_plan(services: Services, viewer: Person, *, rep_id: str, day: date | None) -> PlanView:
    """The week `day` lies in of one rep, this week where None.

    Raises:
        NotFound: no such rep, or not for this viewer (`rep_not_found`). Conflict: no plan card (`no_scorecard`).
    """
    now = services.clock.now()
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        scope.require_rep(rep_id)
        grid = read_plan(tx, services, scope.tenant_id, rep_id, day)
        visits = _visits_of(tx, scope.tenant_id, grid.week, [rep_id], now=now)
        customer = _customers(tx, scope, now)
        planned = {task.account_id for task in grid.tasks}
        return PlanView(
            rep_id=rep_id,
            name=scope.name(rep_id),
            team=scope.team_of(rep_id),
            may_lead=scope.leads(rep_id) and scope.team_of(rep_id) in scope.teams(),
            week=_week(grid.week.date(), now),
            standing=Standing(rep_id, scope.name(rep_id), grid, len(visits)),
            lines=tuple(_line(tx, scope, task, customer, visits, now=now) for task in grid.tasks),
            visits=tuple(
                MadeVisit(one.id, one.visited_at, one.channel, customer(one.account_id), one.account_id in planned)
                for one in visits
            ),
        )


def view_team_plans(services: Services, viewer: Person, *, team: str, day: date | None) -> TeamPlans:
    """The same week of everybody active who sells in a team.

    Raises:
        NotFound: no such team, or not for this viewer (`team_not_found`). Conflict: no plan card (`no_scorecard`).
    """
    now = services.clock.now()
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        scope.require_team(team)
        reps = [person.id for person in scope.reps() if person.team == team]
        grids = read_plans(tx, services, scope.tenant_id, reps, day)
        monday = grids[0].week if grids else None
        visits = _visits_of(tx, scope.tenant_id, monday, reps, now=now) if monday else []
    lines = [
        Standing(grid.rep_id, scope.name(grid.rep_id), grid, sum(visit.rep_id == grid.rep_id for visit in visits))
        for grid in grids
    ]
    lines.sort(key=lambda line: (line.planned > 0, -line.missing, line.name, line.rep_id))
    return TeamPlans(team, tuple(scope.teams()), _week(day or local_day(now), now), tuple(lines))


def _visits_of(
    tx: UnitOfWork, tenant_id: str, monday: datetime, rep_ids: Sequence[str], *, now: datetime
) -> list[Visit]:
    """Visits of the week that have taken place; one that is only entered for later has not."""
    until = min(monday + WEEK, now + timedelta(microseconds=1))
    return tx.visits.made(tenant_id, since=monday, until=until, rep_ids=rep_ids)


def _week(day: date, now: datetime) -> Week:
    monday, current = monday_of(day), monday_of(local_day(now))
    later = monday + WEEK
    return Week(
        monday=monday,
        last=later - DAY,
        earlier=monday - WEEK,
        later=later if later <= current + PLANNED_AHEAD else None,
        is_current=monday == current,
    )


def _customers(tx: UnitOfWork, scope: Scope, now: datetime) -> Callable[[str], Customer]:
    """How to come by a customer; each is looked up once."""

    @cache
    def customer(account_id: str) -> Customer:
        name = account_name(tx, scope.tenant_id, account_id)
        return Customer(account_id, name, has_account_page(tx, scope, account_id, before=now))

    return customer


def _line(
    tx: UnitOfWork, scope: Scope, task: PlannedTask, customer: Callable[[str], Customer], visits: Sequence[Visit], *,
    now: datetime,
) -> PlanLine:  # fmt: skip
    entity = tx.entities.get(scope.tenant_id, "task", task.task_id)
    title = "" if entity is None else entity.get("title") or entity.get("name")
    return PlanLine(
        task=task,
        title=str(title or ""),
        customer=customer(task.account_id) if task.account_id else None,
        state=_state(task, now),
        visits=tuple(visit for visit in visits if task.account_id and visit.account_id == task.account_id),
    )


def _state(task: PlannedTask, now: datetime) -> TaskState:
    if task.done_at is not None:
        return "done" if task.done_at <= task.due_at else "late"
    return "ahead" if task.due_at > now else "overdue"
