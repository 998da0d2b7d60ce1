"""What a remote transcriber answered, as segments: strict about kinds, forgiving about what is left out.

Invariant: nothing of the answer reaches an error's text, because the answer is what customers said; times lie inside
the piece that was sent.
"""

import json
import math
from collections.abc import Sequence
from typing import Any, TypeGuard

from nlp.types import Segment, Word
from service.domain.errors import Permanent

BAD_ANSWER = "remote_bad_answer"
# Whisper's own rule for a window in which nobody speaks.
NO_SPEECH, UNSURE = 0.6, -1.0


def read_answer(body: bytes, *, duration_ms: int) -> list[Segment]:
    """Segments in order, times in milliseconds of the piece that was sent.

    A service that gives words but no segments gets one segment of them; one that gives text alone, one without words.

    Args:
        duration_ms: length of the piece; times beyond it are cut.
    Raises:
        Permanent: `remote_bad_answer`: this is no transcription.
    """
    document = _document(body)
    words = [_word(item, duration_ms) for item in _list(document, "words")]
    words = [word for word in words if word.text]
    segments = [_segment(item, duration_ms) for item in _list(document, "segments") if not _unspoken(item)]
    if document.get("segments") is None:
        segments = [_whole(document, words, duration_ms)]
    segments = sorted((s for s in segments if s.text), key=lambda s: s.start_ms)
    return _with_words(segments, words)


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Permanent("the transcription service answered with something that is no JSON", code=BAD_ANSWER) from None
    if not isinstance(document, dict) or not isinstance(document.get("text"), str):
        raise Permanent("the transcription service answered without a text", code=BAD_ANSWER)
    return document


def _list(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = document.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Permanent(f"the transcription service's {key} are no list of objects", code=BAD_ANSWER)
    return found


def _segment(item: dict[str, Any], duration_ms: int) -> Segment:
    start, end = _times(item, duration_ms)
    log_prob = item.get("avg_logprob")
    confidence = round(math.exp(min(0.0, float(log_prob))), 3) if _is_number(log_prob) else None
    return Segment(_text(item, "text"), start, end, confidence=confidence)


def _word(item: dict[str, Any], duration_ms: int) -> Word:
    start, end = _times(item, duration_ms)
    chance = item.get("probability")
    return Word(_text(item, "word"), start, end, min(1.0, max(0.0, float(chance))) if _is_number(chance) else None)


def _whole(document: dict[str, Any], words: Sequence[Word], duration_ms: int) -> Segment:
    start = words[0].start_ms if words else 0
    end = max(word.end_ms for word in words) if words else duration_ms
    return Segment(document["text"].strip(), start, end)


def _unspoken(item: dict[str, Any]) -> bool:
    silence, log_prob = item.get("no_speech_prob"), item.get("avg_logprob")
    return _is_number(silence) and _is_number(log_prob) and float(silence) > NO_SPEECH and float(log_prob) < UNSURE


def _text(item: dict[str, Any], key: str) -> str:
    text = item.get(key)
    if not isinstance(text, str):
        raise Permanent(f"the transcription service left out a {key}", code=BAD_ANSWER)
    return text.strip()


def _times(item: dict[str, Any], duration_ms: int) -> tuple[int, int]:
    start, end = item.get("start"), item.get("end")
    if not _is_number(start) or not _is_number(end):
        raise Permanent("the transcription service left out a time", code=BAD_ANSWER)
    start_ms = min(max(0, round(float(start) * 1000)), duration_ms)
    return start_ms, min(max(start_ms, round(float(end) * 1000)), duration_ms)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _with_words(segments: Sequence[Segment], words: Sequence[Word]) -> list[Segment]:
    """Each word in the segment that its middle lies in, or the nearest before it; times of the segment hold."""
    homes: list[list[Word]] = [[] for _ in segments]
    for word in sorted(words, key=lambda w: w.start_ms):
        middle = (word.start_ms + word.end_ms) // 2
        before = [n for n, segment in enumerate(segments) if segment.start_ms <= middle]
        if segments:
            homes[before[-1] if before else 0].append(word)
    return [
        Segment(
            s.text,
            min([s.start_ms, *(w.start_ms for w in home)]),
            max([s.end_ms, *(w.end_ms for w in home)]),
            words=tuple(home),
            confidence=s.confidence,
        )
        for s, home in zip(segments, homes, strict=True)
    ]
