"""What happens next: the commitments of a visit without repetitions, in the order they fall due.

Invariant: each step points at the turn that says it; of two that say the same the later one counts.
"""

from collections.abc import Sequence
from datetime import date

from nlp.types import Finding, NextStep

_MOST = 8
_SAME = 0.6


def next_steps(findings: Sequence[Finding]) -> tuple[NextStep, ...]:
    """Steps from the commitment findings of a visit, dated ones first by day, then in the order they were said."""
    steps: list[NextStep] = []
    for finding in sorted(findings, key=lambda f: f.turn):
        if finding.kind != "commitment":
            continue
        step = NextStep(
            who=finding.role,
            what=str(finding.attributes["what"]),
            due=due_of(finding),
            turn=finding.turn,
            quote=finding.quote,
        )
        steps = [s for s in steps if s.who != step.who or likeness(s.what, step.what) < _SAME]
        steps.append(step)
    steps.sort(key=lambda s: (s.due is None, s.due.toordinal() if s.due else 0, s.turn))
    return tuple(steps[:_MOST])


def due_of(finding: Finding) -> date | None:
    """The day a commitment finding is due, read from its attribute (an ISO date, so that it can be stored as JSON)."""
    due = finding.attributes.get("due")
    return date.fromisoformat(due) if isinstance(due, str) else None


def likeness(a: str, b: str) -> float:
    """Share of the shorter text's character pairs that the other one has, in [0, 1]."""
    first, second = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (a, b))
    return len(first & second) / max(1, min(len(first), len(second)))
