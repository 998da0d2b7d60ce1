"""When in a recording personal things are said, so that a tone can stand in their place.

Why: a masked transcript beside an open recording hides nothing. Invariant: where the words' times do not tell, the
whole turn is covered; too much is hidden rather than too little.
"""

from collections.abc import Sequence

from nlp.text.masking import Masker
from nlp.types import Span, Turn

PADDING_MS = 150
"""A recogniser's word times are rough: so much is covered before and behind."""


def find_beeps(turns: Sequence[Turn], masker: Masker) -> list[Span]:
    """Stretches to cover, [start, end) in milliseconds of the recording, in order, without overlap.

    Args:
        turns: of the transcript that was heard in this recording, each with its times.
    Raises:
        ValueError: a turn that names somebody has no times: nothing says where it was spoken.
    """
    found: list[Span] = []
    for turn in turns:
        spans = [personal.span for personal in masker.find(turn.text)]
        if spans:
            found += _times(turn, spans)
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _times(turn: Turn, spans: Sequence[Span]) -> list[Span]:
    if turn.start_ms is None or turn.end_ms is None:
        raise ValueError(f"turn {turn.i} has no times")
    whole = (max(0, turn.start_ms - PADDING_MS), turn.end_ms + PADDING_MS)
    placed = _place_words(turn)
    found: list[Span] = []
    for start, end in spans:
        covered = [(place, times) for place, times in placed if place[0] < end and start < place[1]]
        said = {at for place, _ in covered for at in range(*place)}
        if any(turn.text[at].isalnum() and at not in said for at in range(start, end)):
            return [whole]  # some of it was heard as no word, or was put right afterwards
        found.append((min(times[0] for _, times in covered), max(times[1] for _, times in covered)))
    return [(max(whole[0], start - PADDING_MS), min(whole[1], end + PADDING_MS)) for start, end in found]


def _place_words(turn: Turn) -> list[tuple[Span, Span]]:
    """Where each word stands in the turn's text, and when it was said; empty where the words are not the text's."""
    placed: list[tuple[Span, Span]] = []
    at = 0
    for word in turn.words:
        text = word.text.strip()
        if not text:
            continue
        begin = turn.text.find(text, at)
        if begin < 0 or any(char.isalnum() for char in turn.text[at:begin]) or word.end_ms < word.start_ms:
            return []
        at = begin + len(text)
        placed.append(((begin, at), (word.start_ms, word.end_ms)))
    return placed
