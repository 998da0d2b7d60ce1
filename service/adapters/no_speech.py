"""The speech engine of an installation that has no model: everything waits, visibly, and says how to go on."""

from collections.abc import Callable, Mapping, Sequence

from nlp.asr.audio import DecodedAudio
from nlp.asr.drops import Dropped
from nlp.errors import ModelMissing
from nlp.types import Segment

REMEDY = (
    "set FIELDCUE_ASR__MODEL to a directory with a faster-whisper model, or to a hub name such as large-v3-turbo where "
    "the hub can be reached, and restart"
)


class NoSpeechEngine:
    """A `SpeechEngine` without a model."""

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
        """Never returns.

        Raises:
            ModelMissing: always, with the way out.
        """
        del decoded, language, hotwords, on_window, done_windows, should_stop, on_dropped, on_progress, tell_voices
        raise self.available()

    def available(self) -> ModelMissing:
        """Why nothing can be transcribed."""
        return ModelMissing("no speech model is configured", remedy=REMEDY)

    def describe(self) -> Mapping[str, str]:
        """There is no engine."""
        return {"engine": "none"}
