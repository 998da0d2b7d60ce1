"""When the words of a span were said, and how surely they were heard: from the recogniser's words, else the turn.

Invariant: start <= end, both inside the turn; (None, None) for a turn without times.
"""

from collections.abc import Iterator

from nlp.types import Span, Turn, Word


def time_of(turn: Turn, span: Span) -> tuple[int | None, int | None]:
    """Milliseconds from the start of the recording at which the span begins and ends."""
    if turn.start_ms is None or turn.end_ms is None:
        return None, None
    if turn.words:
        placed = [word for word, place in _placed(turn) if place[0] < span[1] and span[0] < place[1]]
        if placed:
            return min(word.start_ms for word in placed), max(word.end_ms for word in placed)
    length = len(turn.text) or 1
    duration = turn.end_ms - turn.start_ms
    return turn.start_ms + duration * span[0] // length, turn.start_ms + duration * span[1] // length


def heard_surely(turn: Turn, span: Span) -> float | None:
    """How sure the recogniser was of the span: the mean over its characters, in [0, 1].

    Words without confidence count as the turn; None where neither tells, as in transcripts that were sent in.
    """
    if not turn.words:
        return turn.confidence
    told = [
        (word.confidence, min(place[1], span[1]) - max(place[0], span[0]))
        for word, place in _placed(turn)
        if word.confidence is not None and place[0] < span[1] and span[0] < place[1]
    ]
    if not told:
        return turn.confidence
    return round(sum(sure * width for sure, width in told) / sum(width for _, width in told), 3)


def _placed(turn: Turn) -> Iterator[tuple[Word, Span]]:
    """The words of a turn with their places in its text; words that are not found there are left out."""
    text = turn.raw_text if len(turn.raw_text) == len(turn.text) else turn.text
    at = 0
    for word in turn.words:
        said = word.text.strip()
        found = text.find(said, at) if said else -1
        if found >= 0:
            at = found + len(said)
            yield word, (found, at)
