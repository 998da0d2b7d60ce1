"""When the words of a span were said: from the recogniser's words, or in proportion within the turn.

Invariant: start <= end, both inside the turn; (None, None) for a turn without times.
"""

from collections.abc import Iterator

from nlp.types import Span, Turn, Word


def time_of(turn: Turn, span: Span) -> tuple[int | None, int | None]:
    """Milliseconds from the start of the recording at which the span begins and ends."""
    if turn.start_ms is None or turn.end_ms is None:
        return None, None
    spoken = [
        (word.start_ms, word.end_ms) for word, place in _placed(turn) if place[0] < span[1] and span[0] < place[1]
    ]
    if spoken:
        return min(start for start, _ in spoken), max(end for _, end in spoken)
    length = max(1, len(turn.text))
    duration = turn.end_ms - turn.start_ms
    return turn.start_ms + duration * span[0] // length, turn.start_ms + duration * span[1] // length


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
