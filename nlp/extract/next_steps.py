"""What happens next: the commitments of a visit without repetitions, in the order they fall due.

Invariant: each step points at the turn that says it; of two that say the same the later one counts.
"""

from collections.abc import Sequence
from datetime import date
from operator import add

from nlp.types import Finding, NextStep

_MOST = 8
_SAME = 0.6


def next_steps(findings: Sequence[Finding]) -> tuple[NextStep, ...]:
    """Steps from the commitment findings of a visit, dated ones first by day, then in the order they were said."""
    said: list[tuple[NextStep, frozenset[str]]] = []
    for finding in sorted((f for f in findings if f.kind == "commitment"), key=lambda f: f.turn):
        step = NextStep(
            who=finding.role,
            what=str(finding.attributes["what"]),
            due=due_of(finding),
            turn=finding.turn,
            quote=finding.quote,
        )
        pairs = _pairs(step.what)
        said = [(s, own) for s, own in said if s.who != step.who or _alike(own, pairs) < _SAME]
        said.append((step, pairs))
    steps = sorted((s for s, _ in said), key=lambda s: (s.due is None, s.due.toordinal() if s.due else 0, s.turn))
    return tuple(steps[:_MOST])


def due_of(finding: Finding) -> date | None:
    """The day a commitment finding is due, read from its attribute (an ISO date, so that it can be stored as JSON)."""
    due = finding.attributes.get("due")
    return date.fromisoformat(due) if isinstance(due, str) else None


def likeness(a: str, b: str) -> float:
    """Share of the shorter text's character pairs that the other one has, in [0, 1]."""
    return _alike(_pairs(a), _pairs(b))


def _pairs(text: str) -> frozenset[str]:
    return frozenset(map(add, text, text[1:]))


def _alike(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / max(1, min(len(first), len(second)))
