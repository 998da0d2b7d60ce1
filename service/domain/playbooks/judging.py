"""Whether a rule holds for a subject at a moment, why, and at which moments the answer may change by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.domain.playbooks.hours import add_worked
from service.domain.playbooks.rules import Rule
from service.domain.playbooks.selecting import Proof, Seen, see
from service.domain.playbooks.timeline import Timeline

JUST_AFTER = timedelta(seconds=1)  # `age > hours(72)` is not yet true at 72 hours sharp


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer at one moment; `cause` is empty where no single fact makes the case new."""

    at: datetime
    holds: bool
    done: bool
    cause: str
    values: Mapping[str, Any]
    seen: tuple[Seen, ...]
    next_at: datetime | None
    """When it may differ though nothing happens; None too where the rule has a schedule of its own."""

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """The facts behind it, worded when they are asked for."""
        return tuple(proof for found in self.seen for proof in found.proofs)


class Values(Mapping[str, Any]):
    """What the selections of a rule offer, each by `selection.attribute`; nothing is copied for it."""

    __slots__ = ("_seen",)

    def __init__(self, seen: Mapping[str, Seen]) -> None:
        self._seen = seen

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a CRM field holds any JSON value
        selection, _, attribute = name.partition(".")
        return self._seen[selection].values[attribute]

    def __iter__(self) -> Iterator[str]:
        return (f"{name}.{attribute}" for name, found in self._seen.items() for attribute in found.values)

    def __len__(self) -> int:
        return sum(len(found.values) for found in self._seen.values())


def judge(rule: Rule, timeline: Timeline, at: datetime) -> Verdict:
    """The rule's verdict on the timeline's subject as of `at`.

    Raises:
        RuleFailed: a condition cannot be told from the values it met.
    """
    office, worked = rule.office, rule.worked
    seen = {
        name: see(when, timeline, at, office=office if name in worked else None)
        for name, when in rule.book.when.items()
    }
    values = Values(seen)
    conditions = rule.conditions
    holds = conditions["condition"].holds(values)
    if holds and "unless" in conditions:
        holds = not conditions["unless"].holds(values)
    done = "done_when" in conditions and conditions["done_when"].holds(values)
    causes = [seen[name].cause for name in rule.causes]
    return Verdict(
        at=at,
        holds=holds,
        done=done,
        cause="|".join(causes) if any(causes) else "",
        values=values,
        seen=tuple(seen.values()),
        next_at=_next_change(rule, seen, at) if rule.book.every is None else None,
    )


def _next_change(rule: Rule, seen: Mapping[str, Seen], at: datetime) -> datetime | None:
    """When the verdict may differ though nothing happens; a moment too many costs a look, one too few an alert."""
    soonest: datetime | None = None
    for name, found in seen.items():
        for moment in (*found.moments, *_passed(rule, name, found)):
            if moment > at and (soonest is None or moment < soonest):
                soonest = moment
    return soonest


def _passed(rule: Rule, name: str, found: Seen) -> Iterator[datetime]:
    """When ages and deadlines of a selection pass the durations that the rule compares with."""
    for constant in rule.constants if name in rule.timed else ():
        passing = constant + JUST_AFTER
        for anchor in found.anchors:
            yield anchor + passing
            if name in rule.worked:
                yield add_worked(anchor, constant, rule.office) + JUST_AFTER
                # Reached at closing time, the constant is passed only when the office has opened again.
                yield add_worked(anchor, passing, rule.office)
        for deadline in found.deadlines:
            yield deadline - constant + JUST_AFTER
