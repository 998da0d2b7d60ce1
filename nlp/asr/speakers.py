"""Which words of a shared channel were said by which voice, once somebody has told the voices apart.

Invariant: a voice is a number within one window and nothing else; no measure of it leaves the finder, none is stored,
and no voice is known again in another window or recording. Words and their times stay as they were heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

from nlp.asr.audio import FloatArray
from nlp.types import Segment, Word

VOICES = 100  # numbers set aside for each window
NEAR_MS = 500


@dataclass(frozen=True, slots=True)
class Stint:
    """One voice speaks from `start_ms` to `end_ms` of a window; `voice` counts from 0."""

    start_ms: int
    end_ms: int
    voice: int


class SpeakerFinder(Protocol):
    """Tells the voices of one window apart."""

    def find(self, audio: FloatArray) -> list[Stint]:
        """Who speaks when, ordered by start; stints of different voices may overlap.

        Args:
            audio: float32, shape (n_samples,), mono, 16 000 Hz; one window of at most ten minutes.
        """
        ...


def by_speaker(segments: Sequence[Segment], stints: Sequence[Stint], *, window: int) -> list[Segment]:
    """The segments cut where the voice changes between two words, each with its speaker.

    Args:
        segments: of one window's only channel; times count from the window's start, as those of `stints`.
        window: its number, which keeps its voices apart from those of other windows.
    Returns:
        `speaker` stays None where nobody was found within half a second; a segment whose words do not spell it is not
        cut and goes to whoever speaks longest in it.
    """
    return [piece for segment in segments for piece in _cut(segment, stints, window)]


def _cut(segment: Segment, stints: Sequence[Stint], window: int) -> list[Segment]:
    if "".join(word.text for word in segment.words) != segment.text.replace(" ", "") or " " in segment.text:
        voice = _voice(segment.start_ms, segment.end_ms, stints)
        return [replace(segment, speaker=_number(voice, window))]
    voiced = [(_voice(word.start_ms, word.end_ms, stints), word) for word in segment.words]
    pieces = [(voice, [word for _, word in run]) for voice, run in groupby(voiced, key=lambda pair: pair[0])]
    return [_piece(segment, words, _number(voice, window)) for voice, words in pieces]


def _piece(segment: Segment, words: Sequence[Word], speaker: int | None) -> Segment:
    return replace(
        segment,
        text="".join(word.text for word in words),
        start_ms=words[0].start_ms,
        end_ms=max(word.end_ms for word in words),
        words=tuple(words),
        speaker=speaker,
    )


def _number(voice: int | None, window: int) -> int | None:
    return None if voice is None else window * VOICES + voice % VOICES


def _voice(start_ms: int, end_ms: int, stints: Sequence[Stint]) -> int | None:
    """Who speaks longest in between; where nobody does, the nearest within `NEAR_MS`."""
    shared: dict[int, int] = {}
    for stint in stints:
        common = min(end_ms, stint.end_ms) - max(start_ms, stint.start_ms)
        if common > 0:
            shared[stint.voice] = shared.get(stint.voice, 0) + common
    if shared:
        return max(shared, key=lambda voice: (shared[voice], -voice))
    away = [(max(stint.start_ms - end_ms, start_ms - stint.end_ms), stint.voice) for stint in stints]
    nearest = min(away, default=(NEAR_MS + 1, 0))
    return nearest[1] if nearest[0] <= NEAR_MS else None
