"""Text to the numbered n-grams the linear models weigh: characters, and syllables for sound-alikes.

Invariant: training and scoring call the same `Grams.of`; ids below `context_size` are frequent character grams, the
only ones whose weight is kept for neighbouring turns.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.classify.folding import END, START, fold

CHARACTER_SIZES = (1, 2, 3, 4)
SYLLABLE_SIZES = (2, 3)
MAX_CHARACTERS = 400
"""Longer turns are cut for scoring: cost stays bounded, and no labelled turn is near it."""
SOUND_WEIGHT = 0.7
FIRST_SYLLABLE = 0xE000
"""Syllables are written as private-use code points from here on, so that they never meet a character gram."""


@dataclass(frozen=True, slots=True)
class GramHits:
    """The distinct known grams of one text: `ids` int64 [n] ascending, `values` float32 [n]."""

    ids: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How text is folded (`folding_table`) and sounded (code point to syllable code point)."""

    folding: Mapping[int, int]
    syllables: Mapping[int, int]

    def written(self, text: str) -> str:
        """`text` folded, between its two marks, cut at `MAX_CHARACTERS`."""
        return START + fold(text[:MAX_CHARACTERS], self.folding) + END

    def sounded(self, written: str) -> str:
        """`written` with every Han character replaced by its syllable; same length."""
        return written.translate(self.syllables)


def parse_syllables(lines: Iterable[str]) -> dict[int, int]:
    """Line n holds the characters that sound like syllable n; returns code point to private-use code point.

    Args:
        lines: one syllable a line, its characters side by side.
    """
    return {ord(mark): FIRST_SYLLABLE + n for n, line in enumerate(lines) for mark in line.strip()}


def raw_grams(text: str, spelling: Spelling) -> list[str]:
    """All grams of `text`, repeats included."""
    written = spelling.written(text)
    sounded = spelling.sounded(written)
    grams: list[str] = []
    for source, sizes in ((written, CHARACTER_SIZES), (sounded, SYLLABLE_SIZES)):
        for size in sizes:
            grams += [source[at : at + size] for at in range(len(source) - size + 1)]
    return grams


def gram_places(text: str, spelling: Spelling) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every gram of `text` with the span of its characters in `text` (the two marks stand for nothing)."""
    written = spelling.written(text)
    last = len(written) - 2
    sounded = spelling.sounded(written)
    for source, sizes in ((written, CHARACTER_SIZES), (sounded, SYLLABLE_SIZES)):
        for size in sizes:
            for at in range(len(source) - size + 1):
                yield source[at : at + size], (max(at - 1, 0), min(at - 1 + size, last))


def is_sound(gram: str) -> bool:
    """Whether `gram` is one of syllables (or of marks beside them) rather than of characters."""
    return any(FIRST_SYLLABLE <= ord(mark) < FIRST_SYLLABLE + 0x800 for mark in gram)


class Grams:
    """A numbered vocabulary with inverse document frequencies; see the module for how it is ordered."""

    def __init__(
        self, vocabulary: Sequence[str], idf: NDArray[np.float32], *, spelling: Spelling, context_size: int
    ) -> None:
        self.size = len(vocabulary)
        self.context_size = context_size
        self.spelling = spelling
        self._idf = idf
        self._ids = {gram: number for number, gram in enumerate(vocabulary)}
        self._sounds = np.asarray([is_sound(gram) for gram in vocabulary], dtype=bool)

    def of(self, text: str) -> GramHits:
        """The known grams of `text`: characters of unit length, syllables of length `SOUND_WEIGHT`.

        Args:
            text: one turn or message; empty arrays come back for one that holds no known gram.
        """
        found = set(map(self._ids.get, raw_grams(text, self.spelling)))
        found.discard(None)
        ids = np.sort(np.fromiter(found, dtype=np.int64, count=len(found)))
        values = self._idf[ids]
        squares = values * values
        sounds = self._sounds[ids]
        heard = float(squares[sounds].sum())
        read = float(squares.sum()) - heard
        scale = np.where(sounds, SOUND_WEIGHT / (heard**0.5 or 1.0), 1.0 / (max(read, 0.0) ** 0.5 or 1.0))
        return GramHits(ids, (values * scale).astype(np.float32))

    def places(self, text: str) -> list[tuple[int, tuple[int, int]]]:
        """Every known gram of `text` with where it stands; repeats included.

        Args:
            text: the text given to `of`.
        """
        ids = self._ids
        return [(ids[gram], span) for gram, span in gram_places(text, self.spelling) if gram in ids]


def build_vocabulary(
    texts: Iterable[str], spelling: Spelling, *, minimum: int, context_size: int
) -> tuple[list[str], NDArray[np.float32]]:
    """The grams that at least `minimum` texts hold, the most frequent character grams first, with their idf.

    Args:
        texts: the training texts.
        spelling: how they are read.
        minimum: document frequency below which a gram is not worth a weight.
        context_size: how many character grams come before all others.
    """
    counts: dict[str, int] = {}
    total = 0
    for text in texts:
        total += 1
        for gram in dict.fromkeys(raw_grams(text, spelling)):
            counts[gram] = counts.get(gram, 0) + 1
    kept = sorted((gram for gram, n in counts.items() if n >= minimum), key=lambda gram: (-counts[gram], gram))
    front = [gram for gram in kept if not is_sound(gram)][:context_size]
    leading = set(front)
    vocabulary = front + [gram for gram in kept if gram not in leading]
    frequencies = np.asarray([counts[gram] for gram in vocabulary], dtype=np.float64)
    return vocabulary, (np.log((1 + total) / (1 + frequencies)) + 1).astype(np.float32)
