"""The daily and the weekly report as somebody of the console may read them: of their own team, with names for ids."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from service.domain.crm.report_days import DAY, ReportDays, monday_of
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.usecases.console.view_alerts import require_operations
from service.usecases.console.view_scope import Scope, has_account_page, read_scope
from service.usecases.crm.make_reports import daily, days_for, weekly
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity by its name; `account_id` is empty where it has no page for the viewer."""

    id: str
    name: str
    account_id: str
    owner: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report, the days to go to from here, what its ids are called, and by which clock its days run."""

    report: dict[str, Any]
    begin: date
    last: date
    earlier: date
    later: date | None
    so_far: bool
    deals: dict[str, Deal]
    scope: Scope
    at: datetime
    zone: ZoneInfo

    def deal(self, opportunity_id: str | None) -> Deal | None:
        """The opportunity, None where a line is about none."""
        return self.deals.get(opportunity_id or "")


def view_daily(services: Services, viewer: Person, day: date | None) -> ReportView:
    """A day of the viewer's people, yesterday where none is said.

    Raises:
        Forbidden: the viewer is a rep (`not_leading`).
    """
    require_operations(viewer)
    now = services.clock.now()
    with services.uow(write=False) as tx:
        days = days_for(tx, services, viewer.tenant_id)
        wanted = day or days.yesterday(now)
        scope = read_scope(tx, viewer)
        report = daily(tx, services, viewer.tenant_id, wanted, sees=scope.sees)
        return _view(tx, scope, report, wanted, days, span=1, now=now)


def view_weekly(services: Services, viewer: Person, day: date | None) -> ReportView:
    """The week a day lies in of the viewer's people, last week where none is said.

    Raises:
        Forbidden: the viewer is a rep (`not_leading`).
    """
    require_operations(viewer)
    now = services.clock.now()
    with services.uow(write=False) as tx:
        days = days_for(tx, services, viewer.tenant_id)
        monday = monday_of(day) if day else days.last_week(now)
        scope = read_scope(tx, viewer)
        report = weekly(tx, services, viewer.tenant_id, monday, sees=scope.sees)
        return _view(tx, scope, report, monday, days, span=7, now=now)


def _view(
    tx: UnitOfWork, scope: Scope, report: dict[str, Any], begin: date, days: ReportDays, *, span: int, now: datetime
) -> ReportView:
    today = days.today(now)
    lines = list(report["stalled"])
    if isinstance(report["progress"], list):
        lines += report["progress"]
    ids = {line["opportunity_id"] for line in lines if line["opportunity_id"]}
    later = begin + span * DAY
    return ReportView(
        report=report,
        begin=begin,
        last=later - DAY,
        earlier=begin - span * DAY,
        later=later if later <= today else None,
        so_far=later > today,
        deals={opportunity_id: _deal(tx, scope, opportunity_id, now) for opportunity_id in sorted(ids)},
        scope=scope,
        at=now,
        zone=days.zone,
    )


def _deal(tx: UnitOfWork, scope: Scope, opportunity_id: str, now: datetime) -> Deal:
    entity = tx.entities.get(scope.tenant_id, "opportunity", opportunity_id)
    told = {} if entity is None else {name: entity.get(name) for name in ("name", "account_id", "owner_id")}
    account = str(told.get("account_id") or "")
    return Deal(
        id=opportunity_id,
        name=str(told.get("name") or opportunity_id),
        account_id=account if account and has_account_page(tx, scope, account, before=now) else "",
        owner=scope.name(str(told.get("owner_id") or "")),
    )
