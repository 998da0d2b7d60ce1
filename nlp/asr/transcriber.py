"""The ports of speech recognition: an engine that hears one stretch, and a service that hears a whole recording.

Invariant: times are milliseconds from the start of what was passed in; silence gives no text; nothing is invented to
fill a gap.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from nlp.asr.audio import DecodedAudio, FloatArray
from nlp.asr.drops import Dropped
from nlp.errors import ModelMissing
from nlp.types import Segment


class Transcriber(Protocol):
    """One loaded model; used by one caller at a time."""

    def transcribe(
        self,
        audio: FloatArray,
        *,
        language: str,
        hotwords: Sequence[str],
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
        again: bool = False,
    ) -> list[Segment]:
        """What is said in `audio`, in order of time.

        Args:
            audio: float32, shape (n_samples,), mono, 16 000 Hz, in [-1, 1]; at most ten minutes.
            language: ISO 639-1 code.
            hotwords: terms to listen for, the most important first; an engine uses as many as fit.
            on_progress: called with the share done in [0, 1], not decreasing.
            should_stop: asked between batches.
            again: the first hearing of these few seconds looped: decode in another way, without any prompt.
        Raises:
            Cancelled: `should_stop` said so.
        """
        ...

    def describe(self) -> Mapping[str, str]:
        """Engine, model and parameters, for the record of the result."""
        ...


class SpeechEngine(Protocol):
    """Transcribes whole recordings somewhere else than in this process."""

    def transcribe(
        self,
        decoded: DecodedAudio,
        *,
        language: str,
        hotwords: Sequence[str],
        on_window: Callable[[int, list[Segment]], None],
        done_windows: Mapping[int, Sequence[Segment]],
        should_stop: Callable[[], bool],
        on_dropped: Callable[[int, list[Dropped]], None] | None = None,
        on_progress: Callable[[float], None] | None = None,
        tell_voices: bool = False,
    ) -> list[Segment]:
        """All segments of the recording, ordered by start, times from its beginning.

        Args:
            on_window: called once for every window that was transcribed now, with its final segments: a checkpoint.
            done_windows: windows of an earlier try by index; they are not transcribed again.
            on_dropped: called with what was taken out of a window, and why.
            on_progress: called with the share of the recording that is done, in [0, 1].
            tell_voices: those who speak agreed that their voices are measured to tell them apart; it happens on a
                shared channel, where the operator installed models for it.
        Raises:
            ModelMissing, ModelRefused: the model cannot be used; the error names the way out.
            Cancelled: `should_stop` said so.
        """
        ...

    def available(self) -> ModelMissing | None:
        """None when a transcription can be tried now; otherwise the error it would end in."""
        ...

    def describe(self) -> Mapping[str, str]:
        """Engine, model and parameters, for the record of the result."""
        ...
