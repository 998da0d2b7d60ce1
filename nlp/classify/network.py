"""A small convolution over characters and their sounds, then over turns; the second opinion beside the linear model.

Invariant: each turn is read once, in batches of like length; the talk around it is added on the turns' vectors alone.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from nlp.classify.folding import fold
from nlp.classify.gram_table import codes_of
from nlp.classify.grams import FIRST_SYLLABLE, Spelling
from nlp.types import Role

MAX_TURN = 120
"""Characters of a turn that the network reads; it saw no more in training."""
BATCH = 16
"""Small batches stay in the cache: 16 is faster than 64 on one core."""
PAD, UNKNOWN, FIRST = 0, 1, 2
_NOTHING = "\ufffe"
"""Stands for an empty turn; it is no character, so it is never known."""
ROLE_NUMBERS: Mapping[Role, int] = {"customer": 1, "rep": 2, "other": 3}
Scores = NDArray[np.float32]
Numbers = NDArray[np.int64]


def numbers_of(text: str, characters: Mapping[str, int], spelling: Spelling) -> tuple[list[int], list[int]]:
    """The characters and the sounds of a turn as numbers; never empty, so that every turn has a vector.

    Args:
        text: one turn.
        characters: character to number, from `FIRST` on.
        spelling: how text is folded and sounded.
    """
    folded = fold(text[:MAX_TURN], spelling.folding)
    written = [characters.get(mark, UNKNOWN) for mark in folded]
    sounded = [_sound(spelling.syllables.get(ord(mark))) for mark in folded]
    return written or [UNKNOWN], sounded or [UNKNOWN]


def _sound(code: int | None) -> int:
    return UNKNOWN if code is None else code - FIRST_SYLLABLE + FIRST


def padded(rows: Sequence[Sequence[int]]) -> Numbers:
    """Rows of numbers as one int64 matrix, padded with `PAD`."""
    matrix = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for at, row in enumerate(rows):
        matrix[at, : len(row)] = row
    return matrix


class NetworkScorer:
    """Margins of a talk from two graphs: turns to vectors, vectors and roles to margins."""

    def __init__(
        self,
        characters: Sequence[str],
        spelling: Spelling,
        *,
        reader: ort.InferenceSession,
        talk: ort.InferenceSession,
    ) -> None:
        self._spelling = spelling
        self._beyond = max(0, *map(ord, characters), *spelling.syllables) + 1
        self._written, self._sounded = (np.full(self._beyond + 1, UNKNOWN, dtype=np.int64) for _ in range(2))
        for number, mark in enumerate(characters, FIRST):
            self._written[ord(mark)] = number
        for code, sound in spelling.syllables.items():
            self._sounded[code] = _sound(sound)
        self._reader = reader
        self._talk = talk

    def numbers(self, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
        """`numbers_of` of several turns at once: characters and sounds, int64 [turns, places], padded with `PAD`."""
        cut = [text[:MAX_TURN] or _NOTHING for text in texts]
        lengths = np.asarray([len(text) for text in cut])
        inside = np.arange(lengths.max()) < lengths[:, None]
        codes = np.minimum(self._spelling.folds_of(codes_of("".join(cut))), self._beyond)
        written, sounded = (np.full(inside.shape, PAD, dtype=np.int64) for _ in range(2))
        written[inside] = self._written[codes]
        sounded[inside] = self._sounded[codes]
        return written, sounded

    def margins(self, texts: Sequence[str], roles: Sequence[Role]) -> Scores:
        """Uncalibrated margins of at least one turn, float32 [turns, labels].

        Args:
            texts: the turns of one talk, in order.
            roles: who speaks each.
        """
        order = sorted(range(len(texts)), key=lambda at: len(texts[at][:MAX_TURN]))
        parts: list[Scores] = []
        for begin in range(0, len(order), BATCH):
            written, sounded = self.numbers([texts[at] for at in order[begin : begin + BATCH]])
            parts.append(self._reader.run(["vectors"], {"written": written, "sounded": sounded})[0])
        vectors = np.empty_like(np.concatenate(parts))
        vectors[order] = np.concatenate(parts)
        speakers = np.asarray([ROLE_NUMBERS[role] for role in roles], dtype=np.int64)
        margins: Scores = self._talk.run(["margins"], {"vectors": vectors, "roles": speakers})[0]
        return margins
