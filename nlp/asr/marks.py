"""Marks put into segments of engines that write none, from their words' pauses; see `nlp.text.punctuation`.

Invariant: segments keep their times, channels and words; a mark joins the word before it, so that the words still spell
the text. A recording whose engine writes marks comes back as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from nlp.text.punctuation import Punctuator, lacks_marks
from nlp.text.punctuation import with_marks as put
from nlp.types import Segment, Word


def restore_marks(segments: Sequence[Segment], punctuator: Punctuator) -> list[Segment]:
    """The segments with marks, in order.

    Args:
        segments: all of one recording: whether its engine writes marks is told by all of them together.
    """
    if not lacks_marks([segment.text for segment in segments]):
        return list(segments)
    return [_marked(segment, punctuator) for segment in segments]


def _marked(segment: Segment, punctuator: Punctuator) -> Segment:
    places = _places(segment)
    marks = punctuator.marks(segment.text, pauses=_pauses(segment, places))
    if not marks:
        return segment
    words = list(segment.words)
    for at, mark in marks:
        before = [n for n, (_, end) in places.items() if end <= at]
        if before and places[before[-1]][1] == at:
            last = words[before[-1]]
            words[before[-1]] = Word(last.text + mark, last.start_ms, last.end_ms, last.confidence)
    return replace(segment, text=put(segment.text, marks), words=tuple(words))


def _places(segment: Segment) -> dict[int, tuple[int, int]]:
    """Where each word stands in the text, by its number; words that are not found there are left out."""
    found: dict[int, tuple[int, int]] = {}
    at = 0
    for number, word in enumerate(segment.words):
        start = segment.text.find(word.text, at)
        if start >= 0 and word.text:
            at = start + len(word.text)
            found[number] = (start, at)
    return found


def _pauses(segment: Segment, places: Mapping[int, tuple[int, int]]) -> dict[int, int]:
    """Silence before each word, by its place in the text."""
    pauses: dict[int, int] = {}
    for before, after in pairwise(places):
        pauses[places[after][0]] = max(0, segment.words[after].start_ms - segment.words[before].end_ms)
    return pauses
