"""Whether a rule holds for a subject at a moment, why, and at which moments the answer may change by itself."""

from collections.abc import Mapping
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
    proofs: tuple[Proof, ...]
    next_at: datetime | None


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
    values = {f"{name}.{attribute}": value for name, found in seen.items() for attribute, value in found.values.items()}
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
        proofs=tuple(proof for found in seen.values() for proof in found.proofs),
        next_at=_next_change(rule, seen, at),
    )


def _next_change(rule: Rule, seen: Mapping[str, Seen], at: datetime) -> datetime | None:
    """When the verdict may differ though nothing happens; a moment too many costs a look, one too few an alert."""
    moments: list[datetime] = []
    for name, found in seen.items():
        moments.extend(found.moments)
        for constant in rule.constants:
            moments.extend(anchor + constant + JUST_AFTER for anchor in found.anchors)
            moments.extend(deadline - constant + JUST_AFTER for deadline in found.deadlines)
            if name in rule.worked:
                moments.extend(add_worked(anchor, constant, rule.office) + JUST_AFTER for anchor in found.anchors)
                # Reached at closing time, the constant is passed only when the office has opened again.
                moments.extend(add_worked(anchor, constant + JUST_AFTER, rule.office) for anchor in found.anchors)
    return min((moment for moment in moments if moment > at), default=None)
