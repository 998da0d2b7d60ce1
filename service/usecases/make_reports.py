"""The daily and the weekly report: worked out on demand, and told of once when they are due.

Days and weeks are those of the tenant's office, and so are the hours at which it hears of them; by default the daily
report of a day is told of at eight the next morning, the weekly one at eight on Monday.
Invariant: a report is told of by the row that says so, in one transaction with its event; who comes second finds it.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.report_days import ReportDays, ReportName, monday_of
from service.domain.crm.report_news import Deal, news_of
from service.domain.crm.reports import Conversion, Progress, Stalled, active_people, conversions, progress, stalled
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.usecases.read_board import every_entity
from service.usecases.read_metrics import read_metric
from service.usecases.record_decision import record_decision
from service.usecases.services import Services

KINDS: dict[ReportName, str] = {"daily": "report_daily", "weekly": "report_weekly"}
STALLED_AFTER = timedelta(days=3)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SHOWN = 200
COMPLETENESS = "customer_completeness"
Sees = Callable[[str], bool]


def everybody(owner_id: str) -> bool:
    """No narrower view than the whole tenant."""
    del owner_id
    return True


def make_reports(services: Services) -> int:
    """Tell of the reports that are due by now and not told of yet, for each tenant; how many.

    A tenant of whom nothing was known before a report's time ended is told nothing of that time.
    """
    told = 0
    with services.uow(write=False) as tx:
        tenants = tx.entities.tenants()
    for tenant_id in tenants:
        with services.uow(write=False) as tx:
            days, now = days_for(tx, services, tenant_id), services.clock.now()
            owed = [(name, day) for name, day in days.due(now) if _is_owed(tx, tenant_id, days, name, day)]
        for name, day in owed:
            with services.uow() as tx:
                told += _tell(tx, services, tenant_id, name, day)
    return told


def days_for(tx: UnitOfWork, services: Services, tenant_id: str) -> ReportDays:
    """The days and hours that the tenant's reports go by."""
    return ReportDays.of(services.content_for(tx, tenant_id))


def daily(tx: UnitOfWork, services: Services, tenant_id: str, day: date, *, sees: Sees = everybody) -> dict[str, Any]:
    """What happened on a day, what has stood still for more than three days, and who was active.

    Args:
        sees: whose work it may tell of; asked with an empty id for what is nobody's.
    """
    days = days_for(tx, services, tenant_id)
    begin, end = days.bounds(day, 1)
    opportunities, events = _seen(tx, services, tenant_id, begin, end, sees)
    touched = sorted({event.opportunity_id for event in events if event.opportunity_id})
    histories = {opportunity_id: tx.crm_events.of_opportunity(tenant_id, opportunity_id) for opportunity_id in touched}
    as_of = min(end, services.clock.now())
    return {
        "day": day.isoformat(),
        "zone": str(days.zone),
        "events": len(events),
        "progress": [_progress(it) for it in progress(events, histories)[:SHOWN]],
        "stalled": [_stalled(it) for it in stalled(opportunities, now=as_of, after=STALLED_AFTER)[:SHOWN]],
        "usage": _usage(tx, services, tenant_id, events, sees),
    }


def weekly(tx: UnitOfWork, services: Services, tenant_id: str, week: date, *, sees: Sees = everybody) -> dict[str, Any]:
    """Conversion by person, the week's progress in numbers, what stands still, and how the system is used.

    Args:
        sees: as for `daily`.
    """
    monday = monday_of(week)
    days = days_for(tx, services, tenant_id)
    begin, end = days.bounds(monday, 7)
    opportunities, events = _seen(tx, services, tenant_id, begin, end, sees)
    ranking = conversions(events, _owners(opportunities))
    steps = progress(events, {})
    as_of = min(end, services.clock.now())
    return {
        "week": monday.isoformat(),
        "zone": str(days.zone),
        "events": len(events),
        "ranking": [_conversion(it) for it in ranking[:SHOWN]],
        "progress": {what: sum(step.what == what for step in steps) for what in sorted({step.what for step in steps})},
        "stalled": [_stalled(it) for it in stalled(opportunities, now=as_of, after=STALLED_AFTER)[:SHOWN]],
        "usage": _usage(tx, services, tenant_id, events, sees),
    }


def _is_owed(tx: UnitOfWork, tenant_id: str, days: ReportDays, name: ReportName, day: date) -> bool:
    if tx.decisions.latest(tenant_id, KINDS[name], day.isoformat()) is not None:
        return False
    _, end = days.bounds(day, 1 if name == "daily" else 7)
    return next(iter(tx.crm_events.between(tenant_id, LONG_AGO, end)), None) is not None


def _tell(tx: UnitOfWork, services: Services, tenant_id: str, name: ReportName, day: date) -> int:
    report = (daily if name == "daily" else weekly)(tx, services, tenant_id, day)

    def deal_of(opportunity_id: str) -> Deal:
        entity = tx.entities.get(tenant_id, "opportunity", opportunity_id)
        told = {} if entity is None else {key: entity.get(key) for key in ("name", "owner_id")}
        return Deal(str(told.get("name") or opportunity_id), str(told.get("owner_id") or ""))

    data = news_of(name, day, report, deal_of)
    decision = record_decision(
        tx, services, tenant_id, kind=KINDS[name], subject=day.isoformat(), key=name, data=data, publish="report.ready"
    )
    return int(decision is not None)


def _owners(opportunities: list[Entity]) -> dict[str, str]:
    return {entity.id: str(entity.get("owner_id")) for entity in opportunities if entity.get("owner_id")}


def _seen(
    tx: UnitOfWork, services: Services, tenant_id: str, begin: datetime, end: datetime, sees: Sees
) -> tuple[list[Entity], list[CrmEvent]]:
    """The opportunities, and the events of a time, of those whose work may be told of."""
    opportunities = list(every_entity(tx, tenant_id, "opportunity"))
    owners, words = _owners(opportunities), services.content_for(tx, tenant_id).vocabulary
    events = [
        words.folded(event)
        for event in tx.crm_events.between(tenant_id, begin, end)
        if sees(event.owner_id or owners.get(event.opportunity_id or "", ""))
    ]
    return [it for it in opportunities if sees(owners.get(it.id, ""))], events


def _usage(tx: UnitOfWork, services: Services, tenant_id: str, events: list[CrmEvent], sees: Sees) -> dict[str, Any]:
    active = active_people(events)
    people = {person.id for person in tx.people.of_team(tenant_id) if _sells(person) and sees(person.id)}
    metric = next(
        (it for it in services.content_for(tx, tenant_id).metrics if it.id == COMPLETENESS and it.in_use), None
    )
    completeness = (
        None if metric is None else read_metric(tx, services, tenant_id, metric, now=services.clock.now()).now
    )
    return {
        "active": len(active),
        "people": len(people),
        "silent": sorted(people - set(active))[:SHOWN],
        "completeness": None if completeness is None else completeness.value,
        "completeness_n": 0 if completeness is None else completeness.n,
    }


def _sells(person: Person) -> bool:
    """Those whose work leaves events; who leads or trains is not silent for leaving none."""
    return person.active and person.role == "rep"


def _progress(step: Progress) -> dict[str, Any]:
    return {
        "what": step.what,
        "kind": step.kind,
        "entity_id": step.entity_id,
        "opportunity_id": step.opportunity_id,
        "owner_id": step.owner_id,
        "at": step.at.isoformat(),
        "event_id": step.event_id,
    }


def _stalled(it: Stalled) -> dict[str, Any]:
    return {
        "opportunity_id": it.opportunity_id,
        "stage": it.stage,
        "owner_id": it.owner_id,
        "days": it.days,
        "amount": it.amount,
        "last_event_id": it.last_event_id,
    }


def _conversion(it: Conversion) -> dict[str, Any]:
    return {"owner_id": it.owner_id, "won": it.won, "ended": it.ended, "rate": it.rate, "because": list(it.because)}
