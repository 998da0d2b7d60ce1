"""Builds the language model that turns syllables into characters: how characters are read, and which follow which.

N-grams of characters with interpolated Kneser-Ney smoothing, counted on our training sentences; jieba's dictionary adds
words that those happen not to hold. The run-time half is `nlp/asr/characters.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.asr_demo.pronounce import SECOND, THIRD, Read
from nlp.asr.characters import BITS, ORDER, PAUSE

Longs = NDArray[np.int64]
Doubles = NDArray[np.float64]
MASK = (1 << BITS) - 1
# A four-character stretch seen once says little and would double the file.
FEWEST_LONGEST = 2
RAREST_READING = 0.01
UNLIKELY = -9.0
BEFORE_A_THIRD = -1.2


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one order with their probabilities; `fallback` is filled by the order above."""

    keys: Longs
    log_probs: Doubles
    fallback: Doubles


def encode(texts: Iterable[str], numbers: Mapping[str, int]) -> Longs:
    """Texts in a row as numbers, a pause before and after each; what is not known breaks the row with -1."""
    row: list[int] = []
    for text in texts:
        row += [0, *(0 if mark == PAUSE else numbers.get(mark, -1) for mark in text), 0, -1]
    return np.array(row, dtype=np.int64)


def fragments(words: Iterable[str], numbers: Mapping[str, int]) -> Longs:
    """Words in a row as numbers, with nothing around them: they may stand anywhere."""
    row: list[int] = []
    for word in words:
        row += [*(numbers.get(mark, -1) for mark in word), -1]
    return np.array(row, dtype=np.int64)


def windows(row: Longs, order: int) -> Longs:
    """Every unbroken stretch of `order` numbers, packed."""
    if row.size < order:
        return np.zeros(0, np.int64)
    slices = np.lib.stride_tricks.sliding_window_view(row, order)
    whole = slices[(slices >= 0).all(1)]
    packed = np.zeros(len(whole), np.int64)
    for column in range(order):
        packed = (packed << BITS) | whole[:, column]
    return packed


def count(rows: Sequence[Longs]) -> list[tuple[Longs, Longs]]:
    """Keys and counts of every order: occurrences in the longest, distinct left neighbours below it."""
    found: list[tuple[Longs, Longs]] = []
    above: Longs | None = None
    for order in range(ORDER, 0, -1):
        packed = np.concatenate([windows(row, order) for row in rows])
        keys, counts = np.unique(packed, return_counts=True)
        if above is not None:
            # A stretch that starts a fragment has no left neighbour, and still was seen once.
            inner, neighbours = np.unique(above & ((1 << BITS * order) - 1), return_counts=True)
            counts = np.minimum(counts, 1)
            counts[np.searchsorted(keys, inner)] = neighbours
        found.insert(0, (keys, counts))
        above = keys
    return found


def smooth(counted: Sequence[tuple[Longs, Longs]]) -> list[Grams]:
    """Probabilities of every order, each filled up with the one below it."""
    grams: list[Grams] = []
    for order, (keys, counts) in enumerate(counted, 1):
        once, twice = (counts == 1).sum(), (counts == 2).sum()
        discount = once / max(1, once + 2 * twice)
        history, at = np.unique(keys >> BITS, return_inverse=True)
        total = np.bincount(at, weights=counts)
        kept = np.ones(keys.size, bool) if order < ORDER else counts >= FEWEST_LONGEST
        share = np.maximum(counts - discount, 0) / total[at]
        left = 1 - np.bincount(at[kept], weights=share[kept], minlength=history.size)
        left = np.maximum(left, 1e-6)
        if order == 1:
            probs = share + left[at] / keys.size
        else:
            below = grams[-1]
            place = np.searchsorted(below.keys, keys & ((1 << BITS * (order - 1)) - 1))
            probs = share + left[at] * np.exp(below.log_probs[place])
            below.fallback[np.searchsorted(below.keys, history)] = np.log(left)
        grams.append(Grams(keys[kept], np.log(probs[kept]), np.zeros(int(kept.sum()))))
    return grams


def readings(read: Iterable[Read]) -> dict[str, dict[str, float]]:
    """For every syllable, the characters read so, with how often such a character is read so."""
    pairs: Counter[tuple[str, str]] = Counter()
    times: Counter[str] = Counter()
    for text, syllables in read:
        pairs.update(zip(text, syllables, strict=True))
        times.update(text)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for (character, syllable), n in pairs.items():
        share = n / times[character]
        if share >= RAREST_READING:
            found[syllable][character] = float(np.log(share))
    return found


def with_sandhi(exact: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """`exact` with third tones also read as second ones, as they are before another third one."""
    found = {syllable: dict(options) for syllable, options in exact.items()}
    for syllable, options in exact.items():
        if syllable[-1] == THIRD:
            second = found.setdefault(syllable[:-1] + SECOND, {})
            for character, weight in options.items():
                second.setdefault(character, weight + BEFORE_A_THIRD)
    return found


def with_confusions(
    exact: Mapping[str, Mapping[str, float]], confusions: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """What each heard syllable may be written as: the characters of all that may have been said, at their cost."""
    widened: dict[str, dict[str, float]] = {}
    for heard, said in confusions.items():
        options: dict[str, float] = {}
        for meant, cost in said.items():
            for character, weight in exact.get(meant, {}).items():
                options[character] = max(options.get(character, UNLIKELY), weight + cost)
        widened[heard] = {character: weight for character, weight in options.items() if weight > UNLIKELY}
    return widened


def save(path: Path, characters: str, heard: Mapping[str, Mapping[str, float]], grams: Sequence[Grams]) -> None:
    """The file that `nlp.asr.characters.load` reads: keys as steps, numbers in half precision."""
    numbers = {character: i for i, character in enumerate(characters)}
    syllables = sorted(heard)
    rows = [sorted((numbers[c], weight) for c, weight in heard[s].items()) for s in syllables]
    stored: dict[str, NDArray[np.generic]] = {
        "characters": np.array(characters),
        "syllables": np.array(" ".join(syllables)),
        "bounds": np.cumsum([0, *(len(row) for row in rows)]).astype(np.int32),
        "written": np.array([number for row in rows for number, _ in row], dtype=np.uint16),
        "weights": np.array([weight for row in rows for _, weight in row], dtype=np.float16),
    }
    for order, table in enumerate(grams, 1):
        steps = np.diff(table.keys, prepend=0)
        stored[f"steps_{order}"] = steps.astype(np.uint32 if steps.max(initial=0) < 2**32 else np.int64)
        stored[f"log_probs_{order}"] = table.log_probs.astype(np.float16)
        stored[f"fallback_{order}"] = table.fallback.astype(np.float16)
    np.savez_compressed(path, **stored)  # type: ignore[arg-type]
