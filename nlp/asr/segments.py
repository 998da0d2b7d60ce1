"""Segments as JSON and in order: what checkpoints store and what windows and channels are merged into.

Invariant: `read_segment(write_segment(s)) == s`; merged segments are ordered by start, words lie inside their segment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nlp.types import Segment, Word


def write_segment(segment: Segment) -> dict[str, Any]:
    """A segment as JSON values; words are lists [text, start_ms, end_ms, confidence] to keep checkpoints small."""
    return {
        "text": segment.text,
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "channel": segment.channel,
        "confidence": segment.confidence,
        "speaker": segment.speaker,
        "words": [[w.text, w.start_ms, w.end_ms, w.confidence] for w in segment.words],
    }


def read_segment(data: Mapping[str, Any]) -> Segment:
    """The segment that `write_segment` wrote.

    Raises:
        KeyError, ValueError, TypeError: the data was not written by `write_segment`.
    """
    words = tuple(
        Word(str(text), int(start), int(end), None if confidence is None else float(confidence))
        for text, start, end, confidence in data["words"]
    )
    confidence, speaker = data["confidence"], data.get("speaker")
    return Segment(
        text=str(data["text"]),
        start_ms=int(data["start_ms"]),
        end_ms=int(data["end_ms"]),
        channel=int(data["channel"]),
        words=words,
        confidence=None if confidence is None else float(confidence),
        speaker=None if speaker is None else int(speaker),
    )


def shift(segment: Segment, offset_ms: int, *, channel: int) -> Segment:
    """The same segment `offset_ms` later, on `channel`."""
    words = tuple(replace(w, start_ms=w.start_ms + offset_ms, end_ms=w.end_ms + offset_ms) for w in segment.words)
    return replace(
        segment,
        start_ms=segment.start_ms + offset_ms,
        end_ms=segment.end_ms + offset_ms,
        channel=channel,
        words=words,
    )


def settle_times(segments: Sequence[Segment], *, duration_ms: int) -> list[Segment]:
    """Segments of one channel with times that hold: inside [0, duration], starts not decreasing, words inside.

    Engines align words by attention, which may point anywhere; this keeps their order and repairs the rest.
    """
    settled: list[Segment] = []
    floor = 0
    for segment in segments:
        start = min(max(segment.start_ms, floor), duration_ms)
        end = min(max(segment.end_ms, start), duration_ms)
        words: list[Word] = []
        at = start
        for word in segment.words:
            word_start = min(max(word.start_ms, at), end)
            word_end = min(max(word.end_ms, word_start), end)
            words.append(replace(word, start_ms=word_start, end_ms=word_end))
            at = word_start
        settled.append(replace(segment, start_ms=start, end_ms=end, words=tuple(words)))
        floor = start
    return settled


def merge_by_time(segments: Iterable[Segment]) -> list[Segment]:
    """All segments ordered by start, then end, then channel; overlaps between channels stay."""
    return sorted(segments, key=lambda s: (s.start_ms, s.end_ms, s.channel))
