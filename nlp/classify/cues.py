"""Words of one meaning, found as one: 太贵, 肉疼 and 天价 are all `expensive`, whatever the training talks said.

Invariant: a hit inside a longer hit of its class is dropped; hits come in reading order.
"""

from collections.abc import Iterable, Mapping, Sequence

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from nlp.classify.folding import fold
from nlp.types import Span

CueHit = tuple[int, int, str]
"""Begin, end and class; plain tuples, for a turn has dozens and they are made in the hot path."""


class Cues:
    """All cue classes in one automaton."""

    def __init__(self, lines: Iterable[str], table: Mapping[int, int]) -> None:
        """Builds the automaton.

        Args:
            lines: `class: word word word`, one class a line.
            table: the folding table, so that words match folded text.
        """
        owners: dict[str, list[str]] = {}
        for line in lines:
            name, colon, words = line.partition(":")
            for word in words.split() if colon else ():
                classes = owners.setdefault(fold(word, table), [])
                if name.strip() not in classes:
                    classes.append(name.strip())
        self._classes = list(owners.values())
        self.names = list(dict.fromkeys(name for classes in self._classes for name in classes))
        numbers = {name: number for number, name in enumerate(self.names)}
        self._counts = np.asarray([len(classes) for classes in self._classes], dtype=np.int64)
        self._firsts = np.cumsum(self._counts) - self._counts
        self._numbers = np.asarray([numbers[name] for classes in self._classes for name in classes], dtype=np.int64)
        self._automaton = ahocorasick_rs.AhoCorasick(list(owners))

    def find(self, written: str) -> list[CueHit]:
        """Every cue in folded text, in reading order.

        Args:
            written: folded text.
        """
        found = self._automaton.find_matches_as_indexes(written, overlapping=True)
        return _maximal([(begin, -end, name) for at, begin, end in found for name in self._classes[at]])

    def first_of_each(self, written: str) -> dict[str, Span]:
        """Where each class first stands in folded text, the longest of its words that begin there.

        Args:
            written: folded text.
        """
        first: dict[str, Span] = {}
        for at, begin, end in self._automaton.find_matches_as_indexes(written, overlapping=True):
            for name in self._classes[at]:
                known = first.get(name)
                if known is None or begin < known[0] or (begin == known[0] and end > known[1]):
                    first[name] = (begin, end)
        return first

    def find_numbers(self, written: str) -> NDArray[np.int64]:
        """Begin, end and class of every cue in folded text, int64 [3, cues], by class; classes count as in `names`.

        Args:
            written: folded text, which may be a whole talk.
        """
        found = self._automaton.find_matches_as_indexes(written, overlapping=True)
        if not found:
            return np.zeros((3, 0), dtype=np.int64)
        words, begins, ends = np.asarray(found, dtype=np.int64).T
        # A word of several classes is a cue of each.
        repeat = self._counts[words]
        begins, ends, words = (np.repeat(column, repeat) for column in (begins, ends, words))
        nth = np.arange(len(words)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
        classes = self._numbers[self._firsts[words] + nth]
        order = np.lexsort((-ends, begins, classes))
        begins, ends, classes = begins[order], ends[order], classes[order]
        # As in `_maximal`: what reaches no farther than the cues of its class before it lies in one of them.
        reach = np.maximum.accumulate(ends + classes * (len(written) + 1))
        farther = np.diff(reach, prepend=-1) > 0
        hits: NDArray[np.int64] = np.stack((begins, ends, classes))[:, farther]
        return hits


def _maximal(hits: Sequence[CueHit]) -> list[CueHit]:
    """Hits (with negative ends, so that longer ones sort first) that lie in no longer hit of their class."""
    reach: dict[str, int] = {}
    kept: list[CueHit] = []
    for begin, minus_end, name in sorted(hits):
        if -minus_end > reach.get(name, -1):
            reach[name] = -minus_end
            kept.append((begin, -minus_end, name))
    return kept
