"""What the turn models and the triage say: calibrated scores with the words that decided.

Invariant: `score` is a probability; `span` is [start, end) in the turn's text; a label not listed cannot hold for that
turn's role.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from nlp.types import Because, Role, Span

LabelKind = Literal["objection", "signal"]
OperatingPoint = Literal["f1", "precision_90", "recall_90"]


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a model: its code, kind, the roles that can carry it, and a threshold per operating point."""

    code: str
    kind: LabelKind
    roles: frozenset[Role]
    thresholds: dict[OperatingPoint, float]


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """Which of a label's stored thresholds decides: one point for all, and another for the labels named.

    >>> OperatingPoints("recall_90", {"price": "precision_90"}).name
    'recall_90, price precision_90'
    """

    default: OperatingPoint = "f1"
    of_label: Mapping[str, OperatingPoint] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """All of it in one line, the same for the same choice."""
        return ", ".join([self.default, *(f"{code} {point}" for code, point in sorted(self.of_label.items()))])

    def threshold(self, label: Label) -> float:
        """The score from which `label` holds."""
        return label.thresholds[self.of_label.get(label.code, self.default)]

    def doubt(self, label: Label) -> float:
        """The score from which `label` may hold if somebody else sees it too: that of the recall point, or none below
        the threshold where precision was asked for."""
        asked = self.of_label.get(label.code, self.default)
        return self.threshold(label) if asked == "precision_90" else label.thresholds["recall_90"]


class LabelScore(NamedTuple):
    """How likely one label holds for one turn; a tuple, for a talk of an hour has thousands.

    `span` and `because` are worked out only where `score >= threshold`; elsewhere the span is the whole turn and
    `because` is empty. Weights in `because` are log-odds.
    """

    score: float
    threshold: float
    span: Span
    because: tuple[Because, ...] = ()

    @property
    def fires(self) -> bool:
        """Whether the score reaches the threshold of the chosen operating point."""
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class TurnScores:
    """All labels that the turn's role can carry, by code; both empty for `other`."""

    objections: dict[str, LabelScore] = field(default_factory=dict)
    signals: dict[str, LabelScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TriageVerdict:
    """Whether a manager should step in now; `reason` is a code, `none` where nobody needs to."""

    should_step_in: bool
    score: float
    reason: str
    because: tuple[Because, ...] = ()
