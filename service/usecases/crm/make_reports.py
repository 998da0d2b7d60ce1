"""The daily and the weekly report: worked out on demand, and told of once when they are due.

Days and weeks are those of the tenant's office, and so are the hours at which it hears of them; by default the daily
report of a day is told of at eight the next morning, the weekly one at eight on Monday.
Invariant: a report is told of by the row that says so, in one transaction with its event; who comes second finds it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from service.domain.content.report_cards import ReportCard
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.report_days import ReportDays, ReportName, monday_of
from service.domain.crm.report_news import Deal, news_of
from service.domain.crm.reports import Conversion, Progress, Stalled, active_people, conversions, progress, stalled
from service.domain.errors import Conflict
from service.domain.ports import UnitOfWork
from service.usecases.crm.read_board import every_entity
from service.usecases.crm.read_metrics import read_metric
from service.usecases.crm.record_decision import record_decision
from service.usecases.services import Services

KINDS: dict[ReportName, str] = {"daily": "report_daily", "weekly": "report_weekly"}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NO_USAGE: Mapping[str, Any] = {"active": 0, "people": 0, "silent": [], "completeness": None, "completeness_n": 0}
Sees = Callable[[str], bool]


def everybody(owner_id: str) -> bool:
    """No narrower view than the whole tenant."""
    del owner_id
    return True


def make_reports(services: Services) -> int:
    """Tell of the reports that are due by now and not told of yet, for each tenant; how many.

    A tenant of whom nothing was known before a report's time ended is told nothing of that time, and nor is one that
    has no card for reports in use.
    """
    told = 0
    with services.uow(write=False) as tx:
        tenants = tx.entities.tenants()
    for tenant_id in tenants:
        with services.uow(write=False) as tx:
            days, now = days_for(tx, services, tenant_id), services.clock.now()
            owed = [(name, day) for name, day in days.due(now) if _is_owed(tx, services, tenant_id, days, name, day)]
        for name, day in owed:
            with services.uow() as tx:
                told += _tell(tx, services, tenant_id, name, day)
    return told


def days_for(tx: UnitOfWork, services: Services, tenant_id: str) -> ReportDays:
    """The days and hours that the tenant's reports go by."""
    return ReportDays.of(services.content_for(tx, tenant_id))


def daily(tx: UnitOfWork, services: Services, tenant_id: str, day: date, *, sees: Sees = everybody) -> dict[str, Any]:
    """What happened on a day, what has stood still for too long, and who was active, as the tenant's card says.

    Args:
        sees: whose work it may tell of; asked with an empty id for what is nobody's.

    Raises:
        Conflict: no card for reports is in use (`no_report_card`).
    """
    look = _Look.at(tx, services, tenant_id, "daily", day, sees=sees)
    steps: list[Progress] = []
    if "progress" in look.sections:
        touched = sorted({event.opportunity_id for event in look.events if event.opportunity_id})
        histories = {each: tx.crm_events.of_opportunity(tenant_id, each) for each in touched}
        steps = progress(look.card.progress, look.events, histories)[: look.card.shown]
    return {"day": day.isoformat(), **look.head(), "progress": [_progress(it) for it in steps], **look.tail()}


def weekly(tx: UnitOfWork, services: Services, tenant_id: str, week: date, *, sees: Sees = everybody) -> dict[str, Any]:
    """Conversion by person, the week's progress in numbers, what stands still, and how the system is used.

    Args:
        sees: as for `daily`.

    Raises:
        Conflict: as `daily`.
    """
    monday = monday_of(week)
    look = _Look.at(tx, services, tenant_id, "weekly", monday, sees=sees)
    ranking = conversions(look.card.ranking, look.events, look.owners) if "ranking" in look.sections else []
    steps = progress(look.card.progress, look.events, {}) if "progress" in look.sections else []
    return {
        "week": monday.isoformat(),
        **look.head(),
        "ranking": [_conversion(it) for it in ranking[: look.card.shown]],
        "at_least": look.card.ranking.at_least,
        "progress": {what: sum(step.what == what for step in steps) for what in sorted({step.what for step in steps})},
        **look.tail(),
    }


@dataclass(frozen=True, slots=True)
class _Look:
    """What both reports are made of: the card, and the opportunities and events that may be told of."""

    tx: UnitOfWork
    services: Services
    tenant_id: str
    card: ReportCard
    sections: tuple[str, ...]
    zone: str
    end: datetime
    opportunities: list[Entity]
    owners: Mapping[str, str]
    events: list[CrmEvent]
    sees: Sees

    @classmethod
    def at(
        cls, tx: UnitOfWork, services: Services, tenant_id: str, name: ReportName, first: date, *, sees: Sees
    ) -> "_Look":
        """At the day, or the week, that begins with a day."""
        card = services.content_for(tx, tenant_id).report_card
        if card is None:
            raise Conflict("no card for reports is in use: write one in reports/", code="no_report_card")
        days = days_for(tx, services, tenant_id)
        begin, end = days.bounds(first, 1 if name == "daily" else 7)
        opportunities, events = _seen(tx, services, tenant_id, begin, end, sees)
        return cls(tx, services, tenant_id, card, card.sections(name), str(days.zone), end, opportunities,
                   _owners(opportunities), events, sees)  # fmt: skip

    def head(self) -> dict[str, Any]:
        """By which clock, of how many events, and which sections there are, in their order."""
        named = [{"id": section, "title": self.card.title_of(section)} for section in self.sections]
        return {"zone": self.zone, "events": len(self.events), "sections": named}

    def tail(self) -> dict[str, Any]:
        """What both tell alike; empty where the card leaves it out."""
        found: list[Stalled] = []
        if "stalled" in self.sections:
            as_of = min(self.end, self.services.clock.now())
            found = stalled(self.card.stalled, self.opportunities, now=as_of)[: self.card.shown]
        usage = _usage(self) if "usage" in self.sections else NO_USAGE
        return {"stalled": [_stalled(it) for it in found], "usage": dict(usage)}


def _is_owed(tx: UnitOfWork, services: Services, tenant_id: str, days: ReportDays, name: ReportName, day: date) -> bool:
    if services.content_for(tx, tenant_id).report_card is None:
        return False
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

    card = services.content_for(tx, tenant_id).report_card
    data = news_of(name, day, report, deal_of, lines=card.told if card else 0)
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


def _usage(look: _Look) -> dict[str, Any]:
    part, active = look.card.usage, active_people(look.events)
    known = look.tx.people.of_team(look.tenant_id)
    people = {it.id for it in known if it.active and it.role in part.roles and look.sees(it.id)}
    metrics = look.services.content_for(look.tx, look.tenant_id).metrics
    metric = next((it for it in metrics if it.id == part.completeness and it.in_use), None)
    now = look.services.clock.now()
    reading = None if metric is None else read_metric(look.tx, look.services, look.tenant_id, metric, now=now).now
    return {
        "active": len(active),
        "people": len(people),
        "silent": sorted(people - set(active))[: look.card.shown],
        "completeness": None if reading is None else reading.value,
        "completeness_n": 0 if reading is None else reading.n,
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
