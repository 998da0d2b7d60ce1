"""Regions that lose too many customers: what the lost have in common, and what to do first; said once a week."""

from datetime import datetime, timedelta
from typing import Any

from service.domain.content.loss_patterns import LossPattern
from service.domain.crm.cohorts import LossAnalysis, analyse, groups_above, week_of
from service.domain.crm.events import CrmEvent
from service.domain.evidence import local_day
from service.domain.ports import UnitOfWork
from service.usecases.crm.record_decision import record_decision
from service.usecases.services import Services

KIND = "loss_pattern"


def watch_losses(services: Services) -> int:
    """Analyse every group that is above its threshold; how many are new this week."""
    said = 0
    with services.uow(write=False) as tx:
        tenants = tx.entities.tenants()
    for tenant_id in tenants:
        with services.uow() as tx:
            for pattern in services.content_for(tx, tenant_id).loss_patterns:
                if pattern.in_use:
                    said += _watch(tx, services, pattern, tenant_id)
    return said


def read_losses(
    tx: UnitOfWork, services: Services, tenant_id: str, group: str
) -> list[tuple[LossPattern, LossAnalysis]]:
    """The analysis of one group now, by each pattern in use, whether above its threshold or not."""
    now = services.clock.now()
    return [
        (pattern, analyse(pattern, group, ended(tx, pattern, tenant_id, now=now)))
        for pattern in services.content_for(tx, tenant_id).loss_patterns
        if pattern.in_use
    ]


def ended(tx: UnitOfWork, pattern: LossPattern, tenant_id: str, *, now: datetime) -> list[CrmEvent]:
    """The customers lost and kept in the weeks compared."""
    types = (*pattern.lost.types, *pattern.kept.types)
    since = now - timedelta(weeks=pattern.compared_weeks)
    return list(tx.crm_events.between(tenant_id, since, now + timedelta(microseconds=1), types=types))


def _watch(tx: UnitOfWork, services: Services, pattern: LossPattern, tenant_id: str) -> int:
    now = services.clock.now()
    events, today = ended(tx, pattern, tenant_id, now=now), local_day(now)
    said = 0
    for group in groups_above(pattern, events, today=today):
        found = analyse(pattern, group, events)
        data = {"pattern": pattern.id, **loss_data(found)}
        because = [event_id for finding in found.findings for event_id in finding.because]
        decision = record_decision(
            tx,
            services,
            tenant_id,
            kind=KIND,
            subject=f"{pattern.id}:{group}"[:255],
            key=week_of(today).isoformat(),
            data=data,
            because=list(dict.fromkeys(because)),
            publish="loss.pattern",
        )
        said += decision is not None
    return said


def loss_data(found: LossAnalysis) -> dict[str, Any]:
    """The analysis as it is published and kept."""
    return {
        "group": found.group,
        "weeks": [{"week": week.isoformat(), "lost": lost, "ended": total} for week, lost, total in found.weeks],
        "traits": [
            {
                "trait": it.trait,
                "title": it.title,
                "lost_with": it.lost_with,
                "lost": it.lost,
                "kept_with": it.kept_with,
                "kept": it.kept,
                "odds_ratio": round(it.odds_ratio, 2),
                "p": round(it.p, 6),
                "because": list(it.because),
            }
            for it in found.findings
        ],
        "interventions": [
            {
                "id": it.intervention.id,
                "title": it.intervention.title,
                "text": it.intervention.text,
                "answers": list(it.answers),
                "weight": round(it.weight, 3),
            }
            for it in found.proposals
        ],
    }
