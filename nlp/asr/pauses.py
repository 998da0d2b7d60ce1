"""Where nobody speaks between two words, read from the sound: engines that tell only where a token begins hide it.

A CTC model's token begins a little late, and the token before it is taken to last until then, so a pause between two
speakers looks like a long syllable. Invariant: text and order stay; words stay inside their segment and apart.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray, block_rms
from nlp.types import Segment, Word

BLOCK_MS = 20
SPOKEN_MS = 40
"""So much of a word is speech whatever its loudness: a stop consonant begins with silence."""
SHORTEST_MS = 100
"""Shorter silences belong to the words: closures of stops last up to about 100 ms."""
QUIET = 0.1
"""Of the loudness that a fifth of the segment reaches: 20 dB below speech."""


def settle_pauses(segment: Segment, audio: FloatArray) -> Segment:
    """The segment with each word ended where the pause behind it begins, and the next begun where that ends; the
    detector's margin of silence behind the last word is no longer its own.

    Args:
        segment: with words in milliseconds of `audio`; without words it stays as it is.
        audio: 16 kHz samples in [-1, 1] that `segment` was heard in. Where noise fills the pauses nothing changes.
    """
    if not segment.words:
        return segment
    first = segment.start_ms * SAMPLE_RATE_HZ // 1000
    loud = block_rms(audio[first : segment.end_ms * SAMPLE_RATE_HZ // 1000], block_ms=BLOCK_MS)
    if loud.size == 0:
        return segment
    quiet = loud < np.percentile(loud, 80) * QUIET
    words = list(segment.words)
    for i, word in enumerate(words):
        following = words[i + 1].start_ms if i + 1 < len(words) else segment.end_ms
        pause = _longest(quiet, word.start_ms + SPOKEN_MS - segment.start_ms, following - segment.start_ms)
        if pause is None:
            continue
        begins, ends = (segment.start_ms + at for at in pause)
        words[i] = replace(word, end_ms=begins)
        if i + 1 < len(words):
            words[i + 1] = replace(words[i + 1], start_ms=min(words[i + 1].start_ms, ends))
    settled = _apart(words)
    return replace(segment, end_ms=max(word.end_ms for word in settled), words=settled)


def _longest(quiet: NDArray[np.bool_], start_ms: int, end_ms: int) -> tuple[int, int] | None:
    """The longest quiet stretch between two times of the segment, in milliseconds; None where it is too short."""
    first, last = -(-start_ms // BLOCK_MS), end_ms // BLOCK_MS + 1
    here = np.concatenate([[False], quiet[first:last], [False]]).astype(np.int8)
    turns = np.diff(here)
    begins, ends = np.flatnonzero(turns == 1), np.flatnonzero(turns == -1)
    if not begins.size:
        return None
    at = int(np.argmax(ends - begins))
    begin_ms, until_ms = (first + int(begins[at])) * BLOCK_MS, (first + int(ends[at])) * BLOCK_MS
    return (begin_ms, until_ms) if until_ms - begin_ms >= SHORTEST_MS else None


def _apart(words: Sequence[Word]) -> tuple[Word, ...]:
    """No word reaches into the next, and none ends before it begins."""
    nexts = [word.start_ms for word in words[1:]] + [max(word.end_ms for word in words)]
    return tuple(
        replace(word, end_ms=max(word.start_ms, min(word.end_ms, until)))
        for word, until in zip(words, nexts, strict=True)
    )
