"""Give a lead to the rep who fits best, by the coefficients that are on record for today."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from service.domain.playbooks.alerts import Alert
from service.domain.playbooks.dispatch import Ranked, choose, heat_of, rank
from service.domain.playbooks.effects import Effect
from service.domain.playbooks.values import as_text, shown
from service.domain.ports import UnitOfWork
from service.usecases.crm.keep_coefficients import forms_of_today, midnight_of
from service.usecases.services import Services

LEADS_A_DAY = 500


def assign_lead(tx: UnitOfWork, services: Services, tenant_id: str, alert: Alert, effect: Effect) -> Effect:
    """The assignment with its reasons in `data`; addressed to nobody where no rep is known."""
    lead = dict(effect.data.get("lead", {}))
    industry = as_text(lead.get("industry"))
    day, midnight = midnight_of(tx, services, tenant_id)
    given = _assigned_today(tx, tenant_id, midnight)
    ranked = rank([
        form.record(industry, today=given.get(form.person, 0) + _told_today(tx, tenant_id, form.person, midnight))
        for form in forms_of_today(tx, services, tenant_id)
    ])  # fmt: skip
    heat = heat_of(lead, known_industry=any(each.record.cases for each in ranked))
    without = (alert.owner_id or str(effect.data.get("had", ""))) if effect.data.get("again") else ""
    hot_from, top = float(effect.data["hot_from"]), int(effect.data["top"])
    chosen = choose(ranked, heat=heat, hot_from=hot_from, top=top, without=without)
    data: dict[str, Any] = {
        "lead": lead,
        "heat": heat,
        "hot": heat >= hot_from,
        "assigned_to": chosen.record.person if chosen else "",
        "coefficients_of": day,
        "ranking": [_row(each) for each in ranked[:5]],
    }
    if chosen is None:
        return replace(effect, data=data)
    budget = shown(lead.get("budget"))
    text = (
        f"线索“{alert.subject_id}”派给您：热度{heat:.0f}分（行业{shown(industry or None)}，预算{budget}，"
        f"紧急度{shown(lead.get('urgency'))}），您的系数{chosen.coefficient:.2f}。请在15分钟内确认。"
    )
    to = ({"role": "owner", "person": chosen.record.person},)
    return replace(effect, recipients=to, title="新线索", text=text, data=data)


def _told_today(tx: UnitOfWork, tenant_id: str, person: str, midnight: datetime) -> int:
    """Leads that the CRM has said it gave to a rep since midnight."""
    facts = tx.playbooks.links.facts(tenant_id, ("person", person), types=("lead.assigned",), newest=LEADS_A_DAY)
    return sum(fact.at > midnight for fact in facts)


def _assigned_today(tx: UnitOfWork, tenant_id: str, midnight: datetime) -> dict[str, int]:
    """Leads that were given out since midnight and of which the CRM has not told us yet."""
    counts: dict[str, int] = {}
    for alert in tx.playbooks.alerts.between(tenant_id, midnight, datetime.max.replace(tzinfo=UTC)):
        for decision in tx.playbooks.decisions.of_alert(tenant_id, alert.id):
            if decision.kind == "assign_lead":
                person = str(decision.data.get("assigned_to", ""))
                counts[person] = counts.get(person, 0) + 1
    return counts


def _row(each: Ranked) -> dict[str, Any]:
    record = each.record
    return {"person": record.person, "coefficient": each.coefficient, "wins": record.wins, "cases": record.cases,
            "response_minutes": record.response_minutes, "today": record.today}  # fmt: skip
