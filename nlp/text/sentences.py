"""Sentences and clauses of a turn with their places.

Why: summaries, commitments and cues work on one statement, not on a turn of a hundred characters. Invariant: each piece
is `text[start:end]`, pieces are in order and do not overlap.
"""

import re

from nlp.types import Span

_SENTENCE = re.compile(r"[^。！？!?；;\n…]+[。！？!?；;\n…]*")
_CLAUSE = re.compile(r"[^，,。！？!?；;：:、\n…\s]+")


def split_sentences(text: str) -> list[Span]:
    """Spans of the sentences of `text`, closing sign included, surrounding space left out.

    An ASCII full stop ends no sentence: in transcripts it is a decimal point or part of a name.
    """
    return [span for match in _SENTENCE.finditer(text) if (span := _trimmed(text, match.start(), match.end()))]


def split_clauses(text: str) -> list[Span]:
    """Spans of the stretches between any two signs or spaces; what recognisers leave unpunctuated stays whole."""
    return [match.span() for match in _CLAUSE.finditer(text)]


def clause_around(text: str, span: Span) -> Span:
    """The clause or clauses that `span` touches, as one span; `span` itself where it touches none."""
    touched = [(a, b) for a, b in split_clauses(text) if a < span[1] and span[0] < b]
    return (min(touched[0][0], span[0]), max(touched[-1][1], span[1])) if touched else span


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
