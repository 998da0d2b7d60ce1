"""What people do about alerts and decisions: look, act, hand over, approve; each move is kept with who made it."""

from dataclasses import replace

from service.domain.errors import Conflict, NotFound
from service.domain.playbooks.alerts import Alert, Decision, acknowledge, act, hand_over
from service.domain.ports import UnitOfWork
from service.usecases.playbooks.raise_alerts import Raising
from service.usecases.services import Services


def find_alert(tx: UnitOfWork, tenant_id: str, alert_id: str) -> Alert:
    """The alert, or NotFound."""
    alert = tx.playbooks.alerts.get(tenant_id, alert_id)
    if alert is None:
        raise NotFound("there is no such alert", code="alert_not_found")
    return alert


def acknowledge_alert(tx: UnitOfWork, services: Services, *, tenant_id: str, alert_id: str, who: str) -> Alert:
    """The alert, marked as seen; its clock runs on."""
    alert = acknowledge(_open(tx, tenant_id, alert_id), who=who, now=services.clock.now())
    tx.playbooks.alerts.update(alert)
    return alert


def act_on_alert(
    tx: UnitOfWork, services: Services, *, tenant_id: str, alert_id: str, who: str, note: str = ""
) -> Alert:
    """The alert, dealt with; its clock stops and the decisions that stood for it alone end."""
    now = services.clock.now()
    alert = act(_open(tx, tenant_id, alert_id), who=who, now=now, note=note)
    tx.playbooks.alerts.update(alert)
    raising = Raising(tx, services, tenant_id, now)
    raising.close(alert)
    raising.tell()
    return alert


def hand_over_alert(tx: UnitOfWork, services: Services, *, tenant_id: str, alert_id: str, to: str, who: str) -> Alert:
    """The alert, now somebody else's."""
    alert = hand_over(_open(tx, tenant_id, alert_id), to=to, who=who, now=services.clock.now())
    tx.playbooks.alerts.update(alert)
    return alert


def _open(tx: UnitOfWork, tenant_id: str, alert_id: str) -> Alert:
    alert = find_alert(tx, tenant_id, alert_id)
    if not alert.is_open:
        raise Conflict(f"this alert is {alert.state}: nobody has to act on it", code="alert_closed", state=alert.state)
    return alert


def find_decision(tx: UnitOfWork, tenant_id: str, decision_id: str) -> Decision:
    """The decision, or NotFound."""
    decision = tx.playbooks.decisions.get(tenant_id, decision_id)
    if decision is None:
        raise NotFound("there is no such decision", code="decision_not_found")
    return decision


def end_decision(
    tx: UnitOfWork, services: Services, *, tenant_id: str, decision_id: str, who: str, reason: str
) -> Decision:
    """The decision, ended by a person: a lock approved, a freeze lifted, a deal taken out of the pool.

    Raises:
        Conflict: it has ended already (`decision_ended`), or whoever asks owns what is locked (`second_person_needed`).
    """
    decision = find_decision(tx, tenant_id, decision_id)
    if decision.ended_at is not None:
        raise Conflict("this decision has ended already", code="decision_ended")
    alert = tx.playbooks.alerts.get(tenant_id, decision.alert_id)
    if decision.kind == "lock" and alert is not None and alert.owner_id and alert.owner_id == who:
        raise Conflict("a lock needs a second person: its owner cannot approve it", code="second_person_needed")
    ended = replace(decision, ended_at=services.clock.now(), ended_by=who, reason=reason)
    tx.playbooks.decisions.update(ended)
    if alert is not None:
        raising = Raising(tx, services, tenant_id, services.clock.now())
        raising.tell_ended(alert, ended)
        raising.tell()
    return ended
