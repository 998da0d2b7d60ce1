"""A back-test as a page tells it: whom the alerts would have gone to, how often a week, and which were false alarms.

Invariant: people and cases outside the viewer's scope are counted together and never named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.domain.crm.events import KINDS
from service.domain.playbooks.backtest import BacktestReport, Case, RuleReport
from service.domain.playbooks.timeline import Ref
from service.domain.ports import UnitOfWork
from service.usecases.console.view_scope import Scope

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class BacktestedCase:
    """One alert that would have been raised, in names."""

    at: datetime
    subject: str
    owner: str
    text: str


@dataclass(frozen=True, slots=True)
class BacktestedRule:
    """What one rule would have done.

    `owners` are the viewer's people with how often each would have been told, the most first and "" for nobody's;
    `others` counts everybody else. `weeks` are the Mondays with alerts and how many, in order; `a_week` is the mean
    over all weeks of the trial, those without an alert included.
    """

    report: RuleReport
    owners: tuple[tuple[str, int], ...]
    others: int
    a_week: float
    weeks: tuple[tuple[date, int], ...]
    examples: tuple[BacktestedCase, ...]
    false_alarms: tuple[BacktestedCase, ...]

    @property
    def busiest(self) -> tuple[date, int]:
        """The Monday of the week with the most alerts, the first of several; only where there was one."""
        return max(self.weeks, key=lambda week: week[1])


def view_backtest(tx: UnitOfWork, scope: Scope, report: BacktestReport, *, since: datetime) -> list[BacktestedRule]:
    """The rules of a back-test that began at `since`, in the report's order."""
    weeks = max((report.until - since) / WEEK, 1.0)
    return [_tried(tx, scope, rule, weeks=weeks) for rule in report.rules]


def _tried(tx: UnitOfWork, scope: Scope, rule: RuleReport, *, weeks: float) -> BacktestedRule:
    seen = {owner: times for owner, times in rule.owners.items() if scope.sees(owner)}
    return BacktestedRule(
        report=rule,
        owners=tuple((scope.name(owner), seen[owner]) for owner in sorted(seen, key=lambda each: (-seen[each], each))),
        others=sum(rule.owners.values()) - sum(seen.values()),
        a_week=rule.firings / weeks,
        weeks=tuple((date.fromisocalendar(*_week(name), 1), times) for name, times in sorted(rule.by_week.items())),
        examples=_cases(tx, scope, rule.examples),
        false_alarms=_cases(tx, scope, rule.false_alarms),
    )


def _week(name: str) -> tuple[int, int]:
    year, week = name.split("-W")
    return int(year), int(week)


def _cases(tx: UnitOfWork, scope: Scope, cases: Sequence[Case]) -> tuple[BacktestedCase, ...]:
    return tuple(
        BacktestedCase(case.at, _subject_name(tx, scope, case.subject), scope.name(case.owner), case.text)
        for case in cases
        if scope.sees(case.owner)
    )


def _subject_name(tx: UnitOfWork, scope: Scope, subject: Ref) -> str:
    kind = next((known for known in KINDS if known == subject[0]), None)
    entity = None if kind is None else tx.entities.get(scope.tenant_id, kind, subject[1])
    name = None if entity is None else entity.get("name") or entity.get("title")
    return name if isinstance(name, str) and name else scope.name(subject[1])
