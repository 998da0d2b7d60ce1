"""Runs a rule along a subject's timeline: when it fires, when what it asked for was done, when to look again.

Invariant: for the same facts the outcome is the same, whether they are run through at once or piece by piece; a rule
fires once for one cause. Facts that arrive late are answered by running the whole timeline again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from service.domain.playbooks.hours import next_scheduled
from service.domain.playbooks.judging import Verdict, judge
from service.domain.playbooks.rules import Rule, RuleFailed
from service.domain.playbooks.timeline import Timeline
from service.domain.playbooks.values import local_date

CAUSES_KEPT = 200


@dataclass(slots=True)
class Memory:
    """What a rule remembers of one subject between two looks.

    `fired` holds its causes with their moments, `open` those whose clock still runs; `spell` is since when the
    condition has held without a break; `due` is when to look again though nothing happens.
    """

    fired: dict[str, datetime] = field(default_factory=dict)
    open: dict[str, datetime] = field(default_factory=dict)
    spell: datetime | None = None
    last: datetime | None = None
    due: datetime | None = None
    seen: datetime | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule found its case: `cause` makes it one of a kind for its rule and subject."""

    rule: Rule
    cause: str
    verdict: Verdict

    @property
    def at(self) -> datetime:
        """The moment at which it became true."""
        return self.verdict.at


@dataclass(frozen=True, slots=True)
class Done:
    """What a firing asked for has happened."""

    rule: Rule
    cause: str
    at: datetime


@dataclass(slots=True)
class Ran:
    """What one run led to, in the order it happened."""

    firings: list[Firing] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)


def run_rule(rule: Rule, timeline: Timeline, memory: Memory, *, until: datetime) -> Ran:
    """Everything that the rule says of the subject after `memory.seen` and up to `until`; `memory` moves along.

    A fresh memory starts with the first fact, or when this version of the rule came into force.
    """
    ran = Ran()
    moments = _moments(rule, timeline, memory, until)
    position = 0
    if memory.seen is None and memory.due is None and moments and rule.book.every is not None:
        memory.due = next_scheduled(rule.book.every, moments[0], rule.office)
    while True:
        upcoming = moments[position] if position < len(moments) else None
        due = memory.due if memory.due is not None and memory.due <= until else None
        moment = min((each for each in (upcoming, due) if each is not None), default=None)
        if moment is None:
            return ran
        while position < len(moments) and moments[position] <= moment:
            position += 1
        _step(rule, timeline, memory, moment, ran, is_due=moment == due)


def _moments(rule: Rule, timeline: Timeline, memory: Memory, until: datetime) -> list[datetime]:
    """The distinct moments of facts that may change the verdict."""
    start = memory.seen
    found = timeline.moments_naming(rule.types, rule.fields, after=start, until=until)
    first = timeline.first_at
    if start is None and first is not None and rule.waits:
        found.add(first)  # an absence counts from the first that was heard of the subject
    if rule.since is not None and first is not None and (start is None or start < rule.since):
        found = {moment for moment in found if moment >= rule.since}
        if first <= rule.since <= until and (start is None or start < rule.since):
            found.add(rule.since)
    return sorted(found)


def _step(rule: Rule, timeline: Timeline, memory: Memory, at: datetime, ran: Ran, *, is_due: bool) -> None:
    memory.seen = at
    every = rule.book.every
    scheduled = every is None or (is_due and next_scheduled(every, at - timedelta(microseconds=1), rule.office) == at)
    try:
        verdict = judge(rule, timeline, at)
    except RuleFailed as failure:
        memory.failed = str(failure)
        memory.due = None if every is None else next_scheduled(every, at, rule.office)
        return
    later = [verdict.next_at] if every is None and verdict.next_at is not None else []
    if every is not None:
        later.append(next_scheduled(every, at, rule.office))
    if verdict.done and memory.open:
        ran.done.extend(Done(rule, cause, at) for cause in memory.open)
        memory.open = {}
    if scheduled:
        rest = _fire_if_new(rule, verdict, memory, ran)
        if rest is not None:
            later.append(rest)
    memory.due = min(later, default=None)


def _fire_if_new(rule: Rule, verdict: Verdict, memory: Memory, ran: Ran) -> datetime | None:
    """Fire for a cause that is new; otherwise the moment at which the cool-down ends, if that is what stands in the
    way."""
    if not verdict.holds:
        memory.spell = None
        return None
    if memory.spell is None:
        memory.spell = verdict.at
    cause = verdict.cause or f"since {memory.spell.isoformat()}"
    if rule.book.every is not None and not rule.book.cause:
        cause = f"{cause}@{local_date(verdict.at).isoformat()}"
    if cause in memory.fired:
        return None
    if memory.last is not None and rule.book.cooldown is not None and verdict.at < memory.last + rule.book.cooldown:
        return memory.last + rule.book.cooldown
    memory.fired[cause] = memory.last = verdict.at
    if len(memory.fired) > CAUSES_KEPT:
        del memory.fired[next(iter(memory.fired))]
    if rule.book.clock is not None:
        memory.open[cause] = verdict.at
    ran.firings.append(Firing(rule, cause, verdict))
    return None


def memory_to_json(memory: Memory) -> dict[str, Any]:
    """The memory as a row keeps it."""
    plain: dict[str, Any] = {
        "fired": {cause: at.isoformat() for cause, at in memory.fired.items()},
        "open": {cause: at.isoformat() for cause, at in memory.open.items()},
    }
    for name in ("spell", "last", "due", "seen"):
        moment: datetime | None = getattr(memory, name)
        if moment is not None:
            plain[name] = moment.isoformat()
    return plain


def memory_from_json(plain: Mapping[str, Any]) -> Memory:
    """The memory that `memory_to_json` wrote."""

    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(plain[name]) if name in plain else None

    return Memory(
        fired={cause: datetime.fromisoformat(at) for cause, at in plain.get("fired", {}).items()},
        open={cause: datetime.fromisoformat(at) for cause, at in plain.get("open", {}).items()},
        spell=moment("spell"),
        last=moment("last"),
        due=moment("due"),
        seen=moment("seen"),
    )
