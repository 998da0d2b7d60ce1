"""How long deals stay in each stage and where they die, read off the CRM's stage changes.

Survival is Kaplan and Meier's estimate (1958) with Greenwood's variance on the log-log scale; deals that are still in
the stage count for as long as they were watched. Invariant: fewer than three deals give no figure.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from service.domain.crm.events import CrmEvent

STAGE, STATUS = "stage", "status"
LOST = frozenset({"lost", "closed_lost", "丢单", "输单", "已流失", "流失"})
WON = frozenset({"won", "closed_won", "赢单", "成交", "已签约"})
FEWEST = 3
Z = 1.96


@dataclass(frozen=True, slots=True)
class StageStay:
    """One deal's time in one stage; `left_at` None while it is there, `lost` where it died there.

    `event_id` is the event by which it entered, `ended_by` the one by which it left.
    """

    opportunity_id: str
    stage: str
    entered_at: datetime
    left_at: datetime | None
    lost: bool
    watched_until: datetime
    event_id: str
    ended_by: str = ""

    @property
    def days(self) -> float:
        """How long it stayed, or has stayed so far."""
        return ((self.left_at or self.watched_until) - self.entered_at).total_seconds() / 86_400


@dataclass(frozen=True, slots=True)
class DayOfStage:
    """One day of a stage: deals at risk, deals lost on it, and the share of deals that is still alive after it."""

    day: int
    at_risk: int
    lost: int
    alive: float
    alive_low: float
    alive_high: float
    opportunities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageSurvival:
    """A stage's curve; `insufficient` where fewer than three deals were seen in it. `deadliest` is the worst day."""

    stage: str
    deals: int
    lost: int
    median_days: float | None
    days: tuple[DayOfStage, ...]
    deadliest: DayOfStage | None
    insufficient: bool


def stays_of(events: Iterable[CrmEvent], *, until: datetime) -> list[StageStay]:
    """Every stay of every opportunity, in the order it began.

    Args:
        events: of opportunities, in any order; those after `until` are not looked at.
        until: how long anybody watched.
    """
    open_stays: dict[str, StageStay] = {}
    done: list[StageStay] = []
    for event in sorted((e for e in events if e.kind == "opportunity"), key=lambda event: event.order):
        if event.occurred_at > until:
            break
        standing = open_stays.get(event.entity_id)
        ended = str(event.data.get(STATUS, "")) or str(event.data.get(STAGE, ""))
        if ended.lower() in LOST | WON:
            if standing is not None:
                done.append(_ended(standing, event, lost=ended.lower() in LOST))
                del open_stays[event.entity_id]
            continue
        stage = event.data.get(STAGE)
        if not isinstance(stage, str) or not stage or (standing is not None and standing.stage == stage):
            continue
        if standing is not None:
            done.append(_ended(standing, event, lost=False))
        open_stays[event.entity_id] = StageStay(event.entity_id, stage, event.occurred_at, None, False, until, event.id)
    return sorted([*done, *open_stays.values()], key=lambda stay: (stay.entered_at, stay.opportunity_id))


def usual_days(stays: Sequence[StageStay], stage: str) -> float | None:
    """The median stay of deals that left the stage alive; None for fewer than three."""
    finished = [stay.days for stay in stays if stay.stage == stage and stay.left_at is not None and not stay.lost]
    return median(finished) if len(finished) >= FEWEST else None


def survival(stays: Sequence[StageStay], stage: str) -> StageSurvival:
    """Where in the stage deals die: only a loss counts as death, moving on ends the watching."""
    own = [stay for stay in stays if stay.stage == stage]
    lost = [stay for stay in own if stay.lost]
    if len(own) < FEWEST:
        return StageSurvival(stage, len(own), len(lost), None, (), None, insufficient=True)
    days: list[DayOfStage] = []
    alive, spread = 1.0, 0.0
    for day in sorted({_day(stay) for stay in lost}):
        at_risk = sum(1 for stay in own if _day(stay) >= day)
        gone = [stay for stay in lost if _day(stay) == day]
        alive *= 1.0 - len(gone) / at_risk
        if at_risk > len(gone):
            spread += len(gone) / (at_risk * (at_risk - len(gone)))
        low, high = _interval(alive, spread)
        names = tuple(stay.opportunity_id for stay in gone)
        days.append(DayOfStage(day, at_risk, len(gone), alive, low, high, names))
    worth_naming = [day for day in days if day.at_risk >= FEWEST]
    worst = max(worth_naming, key=lambda day: (day.lost / day.at_risk, day.at_risk), default=None)
    return StageSurvival(stage, len(own), len(lost), usual_days(own, stage), tuple(days), worst, insufficient=False)


def _ended(stay: StageStay, event: CrmEvent, *, lost: bool) -> StageStay:
    return StageStay(
        stay.opportunity_id,
        stay.stage,
        stay.entered_at,
        event.occurred_at,
        lost,
        stay.watched_until,
        stay.event_id,
        event.id,
    )


def _day(stay: StageStay) -> int:
    """The first day of a stage is day 1."""
    return int(stay.days) + 1


def _interval(alive: float, spread: float) -> tuple[float, float]:
    if not 0.0 < alive < 1.0:
        return alive, alive
    step = Z * math.sqrt(spread) / abs(math.log(alive))
    return alive ** math.exp(step), alive ** math.exp(-step)
