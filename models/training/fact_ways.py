"""The ways of telling a visit in few words that are compared: our summary, its first turns, and plain TextRank.

Invariant: the simple ways get as many characters as our summary used in the same visit, and the turn on which their
characters run out still counts as told, so that any doubt speaks for them.
"""

import math
import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from nlp.summarize.ranking import rank
from nlp.types import Summary, Turn

Cut = Callable[[str], Sequence[str]]


def cited_by_points(summary: Summary) -> set[int]:
    """Turns that the key points name."""
    return {turn for sentence in summary.sentences for turn in sentence.turns}


def points_size(summary: Summary) -> int:
    """Characters of all key points together."""
    return sum(len(sentence.text) for sentence in summary.sentences)


def cited_by_note(summary: Summary, turns: Sequence[Turn]) -> set[int]:
    """Turns that the short form was taken from: the key point with the same label whose turn shares most words.

    The note keeps the order of the points and shortens their words, but does not repeat their turns; an objection's
    answer is left out of it, so only the point's first turn counts.
    """
    texts = {turn.i: turn.text for turn in turns}
    labels = {sentence.text.split("：", 1)[0] for sentence in summary.sentences}
    if not summary.text or not labels:
        return set()
    starts = "|".join(re.escape(label) for label in sorted(labels))
    cited: set[int] = set()
    for part in re.split(rf"；(?=(?:{starts})：)", summary.text):
        label, _, words = part.partition("：")
        own = [s.turns[0] for s in summary.sentences if s.text.split("：", 1)[0] == label and s.turns[0] not in cited]
        if own:
            cited.add(max(own, key=lambda turn: _shared(words, texts[turn])))
    return cited


def within(order: Sequence[Turn], budget: int, *, shorten: Callable[[str], str] = str) -> set[int]:
    """Turns of `order` that are told before `budget` characters run out, the last of them perhaps in part."""
    cited: set[int] = set()
    size = 0
    for turn in order:
        if size >= budget:
            break
        cited.add(turn.i)
        size += len(shorten(turn.text))
    return cited


def by_text_rank(turns: Sequence[Turn], *, cut: Cut) -> list[Turn]:
    """Turns by plain TextRank, best first: words in common over the logarithms of both lengths, equal restart.

    Source: Mihalcea and Tarau, TextRank: Bringing Order into Texts, 2004.
    """
    if not turns:
        return []
    scores = rank(_overlaps([set(cut(turn.text)) for turn in turns]), [1.0] * len(turns))
    return [turns[at] for at in np.argsort(-scores, kind="stable").tolist()]


def _overlaps(words: Sequence[set[str]]) -> NDArray[np.float32]:
    """Likeness of all pairs, float32 [turns, turns], zero on the diagonal and where a turn has one word or none."""
    likeness = np.zeros((len(words), len(words)), dtype=np.float32)
    for i, one in enumerate(words):
        for j in range(i):
            other = words[j]
            if len(one) > 1 and len(other) > 1:
                likeness[i, j] = likeness[j, i] = len(one & other) / (math.log(len(one)) + math.log(len(other)))
    return likeness


def _shared(words: str, text: str) -> int:
    """Length of the longest stretch that both have."""
    return SequenceMatcher(None, words, text, autojunk=False).find_longest_match().size
