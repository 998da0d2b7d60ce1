"""Characters for the syllables that an engine heard: a small language model over our own sentences, in numpy alone.

Invariant: one character for every known syllable, in order, so that each keeps its syllable's time; nothing is added
but the mark of a pause.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from nlp.errors import ModelRefused

PAUSE = "，"
ORDER = 4
BITS = 13
BEAM = 40
# A syllable that starts this much later than is usual in its stretch comes after a pause.
PAUSE_RATIO, PAUSE_MS = 1.9, 330
UNKNOWN_LOG = -12.0

Floats = NDArray[np.float32]
Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Mark:
    """A character or a pause; `syllable` is the index of the syllable that it was heard as, or came after."""

    text: str
    syllable: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Table:
    """The n-grams of one order: packed characters ascending, log probabilities, and the cost of falling back."""

    keys: Keys
    log_probs: Floats
    fallback: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """What a heard syllable may be written as: characters and their log probabilities."""

    characters: Keys
    log_probs: Floats


class Characters:
    """A loaded language model; safe to share, it holds no state between calls."""

    def __init__(self, characters: str, readings: Mapping[str, Reading], tables: Sequence[Table]) -> None:
        self._characters = characters
        self._readings = readings
        self._tables = tables

    def knows(self, syllable: str) -> bool:
        """Whether the syllable can be written."""
        return syllable in self._readings

    def read(self, syllables: Sequence[str], starts_ms: Sequence[int]) -> list[Mark]:
        """The most likely characters of one stretch of speech.

        Args:
            syllables: as the engine heard them; unknown ones are passed over.
            starts_ms: when each began; what begins late comes after a pause.
        """
        spoken = [i for i, syllable in enumerate(syllables) if self.knows(syllable)]
        if not spoken:
            return []
        late = pauses([starts_ms[i] for i in spoken])
        steps: list[tuple[int, Reading | None]] = []
        for n, i in enumerate(spoken):
            if n in late:
                steps.append((spoken[n - 1], None))
            steps.append((i, self._readings[syllables[i]]))
        numbers, confidence = self._search([reading for _, reading in steps])
        return [
            Mark(self._characters[number], i, 1.0 if reading is None else round(float(sure), 3))
            for (i, reading), number, sure in zip(steps, numbers, confidence, strict=True)
        ]

    def _search(self, steps: Sequence[Reading | None]) -> tuple[Keys, Floats]:
        """The best path through the readings (None: a pause), and how many of the best paths agree with each step."""
        pause = Reading(np.zeros(1, np.int64), np.zeros(1, np.float32))
        history, score = np.zeros(1, np.int64), np.zeros(1, np.float32)
        parents: list[Keys] = []
        chosen: list[Keys] = []
        for step in steps:
            reading = pause if step is None else step
            width = reading.characters.size
            parent = np.repeat(np.arange(history.size), width)
            character = np.tile(reading.characters, history.size)
            total = (
                score[parent] + np.tile(reading.log_probs, history.size) + self._log_probs(history[parent], character)
            )
            after = ((history[parent] << BITS) | character) & ((1 << BITS * (ORDER - 1)) - 1)
            best = np.argsort(-total, kind="stable")
            # Paths that end alike have the same future: only the better one goes on.
            _, first = np.unique(after[best], return_index=True)
            kept = best[np.sort(first)[:BEAM]]
            history, score = after[kept], total[kept].astype(np.float32)
            parents.append(parent[kept])
            chosen.append(character[kept])
        return _agreement(parents, chosen, score)

    def _log_probs(self, history: Keys, character: Keys) -> Floats:
        """The log probability of each character after its history, from the longest n-gram that is known."""
        result = np.zeros(history.size, np.float32)
        open_ = np.arange(history.size)
        for order in range(ORDER, 0, -1):
            table = self._tables[order - 1]
            context = history[open_] & ((1 << BITS * (order - 1)) - 1)
            at, known = _find(table.keys, (context << BITS) | character[open_])
            result[open_[known]] += table.log_probs[at[known]]
            open_, context = open_[~known], context[~known]
            if order > 1 and open_.size:
                lower = self._tables[order - 2]
                at, known = _find(lower.keys, context)
                result[open_[known]] += lower.fallback[at[known]]
        result[open_] += UNKNOWN_LOG
        return result


def load(path: Path) -> Characters:
    """The language model in the file that `models/asr_demo` writes.

    Raises:
        ModelRefused: the file is missing or is not one.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            characters = str(stored["characters"])
            syllables = str(stored["syllables"]).split()
            bounds = stored["bounds"]
            written, weights = stored["written"].astype(np.int64), stored["weights"].astype(np.float32)
            tables = [_table(stored, order) for order in range(1, ORDER + 1)]
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as exc:
        raise ModelRefused(f"{path.name} is no language model of syllables: {exc}; make it again") from exc
    readings = {
        syllable: Reading(written[start:end], weights[start:end])
        for syllable, start, end in zip(syllables, bounds[:-1], bounds[1:], strict=True)
    }
    return Characters(characters, readings, tables)


def pauses(starts_ms: Sequence[int]) -> set[int]:
    """Indices of the syllables that come after a pause, judged by the pace of their own stretch."""
    gaps = np.diff(np.asarray(starts_ms, dtype=np.int64))
    if gaps.size < 2:
        return set()
    late = int(max(PAUSE_MS, PAUSE_RATIO * float(np.median(gaps))))
    return {int(i) + 1 for i in np.flatnonzero(gaps >= late)}


def _table(stored: Mapping[str, NDArray[np.generic]], order: int) -> Table:
    keys = np.cumsum(stored[f"steps_{order}"].astype(np.int64))
    return Table(keys, stored[f"log_probs_{order}"].astype(np.float32), stored[f"fallback_{order}"].astype(np.float32))


def _find(keys: Keys, wanted: Keys) -> tuple[Keys, NDArray[np.bool_]]:
    at = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return at, keys[at] == wanted


def _agreement(parents: Sequence[Keys], chosen: Sequence[Keys], score: Floats) -> tuple[Keys, Floats]:
    """The first path followed back, and at each step the share of all paths' probability that passes through it."""
    share = np.exp(score - score.max())
    share /= share.sum()
    rows = np.arange(score.size)
    numbers = np.zeros(len(chosen), np.int64)
    sure = np.zeros(len(chosen), np.float32)
    for step in range(len(chosen) - 1, -1, -1):
        here = chosen[step][rows]
        numbers[step] = here[0]
        sure[step] = share[here == here[0]].sum()
        rows = parents[step][rows]
    return numbers, sure
