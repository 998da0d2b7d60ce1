"""Alerts and decisions: what a rule said to whom, what was decided, who has acted, and what the clock does next.

Invariant: state moves only raised → acknowledged | handed_over → acted | expired, or → withdrawn when a late event
shows that there was no case; the clock stops when somebody acts, not when somebody looks. What an experimental rule
finds is `logged` and goes no further.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Literal, get_args

AlertState = Literal["raised", "acknowledged", "handed_over", "acted", "expired", "withdrawn", "logged"]
ALERT_STATES: tuple[AlertState, ...] = get_args(AlertState)
OPEN: frozenset[AlertState] = frozenset({"raised", "acknowledged", "handed_over"})
DecisionKind = Literal["move_to_pool", "freeze_stage", "lock", "tag", "publish_score", "assign_lead"]
DECISIONS: frozenset[str] = frozenset({"move_to_pool", "freeze_stage", "lock", "tag", "publish_score", "assign_lead"})
ENDS_WITH_ITS_CASE: frozenset[str] = frozenset({"freeze_stage", "tag"})
FORGOTTEN_AFTER = timedelta(days=7)  # an alert that nobody acted on is closed this long after its last step
ENOUGH = 3  # below this many values a median is no number


@dataclass(frozen=True, slots=True)
class Alert:
    """One firing of one rule for one subject; `cause` is a digest, unique for rule and subject.

    `at` is when it became true, `raised_at` when people were told. `steps` are the clock's next steps with everything
    they say, put into words when the alert was raised; `step` counts those done, `due_at` is when the next one comes.
    `log` says who did what when, the oldest first.
    """

    id: str
    tenant_id: str
    rule_id: str
    rule_version: str
    subject_kind: str
    subject_id: str
    cause: str
    severity: str
    title: str
    text: str
    at: datetime
    raised_at: datetime
    state: AlertState = "raised"
    owner_id: str = ""
    account_id: str = ""
    opportunity_id: str = ""
    handed_to: str = ""
    trial: bool = False
    recipients: list[dict[str, str]] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    step: int = 0
    due_at: datetime | None = None
    respond_by: datetime | None = None
    first_action_at: datetime | None = None
    closed_at: datetime | None = None
    log: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state in OPEN

    @property
    def time_to_first_action(self) -> timedelta | None:
        """How long people took; None while nobody has acted."""
        return None if self.first_action_at is None else self.first_action_at - self.raised_at


@dataclass(frozen=True, slots=True)
class Decision:
    """Something this service decided about a subject, which the CRM enforces; it stands until it is ended."""

    id: str
    tenant_id: str
    alert_id: str
    rule_id: str
    kind: DecisionKind
    subject_kind: str
    subject_id: str
    data: dict[str, Any]
    made_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    reason: str = ""


def acknowledge(alert: Alert, *, who: str, now: datetime) -> Alert:
    """The alert, seen by somebody; its clock runs on. Nothing changes for one that is closed or already seen."""
    if alert.state != "raised":
        return alert
    return replace(alert, state="acknowledged", log=_noted(alert, now, who, "acknowledged"))


def hand_over(alert: Alert, *, to: str, who: str, now: datetime) -> Alert:
    """The alert, now somebody else's; that counts as a first action, and the clock runs on for the new person."""
    if not alert.is_open:
        return alert
    return replace(
        alert,
        state="handed_over",
        handed_to=to,
        first_action_at=alert.first_action_at or now,
        log=_noted(alert, now, who, "handed_over", to),
    )


def act(alert: Alert, *, who: str, now: datetime, note: str = "") -> Alert:
    """The alert, dealt with: its clock stops."""
    if not alert.is_open:
        return alert
    return replace(
        alert,
        state="acted",
        first_action_at=alert.first_action_at or now,
        closed_at=now,
        due_at=None,
        log=_noted(alert, now, who, "acted", note),
    )


def withdraw(alert: Alert, *, now: datetime) -> Alert:
    """The alert, taken back because an event that came late shows that there was no case."""
    return replace(alert, state="withdrawn", closed_at=now, due_at=None, log=_noted(alert, now, "", "withdrawn"))


def take_step(alert: Alert, *, now: datetime) -> tuple[Alert, Mapping[str, Any] | None]:
    """The alert after the moment `due_at`, and the step that came due; None with an expired alert when none is left."""
    if alert.step >= len(alert.steps):
        expired = replace(alert, state="expired", due_at=None, closed_at=now, log=_noted(alert, now, "", "expired"))
        return expired, None
    step = alert.steps[alert.step]
    following = alert.step + 1
    due_at = (
        datetime.fromisoformat(alert.steps[following]["due_at"])
        if following < len(alert.steps)
        else (alert.due_at or now) + FORGOTTEN_AFTER
    )
    noted = _noted(alert, now, "", "escalated", str(following))
    return replace(alert, step=following, due_at=due_at, log=noted), step


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """How alerts were answered: counts by state, and the median hours to the first action (None under three)."""

    total: int
    by_state: Mapping[str, int]
    median_hours: float | None
    acted: int
    in_time: int


def alert_figures(alerts: Sequence[Alert]) -> AlertFigures:
    """Figures over alerts that were not withdrawn; those that were are counted by state alone."""
    by_state: dict[str, int] = {state: sum(alert.state == state for alert in alerts) for state in ALERT_STATES}
    taken = [(alert, waited) for alert in alerts if (waited := alert.time_to_first_action) is not None]
    hours = [waited / timedelta(hours=1) for _, waited in taken]
    in_time = sum(alert.respond_by is None or alert.raised_at + waited <= alert.respond_by for alert, waited in taken)
    middle = round(median(hours), 2) if len(hours) >= ENOUGH else None
    return AlertFigures(len(alerts), by_state, middle, len(taken), in_time)


def _noted(alert: Alert, now: datetime, who: str, what: str, note: str = "") -> list[dict[str, str]]:
    return [*alert.log, {"at": now.isoformat(), "who": who, "what": what, "note": note}]
