"""Short recordings turned into text while the caller waits: nothing is stored, and nothing is analysed.

Invariant: the bytes and their text are gone when the answer is; a recording over the limits is refused with the way to
the queue, which has none of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from nlp.errors import ModelMissing
from nlp.types import Segment, Turn
from service.domain.speech.choice import SpeechOption

QUEUE = "send longer recordings to the queue: POST /v1/visits, then POST /v1/visits/{id}/recording"


@dataclass(frozen=True, slots=True)
class ShortLimits:
    """`audio_bytes` and `audio_s` of one recording; `waiting` callers at a time, the others are told to come back."""

    audio_bytes: int = 26_214_400
    audio_s: int = 600
    waiting: int = 4


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said: segments by time, and turns with roles where they were asked for."""

    duration_ms: int
    segments: tuple[Segment, ...]
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class HearRequest:
    """How a recording shall be heard; `option` None is the installation's own model."""

    option: SpeechOption | None = None
    language: str = "zh"
    hotwords: Sequence[str] = ()
    with_turns: bool = False


class ShortSpeech(Protocol):
    """Hears one short recording."""

    @property
    def limits(self) -> ShortLimits:
        """What is taken."""
        ...

    def hear(
        self,
        chunks: Iterable[bytes],
        request: HearRequest,
        *,
        on_segments: Callable[[Sequence[Segment]], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Heard:
        """The text of a recording.

        Args:
            on_segments: called with finished segments in order of time, before the whole is done.
        Raises:
            TooLarge: over a limit. Unavailable: too many wait. ModelMissing, ModelRefused, AudioError, Cancelled.
        """
        ...


class NoShortSpeech:
    """An installation that hears nothing while callers wait."""

    limits = ShortLimits()

    def hear(
        self,
        chunks: Iterable[bytes],
        request: HearRequest,
        *,
        on_segments: Callable[[Sequence[Segment]], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Heard:
        """Never returns.

        Raises:
            ModelMissing: always.
        """
        del chunks, request, on_segments, should_stop
        raise ModelMissing("no speech model is configured", remedy="set FIELDCUE_ASR__MODEL and restart")
