"""Read metrics: value, trend, causes and every event behind them; keep a value a day as history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from service.domain.content.bundle import Content
from service.domain.content.metrics import Metric
from service.domain.crm.entities import Entity
from service.domain.crm.events import KINDS, CrmEvent, EntityKind
from service.domain.crm.metrics import (
    Cause,
    Facts,
    MetricValue,
    beside_of,
    causes_of,
    kinds_of,
    types_of,
    value_of,
)
from service.domain.errors import NotFound
from service.domain.evidence import local_day
from service.domain.ports import UnitOfWork
from service.usecases.crm.read_board import every_entity
from service.usecases.crm.record_decision import record_decision
from service.usecases.services import Services

KIND = "metric"
MOMENT = timedelta(microseconds=1)
HISTORY = 90
RAISED, ACTED = "alert.raised", "alert.acted"
ALERTS = "urn:fieldcue:alerts"
Trend = Literal["better", "worse", "same", "unknown"]


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """A metric's value of one past day."""

    day: str
    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class MetricReading:
    """A metric with all that explains it; `events` are those behind the observations and causes, by id."""

    now: MetricValue
    before: float | None
    trend: Trend
    beside: tuple[float | None, int] | None
    causes: Sequence[Cause]
    history: Sequence[MetricPoint]
    events: Mapping[str, CrmEvent]


def find_metric(content: Content, metric_id: str) -> Metric:
    """The metric, or NotFound."""
    found = next((metric for metric in content.metrics if metric.id == metric_id and metric.in_use), None)
    if found is None:
        raise NotFound("there is no such metric", code="metric_not_found")
    return found


def read_metric(tx: UnitOfWork, services: Services, tenant_id: str, metric: Metric, *, now: datetime) -> MetricReading:
    """The metric now, against the window before, with its history of the last ninety days."""
    types, content = types_of(metric), services.content_for(tx, tenant_id)
    reach = (now - 2 * metric.window, now + MOMENT)
    told = list(tx.crm_events.between(tenant_id, *reach, types=types)) if types else []
    events = [content.vocabulary.folded(event) for event in told]
    if RAISED in types:
        events = sorted([*events, *alert_facts(tx, tenant_id, *reach)], key=lambda event: event.order)
    facts = Facts(events, entities_of(tx, tenant_id, kinds_of(metric)), content.office)
    value = value_of(metric, facts, until=now)
    history = _history(tx, tenant_id, metric)
    if kinds_of(metric):  # a state has no window before this one: what was kept of it is compared
        before = next((point.value for point in history if point.day != local_day(now).isoformat()), None)
    else:
        before = value_of(metric, facts, until=now - metric.window).value
    return MetricReading(
        now=value,
        before=before,
        trend=_trend(metric, value.value, before),
        beside=beside_of(metric, facts, until=now),
        causes=causes_of(metric, events, since=value.since, until=now),
        history=history,
        events=_behind(tx, tenant_id, value, [*events, *told]),  # as they were sent
    )


def keep_metrics(services: Services) -> int:
    """Put today's value of every metric on record, once a day for each tenant; how many are new."""
    kept = 0
    with services.uow(write=False) as tx:
        tenants = tx.entities.tenants()
    for tenant_id in tenants:
        now = services.clock.now()
        with services.uow() as tx:
            for metric in services.content_for(tx, tenant_id).metrics:
                day, last = local_day(now).isoformat(), tx.decisions.latest(tenant_id, KIND, metric.id)
                if not metric.in_use or (last is not None and last.key == day):
                    continue
                found = read_metric(tx, services, tenant_id, metric, now=now).now
                because = [event_id for observation in found.observations for event_id in observation.because]
                data = {"day": day, "value": found.value, "n": found.n, "status": found.status}
                decision = record_decision(
                    tx, services, tenant_id, kind=KIND, subject=metric.id, key=day, data=data, because=because
                )
                kept += decision is not None
    return kept


def alert_facts(tx: UnitOfWork, tenant_id: str, since: datetime, until: datetime) -> list[CrmEvent]:
    """Our own alerts, as events beside the CRM's: raised, and first acted on; their ids are the alerts'."""
    facts: list[CrmEvent] = []
    for alert in tx.playbooks.alerts.between(tenant_id, since, until):
        kind = next((kind for kind in KINDS if kind == alert.subject_kind), None)
        if kind is None or alert.trial:
            continue
        about = {"opportunity_id": alert.opportunity_id or f"{kind}/{alert.subject_id}", "rule_id": alert.rule_id}
        moments = ((RAISED, alert.raised_at, alert.id), (ACTED, alert.first_action_at, f"{alert.id}:acted"))
        facts += [
            CrmEvent(fact_id, ALERTS, event_type, kind, alert.subject_id, at, at, about)
            for event_type, at, fact_id in moments
            if at is not None
        ]
    return facts


def entities_of(tx: UnitOfWork, tenant_id: str, kinds: Sequence[EntityKind]) -> list[Entity]:
    """All entities of these kinds."""
    return [entity for kind in kinds for entity in every_entity(tx, tenant_id, kind)]


def _history(tx: UnitOfWork, tenant_id: str, metric: Metric) -> list[MetricPoint]:
    """The newest first."""
    kept = tx.decisions.of(tenant_id, KIND, subject=metric.id, limit=HISTORY)
    return [MetricPoint(decision.data["day"], decision.data["value"], decision.data["n"]) for decision in kept]


def _trend(metric: Metric, value: float | None, before: float | None) -> Trend:
    if value is None or before is None:
        return "unknown"
    if value == before:
        return "same"
    more_is_better = metric.threshold.at_least is not None
    return "better" if (value > before) == more_is_better else "worse"


def _behind(tx: UnitOfWork, tenant_id: str, value: MetricValue, events: Sequence[CrmEvent]) -> dict[str, CrmEvent]:
    known = {event.id: event for event in events}
    wanted = {event_id for observation in value.observations for event_id in observation.because}
    return known | tx.crm_events.named(tenant_id, wanted - set(known))
