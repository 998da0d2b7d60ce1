"""Turns weights of grams into a clause a person can read and the words in it that decided.

Invariant: every span lies in the text; `because` holds only words that spoke for the label, strongest first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from nlp.classify.folding import clauses
from nlp.classify.grams import GramHits, Grams, Reading
from nlp.types import Because, Span

MOST_WORDS = 3
CANDIDATES = 10
_Place = tuple[int, Span]


@dataclass(frozen=True, slots=True)
class Decision:
    """The clause that decided, and the strongest words in the turn."""

    span: Span
    because: tuple[Because, ...]


def decision(
    text: str, hit: GramHits, added: NDArray[np.float32], grams: Grams, *, reading: Reading | None = None
) -> Decision:
    """Why one label fires: from the tokens that add most, so that its cost does not grow with the vocabulary.

    Args:
        text: the turn.
        hit: its tokens.
        added: log-odds that each of them adds, [tokens].
        grams: the vocabulary.
        reading: of the text by these grams, where it was read already.
    """
    weights = strongest(hit, added)
    places = grams.places(list(weights), reading or grams.read(text))
    return Decision(deciding_clause(text, places, weights), deciding_words(text, places, weights))


def strongest(hit: GramHits, added: NDArray[np.float32]) -> dict[int, float]:
    """The `CANDIDATES` tokens that speak most for a label with what they add, strongest first, of equals the first.

    Args:
        hit: the tokens of a turn.
        added: log-odds that each of them adds, [tokens].
    """
    speaking = added > 0
    if len(added) > CANDIDATES:
        # Most of a turn's tokens are below the last candidate: only the others are worth putting in order.
        speaking &= added >= np.partition(added, -CANDIDATES)[-CANDIDATES]
    places = speaking.nonzero()[0]
    told = added[places]
    order = (-told).argsort(kind="stable")[:CANDIDATES]
    return dict(zip(hit.ids[places[order]].tolist(), told[order].tolist(), strict=True))


def _heat(text: str, places: Sequence[_Place], weights: Mapping[int, float]) -> list[float]:
    heat = [0.0] * (len(text) + 1)
    for gram, (begin, end) in places:
        if begin < end:
            share = weights[gram] / (end - begin)
            for at in range(begin, end):
                heat[at] += share
    return heat


def deciding_clause(text: str, places: Sequence[_Place], weights: Mapping[int, float]) -> Span:
    """The clause of `text` that speaks most for the label; the whole text when none speaks for it.

    Args:
        text: the turn.
        places: grams and where they stand.
        weights: log-odds that each gram adds.
    """
    heat = _heat(text, places, weights)
    best, strongest = (0, len(text)), 0.0
    for begin, end in clauses(text):
        strength = sum(heat[begin:end])
        if strength > strongest:
            best, strongest = (begin, end), strength
    begin, end = best
    while begin < end and text[begin].isspace():
        begin += 1
    return (begin, end) if end > begin else (0, len(text))


def deciding_words(text: str, places: Sequence[_Place], weights: Mapping[int, float]) -> tuple[Because, ...]:
    """The strongest words for the label, overlapping grams merged, at most `MOST_WORDS`.

    Args:
        text: the turn.
        places: grams and where they stand.
        weights: log-odds that each gram adds.
    """
    speaking = [(begin, end, weights[gram]) for gram, (begin, end) in places if end - begin >= 2 and weights[gram] > 0]
    merged: list[tuple[int, int, float]] = []
    last = 0
    for begin, end, weight in sorted(speaking):
        if begin < last:
            first, until, sum_so_far = merged[-1]
            merged[-1] = (first, max(until, end), sum_so_far + weight)
        else:
            merged.append((begin, end, weight))
        last = merged[-1][1]
    merged.sort(key=itemgetter(2), reverse=True)
    return tuple([Because(text[begin:end], round(weight, 3)) for begin, end, weight in merged[:MOST_WORDS]])
