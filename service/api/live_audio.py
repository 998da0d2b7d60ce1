"""The sound of a live talk: binary frames in, sentences out, with how long each stage took.

After `audio`, binary frames are 16-bit little-endian samples at 16,000 Hz, interleaved where there are two channels.
Frames wait while a stretch is being heard, so a slow engine slows its caller and loses nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from nlp.asr.listening import Listener, Piece
from nlp.text.sentences import split_sentences
from nlp.types import Role, Segment
from service.api.schemas.base import In
from service.domain.errors import Invalid, TooLarge
from service.domain.speech.choice import SpeechOption
from service.domain.speech.live_speech import LiveSpeech

MOST_BYTES = 640_000
"""Ten seconds of two channels: more at once is a recording, not a talk."""


class AudioIn(In):
    """From here on binary frames are sound; with `roles`, each channel is one speaker's."""

    type: Literal["audio"]
    encoding: Literal["pcm_s16le"] = "pcm_s16le"
    sample_rate: Literal[16000] = 16_000
    channels: Annotated[int, Field(ge=1, le=2, strict=True)] = 1
    roles: Annotated[list[Literal["rep", "customer", "other"]], Field(max_length=2)] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$", strict=True)] = "zh"


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence that was heard; `waited_ms` until the pause was long enough, `speech_ms` until it was text."""

    text: str
    role: Role | None
    start_ms: int
    end_ms: int
    waited_ms: int
    speech_ms: float


class LiveEars:
    """The channels of one talk."""

    def __init__(
        self,
        wanted: AudioIn,
        speech: LiveSpeech,
        option: SpeechOption | None,
        count: Callable[[str], None] = lambda _said: None,
    ) -> None:
        """`count` is told of what another's service hears: "" before the first stretch goes there, then its texts."""
        if wanted.roles is not None and len(wanted.roles) != wanted.channels:
            raise Invalid("`roles` names one role for each channel", code="frame_invalid")
        missing = speech.available(option)
        if missing is not None:
            raise missing
        self._wanted = wanted
        self._speech = speech
        self._option = option
        self._count, self._counted = count, False
        self._listeners = [Listener() for _ in range(wanted.channels)]

    @property
    def heard_ms(self) -> int:
        """How much of the talk has arrived."""
        return self._listeners[0].heard_ms

    def feed(self, frame: bytes) -> list[Said]:
        """Sentences that are finished now, in the order they began.

        Raises:
            Invalid: the frame cuts a sample in two. TooLarge: it is longer than ten seconds.
        """
        if len(frame) > MOST_BYTES:
            raise TooLarge(f"a frame may hold at most {MOST_BYTES} bytes", code="frame_too_large")
        if len(frame) % (2 * self._wanted.channels):
            raise Invalid("a frame holds whole samples of every channel", code="frame_cut")
        samples = np.frombuffer(frame, dtype="<i2").reshape(-1, self._wanted.channels)
        pieces = [
            (channel, piece)
            for channel, listener in enumerate(self._listeners)
            for piece in listener.feed(np.ascontiguousarray(samples[:, channel]).tobytes())
        ]
        return self._heard(pieces)

    def finish(self) -> list[Said]:
        """What was being said when the talk ended."""
        pieces = [(c, piece) for c, listener in enumerate(self._listeners) for piece in listener.finish()]
        return self._heard(pieces)

    def _heard(self, pieces: list[tuple[int, Piece]]) -> list[Said]:
        said: list[Said] = []
        for channel, piece in sorted(pieces, key=lambda pair: pair[1].start_ms):
            if not self._counted:
                self._count("")
                self._counted = True
            started = time.perf_counter()
            segments = self._speech.hear(piece.audio, option=self._option, language=self._wanted.language)
            spent = (time.perf_counter() - started) * 1_000
            self._count(" ".join(segment.text for segment in segments))
            role = self._wanted.roles[channel] if self._wanted.roles else None
            said += [
                Said(text, role, piece.start_ms + start, piece.start_ms + end, piece.waited_ms, round(spent, 1))
                for segment in segments
                for text, start, end in sentences_in(segment)
            ]
        return said


def sentences_in(segment: Segment) -> list[tuple[str, int, int]]:
    """The sentences of a segment with times in proportion to their length: cues work on one statement."""
    whole, lasts = max(1, len(segment.text)), segment.end_ms - segment.start_ms
    return [
        (segment.text[a:b], segment.start_ms + lasts * a // whole, segment.start_ms + lasts * b // whole)
        for a, b in split_sentences(segment.text)
    ]
