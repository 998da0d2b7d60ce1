"""Each rep's coefficient of a day on the record: as of the office's midnight, with the events it was read from.

Invariant: a day's coefficient is written once and never changes, so that a lead which was given by it can be explained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from service.domain.crm.decisions import Decision
from service.domain.crm.events import CrmEvent
from service.domain.crm.report_days import ReportDays
from service.domain.playbooks.dispatch import WEIGHTS, Form, coefficients_of, form_from_json, form_of, form_to_json
from service.domain.ports import UnitOfWork
from service.usecases.crm.record_decision import record_decision
from service.usecases.services import Services

KIND = "lead_coefficient"
REPS_LOOKED_AT = 300
FACTS_READ = 2_000
HISTORY = 90


@dataclass(frozen=True, slots=True)
class CoefficientDay:
    """A rep's coefficient of one day: its parts, what it was for each industry, and the events behind it."""

    day: str
    as_of: str
    coefficients: Mapping[str, float]
    form: Form


@dataclass(frozen=True, slots=True)
class CoefficientReading:
    """A rep's days, the newest first, and the events behind the newest one, by id."""

    days: Sequence[CoefficientDay]
    events: Mapping[str, CrmEvent]


def keep_coefficients(services: Services) -> int:
    """Put today's coefficient of every rep on record, once a day for each tenant; how many are new."""
    kept = 0
    with services.uow(write=False) as tx:
        tenants = tx.entities.tenants()
    for tenant_id in tenants:
        with services.uow(write=False) as tx:
            day, _ = midnight_of(tx, services, tenant_id)
            known = _kept(tx, tenant_id, day, REPS_LOOKED_AT)
            missing = set(_reps(tx, tenant_id)) - known.keys()
        if missing:
            with services.uow() as tx:
                kept += len(forms_of_today(tx, services, tenant_id)) - len(known)
    return kept


def midnight_of(tx: UnitOfWork, services: Services, tenant_id: str) -> tuple[str, datetime]:
    """Today where the tenant's office is, and when it began."""
    days, now = ReportDays.of(services.content_for(tx, tenant_id)), services.clock.now()
    today = days.today(now)
    return today.isoformat(), days.bounds(today, 1)[0].astimezone(UTC)


def forms_of_today(tx: UnitOfWork, services: Services, tenant_id: str) -> list[Form]:
    """Every rep's form as today's record has it; whoever is not on it yet is put there."""
    day, midnight = midnight_of(tx, services, tenant_id)
    reps = _reps(tx, tenant_id)
    known = _kept(tx, tenant_id, day, len(reps))
    if missing := [person for person in reps if person not in known]:
        facts = {person: tx.playbooks.links.facts(tenant_id, ("person", person), newest=FACTS_READ)
                 for person in missing}  # fmt: skip
        new = [form_of(person, found, at=midnight) for person, found in facts.items()]
        coefficients = coefficients_of([*known.values(), *new])
        for form in new:
            _keep(tx, services, tenant_id, day, midnight, form, coefficients[form.person])
        known = _kept(tx, tenant_id, day, len(reps))  # another process may have been first
    return [known[person] for person in reps if person in known]


def read_coefficients(tx: UnitOfWork, tenant_id: str, rep_id: str) -> CoefficientReading:
    """What is on record of a rep: up to ninety days, with the events behind the newest."""
    rows = tx.decisions.of(tenant_id, KIND, subject=rep_id, limit=HISTORY)
    days = [CoefficientDay(row.key, str(row.data["as_of"]), dict(row.data["coefficients"]), _form(row)) for row in rows]
    behind = set(days[0].form.because) if days else set()
    return CoefficientReading(days, tx.crm_events.named(tenant_id, behind))


def _reps(tx: UnitOfWork, tenant_id: str) -> list[str]:
    return tx.playbooks.links.subjects(tenant_id, "person")[:REPS_LOOKED_AT]


def _kept(tx: UnitOfWork, tenant_id: str, day: str, limit: int) -> dict[str, Form]:
    rows = tx.decisions.of(tenant_id, KIND, limit=2 * max(limit, 1))
    return {row.subject: _form(row) for row in rows if row.key == day}


def _form(row: Decision) -> Form:
    return form_from_json(row.subject, row.data["form"], row.because)


def _keep(
    tx: UnitOfWork,
    services: Services,
    tenant_id: str,
    day: str,
    midnight: datetime,
    form: Form,
    coefficients: Mapping[str, float],
) -> None:
    data: dict[str, Any] = {
        "day": day,
        "as_of": midnight.isoformat(),
        "coefficient": coefficients[""],
        "coefficients": dict(coefficients),
        "form": form_to_json(form),
        "weights": dict(WEIGHTS),
    }
    record_decision(tx, services, tenant_id, kind=KIND, subject=form.person, key=day, data=data, because=form.because)
