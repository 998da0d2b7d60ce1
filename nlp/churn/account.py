"""How likely an account is to be lost within a month: visits and process facts, each point of it readable.

Invariant: every measure is in [0, 1]; a measure that cannot be known yet takes the average account's value and moves
nothing; reasons name the visit or event that shows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.classify.artefact import load_artefact
from nlp.types import RiskLevel

Floats = NDArray[np.float64]
TITLES: dict[str, str] = {
    "silence": "很久没有联系",
    "rhythm": "联系间隔比平时长",
    "last_risk": "上次拜访流失风险高",
    "worst_risk": "最近三次拜访里有高风险",
    "rising": "风险比以前升高",
    "open_objections": "异议没有得到回应",
    "no_next_step": "上次拜访没有约定下一步",
    "overdue": "答应的事过期未办",
    "rescheduled": "近一个月会面改期",
    "contact_lost": "关键联系人离开",
    "stalled": "停在当前阶段过久",
    "new": "拜访还很少",
}
NAMES = tuple(TITLES)
HORIZON = timedelta(days=30)
"""A warning is about being lost within this time."""
LONG_SILENCE_DAYS, RESCHEDULE_DAYS, CONTACT_DAYS = 60.0, 30.0, 90.0
SMALLEST_MOVE, MOST_REASONS = 0.05, 5


@dataclass(frozen=True, slots=True)
class VisitPoint:
    """What one visit left behind: its risk in [0, 1], and whether a dated next step was agreed."""

    id: str
    at: datetime
    risk: float
    next_step: bool


@dataclass(frozen=True, slots=True)
class ProcessPoint:
    """Something that happened to the account: its moment and the event that told of it."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """Everything known of an account; lists in any order, what lies after `now` is not looked at.

    Args:
        visits: held visits.
        open_objections: standing objections as (visit id, when raised).
        overdue: promises past their day, as (visit id, due day).
        rescheduled: meetings put off.
        contacts_lost: key people who left.
        stage_since: the event and moment of entering the current stage; None where no CRM tells.
        usual_stage_days: what deals usually spend in that stage; None where unknown.
    """

    visits: Sequence[VisitPoint]
    open_objections: Sequence[ProcessPoint] = ()
    overdue: Sequence[ProcessPoint] = ()
    rescheduled: Sequence[ProcessPoint] = ()
    contacts_lost: Sequence[ProcessPoint] = ()
    stage_since: ProcessPoint | None = None
    usual_stage_days: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A measure's value, and the visit or event that shows it best; None where it cannot be known."""

    value: float | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class RiskReason:
    """What moved the account away from the average one; `weight` in log-odds, `source` a visit or event id."""

    name: str
    text: str
    weight: float
    source: str


@dataclass(frozen=True, slots=True)
class AccountRisk:
    """Probability of being lost within `HORIZON`, the level, and why."""

    level: RiskLevel
    probability: float
    because: tuple[RiskReason, ...]
    model: str


def account_measures(history: AccountHistory, *, now: datetime) -> dict[str, Shown]:
    """All measures of an account at a moment, by name; those without data have no value."""
    visits = sorted((visit for visit in history.visits if visit.at <= now), key=lambda visit: visit.at)
    return {
        **_contact(visits, now),
        **_talk(visits),
        "open_objections": _count(history.open_objections, 3, now, None),
        "overdue": _count(history.overdue, 2, now, None),
        "rescheduled": _count(history.rescheduled, 3, now, RESCHEDULE_DAYS),
        "contact_lost": _count(history.contacts_lost, 1, now, CONTACT_DAYS),
        "stalled": _stalled(history, now),
        "new": Shown(1.0 / (1.0 + len(visits))),
    }


def _contact(visits: Sequence[VisitPoint], now: datetime) -> dict[str, Shown]:
    if not visits:
        return {"silence": Shown(None), "rhythm": Shown(None)}
    since = _days(visits[-1].at, now)
    gaps = [_days(one.at, other.at) for one, other in pairwise(visits)]
    usual = float(np.median(gaps)) if len(gaps) > 1 else 0.0
    rhythm = min(1.0, since / (3.0 * max(usual, 1.0))) if len(gaps) > 1 else None
    return {
        "silence": Shown(min(1.0, since / LONG_SILENCE_DAYS), visits[-1].id),
        "rhythm": Shown(rhythm, visits[-1].id),
    }


def _talk(visits: Sequence[VisitPoint]) -> dict[str, Shown]:
    if not visits:
        return {name: Shown(None) for name in ("last_risk", "worst_risk", "rising", "no_next_step")}
    last, earlier = visits[-1], visits[:-1]
    worst = max(visits[-3:], key=lambda visit: visit.risk)
    before = sum(visit.risk for visit in earlier[-3:]) / len(earlier[-3:]) if earlier else last.risk
    return {
        "last_risk": Shown(last.risk, last.id),
        "worst_risk": Shown(worst.risk, worst.id),
        "rising": Shown(max(0.0, last.risk - before), last.id),
        "no_next_step": Shown(0.0 if last.next_step else 1.0, last.id),
    }


def _count(points: Sequence[ProcessPoint], many: int, now: datetime, within_days: float | None) -> Shown:
    """How many of `points` count now, as a share of `many`; the latest shows them."""
    held = [p for p in points if p.at <= now and (within_days is None or _days(p.at, now) <= within_days)]
    return Shown(min(1.0, len(held) / many), max(held, key=lambda point: point.at).id if held else "")


def _stalled(history: AccountHistory, now: datetime) -> Shown:
    since, usual = history.stage_since, history.usual_stage_days
    if since is None or usual is None or since.at > now:
        return Shown(None)
    return Shown(min(1.0, _days(since.at, now) / (2.0 * max(usual, 1.0))), since.id)


def _days(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds() / 86_400)


class AccountRiskModel:
    """One logistic scale over the measures."""

    def __init__(self, version: str, weights: Mapping[str, object]) -> None:
        self.version = version
        self._weights = np.asarray(weights["weights"], dtype=np.float64)
        self._bias = float(weights["bias"])  # type: ignore[arg-type]
        self._centre = np.asarray(weights["centre"], dtype=np.float64)
        self._cuts = np.asarray(weights["cuts"], dtype=np.float64)
        self.simulated = bool(weights["simulated"])

    @classmethod
    def load(cls, directory: Path) -> "AccountRiskModel":
        """Reads a model directory, checking every file.

        Args:
            directory: `models/accounts` or one trained like it.

        Raises:
            ModelMissing: the directory holds no complete model.
            ModelRefused: a file is not the one the manifest describes.
        """
        artefact = load_artefact(directory)
        return cls(artefact.version, artefact.json("weights.json"))

    def row(self, found: Mapping[str, Shown]) -> Floats:
        """Measures as numbers [names]; the average account's where one is unknown."""
        return row_of(found, self._centre)

    def assess(self, history: AccountHistory, *, now: datetime) -> AccountRisk:
        """The risk at a moment; an account that nobody has visited is as risky as the average one."""
        found = account_measures(history, now=now)
        values = self.row(found)
        probability = float(1.0 / (1.0 + np.exp(-(self._weights @ values + self._bias))))
        level: RiskLevel = (
            "low" if probability < self._cuts[0] else "high" if probability >= self._cuts[1] else "medium"
        )
        return AccountRisk(level, probability, self._reasons(found, values, raising=level != "low"), self.version)

    def _reasons(self, found: Mapping[str, Shown], values: Floats, *, raising: bool) -> tuple[RiskReason, ...]:
        """What moved this account away from the average, strongest first, only in the direction of its level."""
        moved = self._weights * (values - self._centre)
        reasons = []
        for at in np.argsort(-moved if raising else moved)[:MOST_REASONS]:
            if bool(moved[at] > 0) != raising or abs(moved[at]) < SMALLEST_MOVE:
                continue
            name = NAMES[at]
            text = TITLES[name] if values[at] >= self._centre[at] else f"不是：{TITLES[name]}"
            reasons.append(RiskReason(name, text, round(float(moved[at]), 3), found[name].source))
        return tuple(reasons)


def row_of(found: Mapping[str, Shown], centre: Floats) -> Floats:
    """Measures as numbers [names], `centre` where one is unknown."""
    return np.asarray([centre[k] if (value := found[name].value) is None else value for k, name in enumerate(NAMES)])
