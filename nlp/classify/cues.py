"""Words of one meaning, found as one: 太贵, 肉疼 and 天价 are all `expensive`, whatever the training talks said.

Invariant: a hit inside a longer hit of its class is dropped; hits come in reading order.
"""

from collections.abc import Iterable, Mapping, Sequence

import ahocorasick_rs

from nlp.classify.folding import fold

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
        self._automaton = ahocorasick_rs.AhoCorasick(list(owners))

    def find(self, written: str) -> list[CueHit]:
        """Every cue in folded text, in reading order.

        Args:
            written: folded text.
        """
        found = self._automaton.find_matches_as_indexes(written, overlapping=True)
        return _maximal([(begin, -end, name) for at, begin, end in found for name in self._classes[at]])


def _maximal(hits: Sequence[CueHit]) -> list[CueHit]:
    """Hits (with negative ends, so that longer ones sort first) that lie in no longer hit of their class."""
    reach: dict[str, int] = {}
    kept: list[CueHit] = []
    for begin, minus_end, name in sorted(hits):
        if -minus_end > reach.get(name, -1):
            reach[name] = -minus_end
            kept.append((begin, -minus_end, name))
    return kept
