"""Additive scores: a base, and for each rule how often it held, what it cost, and which events or gaps say so.

Invariant: the value is the base plus the points of its lines, cut at floor and ceiling; no line without a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.content.health_cards import (
    Band,
    Happened,
    HealthCard,
    LateNode,
    MissingNode,
    ScoreRule,
    Silence,
    Skipped,
    StaleField,
)
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.processes import NodeState, ProcessState, StageState
from service.domain.crm.selecting import matches


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One rule that held: how many times, what it cost, why, and by which events.

    `reason` says it in Chinese for the person who opens the score; a gap has no event, so `since` says from when.
    """

    rule: ScoreRule
    times: int
    points: float
    reason: str
    because: tuple[str, ...]
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A value, the band it falls into, and every line behind it."""

    card: HealthCard
    subject: str
    value: float
    band: Band
    lines: tuple[ScoreLine, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class _Hit:
    times: int
    reason: str
    because: tuple[str, ...] = ()
    since: datetime | None = None


def score(
    card: HealthCard, state: ProcessState, opportunity: Entity, events: Sequence[CrmEvent], *, now: datetime
) -> Score:
    """The opportunity's score at `now`.

    Args:
        events: the opportunity's own and those that name it, up to `now`.
    """
    lines: list[ScoreLine] = []
    for rule in card.rules:
        hit = _hit(rule, state, opportunity, events, now)
        times = min(hit.times, rule.at_most) if hit else 0
        if hit and times > 0:
            lines.append(ScoreLine(rule, times, rule.points * times, hit.reason, hit.because, hit.since))
    value = min(max(card.base + sum(line.points for line in lines), card.floor), card.ceiling)
    return Score(card, opportunity.id, value, card.band(value), tuple(lines), now)


def _hit(
    rule: ScoreRule, state: ProcessState, opportunity: Entity, events: Sequence[CrmEvent], now: datetime
) -> _Hit | None:
    when = rule.when
    if isinstance(when, LateNode | MissingNode):
        found = state.node(when.node)
        if found is None or found[0].entered_at is None:
            return None
        return _late(found[0], found[1]) if isinstance(when, LateNode) else _missing(found[0], found[1])
    if isinstance(when, StaleField):
        return _stale(when, opportunity, now)
    if isinstance(when, Silence):
        return _silent(when, events, now)
    if isinstance(when, Happened):
        return _happened(when, events, now)
    return _skipped(when, state)


def _late(stage: StageState, node: NodeState) -> _Hit | None:
    if not node.late_days or node.due_at is None:
        return None
    still = "" if node.is_met else "，至今未交"
    because = (*node.evidence, *_entry(stage))
    return _Hit(node.late_days, f"{node.node.title}晚了{node.late_days}天{still}", because, node.due_at)


def _missing(stage: StageState, node: NodeState) -> _Hit | None:
    if not node.missing:
        return None
    reason = f"{node.node.title}还差{node.missing}份（应有{node.node.count}份）"
    return _Hit(node.missing, reason, (*node.evidence, *_entry(stage)), stage.entered_at)


def _stale(when: StaleField, opportunity: Entity, now: datetime) -> _Hit | None:
    field = opportunity.fields.get(when.field)
    if field is None:
        return _Hit(1, f"从未填写{when.field}", (), opportunity.last_event_at)
    if now - field.changed_at <= when.older_than:
        return None
    days = (now - field.changed_at).days
    return _Hit(1, f"{when.field}已有{days}天没有变化", (field.event_id,), field.changed_at)


def _silent(when: Silence, events: Sequence[CrmEvent], now: datetime) -> _Hit | None:
    heard = [event for event in events if when.of is None or matches(when.of, event)]
    last = max(heard, key=lambda event: event.order, default=None)
    if last is not None and now - last.occurred_at <= when.longer_than:
        return None
    if last is None:
        return _Hit(1, "从未有过记录")
    return _Hit(1, f"已有{(now - last.occurred_at).days}天没有动静", (last.id,), last.occurred_at)


def _happened(when: Happened, events: Sequence[CrmEvent], now: datetime) -> _Hit | None:
    found = [
        event
        for event in events
        if matches(when.match, event) and (when.within is None or now - event.occurred_at <= when.within)
    ]
    return _Hit(len(found), f"发生{len(found)}次", tuple(event.id for event in found)) if found else None


def _skipped(when: Skipped, state: ProcessState) -> _Hit | None:
    del when  # it has nothing to say beyond its name
    if not state.skips:
        return None
    reason = "；".join(f"缺{len(skip.missing)}项就进入{_title(state, skip.stage)}" for skip in state.skips)
    return _Hit(len(state.skips), reason, tuple(skip.event_id for skip in state.skips))


def _title(state: ProcessState, stage_id: str) -> str:
    return next(stage.stage.title for stage in state.stages if stage.stage.id == stage_id)


def _entry(stage: StageState) -> tuple[str, ...]:
    return () if stage.entered_by is None else (stage.entered_by,)
