"""The same recording through two engines, side by side: where they agree, and how many characters lie between them.

Invariant: neither is taken for the truth; the distance is told against the left one's length, punctuation not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.evaluation.characters import character_errors, spoken
from nlp.types import Segment


@dataclass(frozen=True, slots=True)
class Stretch:
    """What both heard between two moments, each empty where it heard nothing; `edits` characters lie between them."""

    start_ms: int
    end_ms: int
    left: str
    right: str
    edits: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All stretches in order of time; `distance` is edits over the left one's characters, None where it heard none."""

    stretches: tuple[Stretch, ...]
    edits: int
    left_chars: int
    right_chars: int

    @property
    def distance(self) -> float | None:
        """Edits a character of the left text."""
        return round(self.edits / self.left_chars, 4) if self.left_chars else None


def compare_segments(left: Sequence[Segment], right: Sequence[Segment]) -> Comparison:
    """Both results cut at the pauses that they share, so that each stretch holds whole segments of both.

    Args:
        left, right: segments of one recording, of any channels.
    """
    marked = sorted(
        [(s.start_ms, s.end_ms, 0, s) for s in left] + [(s.start_ms, s.end_ms, 1, s) for s in right],
        key=lambda item: item[:3],
    )
    groups: list[tuple[int, int, list[list[Segment]]]] = []
    for start, end, side, segment in marked:
        if not groups or start >= groups[-1][1]:
            groups.append((start, end, [[], []]))
        else:
            groups[-1] = (groups[-1][0], max(groups[-1][1], end), groups[-1][2])
        groups[-1][2][side].append(segment)
    stretches = tuple(_stretch(start, end, *sides) for start, end, sides in groups)
    return Comparison(
        stretches,
        edits=sum(s.edits for s in stretches),
        left_chars=sum(len(spoken(s.left)) for s in stretches),
        right_chars=sum(len(spoken(s.right)) for s in stretches),
    )


def _stretch(start: int, end: int, left: Sequence[Segment], right: Sequence[Segment]) -> Stretch:
    texts = [" ".join(s.text.strip() for s in side) for side in (left, right)]
    errors = character_errors(*texts)
    return Stretch(start, end, texts[0], texts[1], errors.substitutions + errors.deletions + errors.insertions)
