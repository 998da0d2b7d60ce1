"""A name that stood for a rival once stands for it again: what was thought of a turn counts where its names recur.

Why: rivals' names are in no vocabulary, so "瀚博呢?" says nothing until "我们用的是瀚博" is remembered. A name is taken
to be two characters side by side that hardly any talk of the corpus uses and that this talk uses twice. A mention also
hears whether the turn or the one before it holds a rival against us.
Invariant: only the two labels about rivals move, and only where the turn's role can carry them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RIVALS, COMMON_PAIRS = "rivals.json", "common_pairs.txt"
MENTION, OBJECTION = "competitor_mention", "competitor"
LABELS = (OBJECTION, MENTION)
"""The labels that are weighed again, in the order of the stored rows."""
FEATURES = ("own", "earlier", "later", "objection", "objection_before")
"""Columns of `features`; a stored row has a weight for each of them and, last, a bias."""
LONGEST = 400
_PAIR = re.compile(r"(?=([\u4e00-\u9fffA-Za-z]{2}))")


def pairs_of(text: str) -> set[str]:
    """Every two Han or Latin letters side by side, of the first `LONGEST` characters.

    >>> sorted(pairs_of("用瀚博,好"))
    ['瀚博', '用瀚']
    """
    return set(_PAIR.findall(text[:LONGEST]))


def recurring(names: Sequence[set[str]]) -> list[set[str]]:
    """The names of each turn that another turn says too: nobody can remember the others."""
    counts = Counter(chain.from_iterable(names))
    again = {name for name, count in counts.items() if count > 1}
    return [own & again for own in names]


def recalled(names: Sequence[Iterable[str]], thought: Sequence[float]) -> list[float]:
    """For each turn the highest of `thought` among the turns before it that share a name with it; 0 where none does.

    Args:
        names: of each turn, in the order in which they are met.
        thought: of each turn.
    """
    held: dict[str, float] = {}
    found: list[float] = []
    for own, said in zip(names, thought, strict=True):
        found.append(max((held.get(name, 0.0) for name in own), default=0.0))
        for name in own:
            held[name] = max(said, held.get(name, 0.0))
    return found


def features(names: Sequence[set[str]], mention: Floats, objection: Floats) -> Floats:
    """What the talk remembers of each turn's names; the turn's own odds, which come first, are not among them.

    Args:
        names: of each turn, in order.
        mention: probability that a rival is mentioned, 0 where the role cannot, [turns].
        objection: probability that a rival is held against us, 0 where the role cannot, [turns].

    Returns:
        float64 [turns, len(FEATURES) - 1], in the order of `FEATURES`.
    """
    earlier = recalled(names, mention.tolist())
    later = recalled(names[::-1], mention[::-1].tolist())[::-1]
    before = np.concatenate([[0.0], objection[:-1]])[: len(objection)]
    return np.stack([np.asarray(earlier), np.asarray(later), objection, before], axis=1)


@dataclass(frozen=True, slots=True)
class RivalMemory:
    """Pairs of characters that are nobody's name, and the weights of `LABELS`, [2, len(FEATURES) + 1]."""

    common: frozenset[str]
    weights: Floats

    @classmethod
    def of_files(cls, rivals: dict[str, Any], common: str) -> "RivalMemory":
        """As `RIVALS` and `COMMON_PAIRS` hold it."""
        return cls(frozenset(common.split("\n")), np.asarray([rivals[code] for code in LABELS], dtype=np.float64))

    def names(self, texts: Sequence[str]) -> list[set[str]]:
        """The pairs of each turn that may belong to a name."""
        return [pairs_of(text) - self.common for text in texts]

    def weigh(self, texts: Sequence[str], odds: Floats) -> Floats:
        """Log-odds of `LABELS` after remembering, float64 [turns, 2].

        Args:
            texts: the turns of one talk, in order.
            odds: log-odds of `LABELS` before, -inf where the role cannot carry the label, [turns, 2].
        """
        if not len(odds):
            return odds
        chance = 1.0 / (1.0 + np.exp(-odds))
        known = features(recurring(self.names(texts)), chance[:, 1], chance[:, 0])
        told = odds * self.weights[:, 0] + known @ self.weights[:, 1:-1].T + self.weights[:, -1]
        return np.asarray(np.where(np.isfinite(odds), told, odds), dtype=np.float64)
