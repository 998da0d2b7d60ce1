"""The daily and the weekly report: worked out on demand, and told of once when they are due.

The daily report of a day tells of that day; it is ready at eight the next morning, the weekly one at eight on Monday.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.reports import Conversion, Progress, Stalled, active_people, conversions, progress, stalled
from service.domain.evidence import ZONE, local_day
from service.domain.ports import UnitOfWork
from service.usecases.read_board import every_entity
from service.usecases.read_metrics import read_metric
from service.usecases.record_decision import record_decision
from service.usecases.services import Services

DAILY, WEEKLY = "report_daily", "report_weekly"
READY_AT = time(8)
STALLED_AFTER = timedelta(days=3)
DAY = timedelta(days=1)
SHOWN = 200
COMPLETENESS = "customer_completeness"
Sees = Callable[[str], bool]


def everybody(owner_id: str) -> bool:
    """No narrower view than the whole tenant."""
    del owner_id
    return True


def make_reports(services: Services) -> int:
    """Tell of the reports that are ready by now and not told of yet, for each tenant; how many."""
    now = services.clock.now()
    today = local_day(now)
    if now.astimezone(ZONE).time() < READY_AT:
        return 0
    told = 0
    with services.uow(write=False) as tx:
        tenants = tx.entities.tenants()
    for tenant_id in tenants:
        with services.uow() as tx:
            yesterday = today - DAY
            if tx.decisions.latest(tenant_id, DAILY, yesterday.isoformat()) is None:
                told += _tell(tx, services, tenant_id, DAILY, yesterday, daily(tx, services, tenant_id, yesterday))
            week = today - timedelta(days=today.weekday()) - timedelta(weeks=1)
            if tx.decisions.latest(tenant_id, WEEKLY, week.isoformat()) is None:
                told += _tell(tx, services, tenant_id, WEEKLY, week, weekly(tx, services, tenant_id, week))
    return told


def daily(tx: UnitOfWork, services: Services, tenant_id: str, day: date, *, sees: Sees = everybody) -> dict[str, Any]:
    """What happened on a day, what has stood still for more than three days, and who was active.

    Args:
        sees: whose work it may tell of; asked with an empty id for what is nobody's.
    """
    begin, end = _bounds(day, 1)
    opportunities, events = _seen(tx, tenant_id, begin, end, sees)
    touched = sorted({event.opportunity_id for event in events if event.opportunity_id})
    histories = {opportunity_id: tx.crm_events.of_opportunity(tenant_id, opportunity_id) for opportunity_id in touched}
    as_of = min(end, services.clock.now())
    return {
        "day": day.isoformat(),
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
    monday = week - timedelta(days=week.weekday())
    begin, end = _bounds(monday, 7)
    opportunities, events = _seen(tx, tenant_id, begin, end, sees)
    ranking = conversions(events, _owners(opportunities))
    steps = progress(events, {})
    as_of = min(end, services.clock.now())
    return {
        "week": monday.isoformat(),
        "events": len(events),
        "ranking": [_conversion(it) for it in ranking[:SHOWN]],
        "progress": {what: sum(step.what == what for step in steps) for what in sorted({step.what for step in steps})},
        "stalled": [_stalled(it) for it in stalled(opportunities, now=as_of, after=STALLED_AFTER)[:SHOWN]],
        "usage": _usage(tx, services, tenant_id, events, sees),
    }


def _tell(tx: UnitOfWork, services: Services, tenant_id: str, kind: str, day: date, report: dict[str, Any]) -> int:
    name = "daily" if kind == DAILY else "weekly"
    query = f"day={day.isoformat()}" if kind == DAILY else f"week={day.isoformat()}"
    data = {
        "report": name,
        "of": day.isoformat(),
        "events": report["events"],
        "stalled": len(report["stalled"]),
        "link": f"/v1/reports/{name}?{query}",
    }
    decision = record_decision(
        tx, services, tenant_id, kind=kind, subject=day.isoformat(), key=name, data=data, publish="report.ready"
    )
    return int(decision is not None)


def _bounds(day: date, days: int) -> tuple[datetime, datetime]:
    begin = datetime.combine(day, time(), ZONE)
    return begin, datetime.combine(day + timedelta(days=days), time(), ZONE)


def _owners(opportunities: list[Entity]) -> dict[str, str]:
    return {entity.id: str(entity.get("owner_id")) for entity in opportunities if entity.get("owner_id")}


def _seen(
    tx: UnitOfWork, tenant_id: str, begin: datetime, end: datetime, sees: Sees
) -> tuple[list[Entity], list[CrmEvent]]:
    """The opportunities, and the events of a time, of those whose work may be told of."""
    opportunities = list(every_entity(tx, tenant_id, "opportunity"))
    owners = _owners(opportunities)
    events = [
        event
        for event in tx.crm_events.between(tenant_id, begin, end)
        if sees(event.owner_id or owners.get(event.opportunity_id or "", ""))
    ]
    return [it for it in opportunities if sees(owners.get(it.id, ""))], events


def _usage(tx: UnitOfWork, services: Services, tenant_id: str, events: list[CrmEvent], sees: Sees) -> dict[str, Any]:
    active = active_people(events)
    people = {person.id for person in tx.people.of_team(tenant_id) if person.active and sees(person.id)}
    metric = next(
        (it for it in services.content_for(tx, tenant_id).metrics if it.id == COMPLETENESS and it.in_use), None
    )
    completeness = None if metric is None else read_metric(tx, tenant_id, metric, now=services.clock.now()).now
    return {
        "active": len(active),
        "people": len(people),
        "silent": sorted(people - set(active))[:SHOWN],
        "completeness": None if completeness is None else completeness.value,
        "completeness_n": 0 if completeness is None else completeness.n,
    }


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
