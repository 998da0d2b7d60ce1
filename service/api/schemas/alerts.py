"""Bodies of alerts and decisions."""

from typing import Any

from service.api.rendering import instant
from service.api.schemas.base import In, Key, Label, Out
from service.domain.playbooks.alerts import Alert, AlertFigures, Decision


class AlertMoveIn(In):
    """Who does something about an alert (the key itself when nobody is named), and a note."""

    who: Key | None = None
    note: Label = ""


class HandOverIn(In):
    """To whom an alert goes."""

    to: Key
    who: Key | None = None


class DecisionEndIn(In):
    """Who ends a decision, and why; a lock is ended by a second person."""

    who: Key | None = None
    reason: Label = ""


class AlertOut(Out):
    """One alert."""

    id: str
    rule: str
    rule_version: str
    state: str
    severity: str
    title: str
    text: str
    subject: dict[str, str]
    owner_id: str
    account_id: str
    opportunity_id: str
    handed_to: str
    trial: bool
    at: str
    raised_at: str
    respond_by: str | None
    next_step_at: str | None
    first_action_at: str | None
    time_to_first_action_s: int | None
    closed_at: str | None
    recipients: list[dict[str, str]]
    links: dict[str, str]
    evidence: list[dict[str, Any]]
    log: list[dict[str, str]]

    @classmethod
    def of(cls, alert: Alert) -> "AlertOut":
        """From the row."""
        waited = alert.time_to_first_action
        return cls(
            id=alert.id,
            rule=alert.rule_id,
            rule_version=alert.rule_version,
            state=alert.state,
            severity=alert.severity,
            title=alert.title,
            text=alert.text,
            subject={"kind": alert.subject_kind, "id": alert.subject_id},
            owner_id=alert.owner_id,
            account_id=alert.account_id,
            opportunity_id=alert.opportunity_id,
            handed_to=alert.handed_to,
            trial=alert.trial,
            at=instant(alert.at),
            raised_at=instant(alert.raised_at),
            respond_by=alert.respond_by and instant(alert.respond_by),
            next_step_at=alert.due_at and instant(alert.due_at),
            first_action_at=alert.first_action_at and instant(alert.first_action_at),
            time_to_first_action_s=None if waited is None else int(waited.total_seconds()),
            closed_at=alert.closed_at and instant(alert.closed_at),
            recipients=alert.recipients,
            links=alert.links,
            evidence=alert.evidence,
            log=alert.log,
        )


class AlertPageOut(Out):
    """One page of alerts, the newest first."""

    items: list[AlertOut]
    next_cursor: str | None


class AlertFiguresOut(Out):
    """How alerts were answered; the median is null under three values."""

    total: int
    by_state: dict[str, int]
    first_actions: int
    in_time: int
    median_hours_to_first_action: float | None

    @classmethod
    def of(cls, figures: AlertFigures) -> "AlertFiguresOut":
        """From the figures."""
        return cls(
            total=figures.total,
            by_state=dict(figures.by_state),
            first_actions=figures.acted,
            in_time=figures.in_time,
            median_hours_to_first_action=figures.median_hours,
        )


class DecisionOut(Out):
    """One decision: what the CRM is to enforce, since when, until when."""

    id: str
    kind: str
    subject: dict[str, str]
    data: dict[str, Any]
    alert_id: str
    rule: str
    made_at: str
    ended_at: str | None
    ended_by: str
    reason: str

    @classmethod
    def of(cls, decision: Decision) -> "DecisionOut":
        """From the row."""
        return cls(
            id=decision.id,
            kind=decision.kind,
            subject={"kind": decision.subject_kind, "id": decision.subject_id},
            data=decision.data,
            alert_id=decision.alert_id,
            rule=decision.rule_id,
            made_at=instant(decision.made_at),
            ended_at=decision.ended_at and instant(decision.ended_at),
            ended_by=decision.ended_by,
            reason=decision.reason,
        )


class DecisionPageOut(Out):
    """One page of decisions, the newest first."""

    items: list[DecisionOut]
    next_cursor: str | None
