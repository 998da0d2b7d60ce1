"""Stretches of a talk that is going on, heard by the same engines as recordings, in a directory that is gone after."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from nlp.asr.audio import FULL_SCALE, SAMPLE_RATE_HZ, AudioReport, AudioWindow, DecodedAudio, FloatArray
from nlp.asr.finishing import Finishing
from nlp.errors import ModelMissing
from nlp.types import Segment
from service.adapters.audio.short_speech import ClosableEngines
from service.adapters.audio.work_files import new_work_key, put_samples
from service.domain.speech.choice import SpeechOption, is_remote

NAME = "stretch.s16"


class LocalLiveSpeech:
    """The LiveSpeech port.

    Args:
        engines: kept apart from the queue's and the callers', so that a cue never waits behind a recording.
        hotwords: terms to listen for in every talk.
        finishing: makes Chinese text ready to be read.
        remote_host: where an engine that is another's service hears them.
    """

    def __init__(
        self,
        engines: ClosableEngines,
        *,
        hotwords: Sequence[str] = (),
        finishing: Finishing | None = None,
        remote_host: str = "",
    ) -> None:
        self._remote_host = remote_host
        self._engines = engines
        self._hotwords = tuple(hotwords)
        self._finishing = finishing or Finishing()

    def close(self) -> None:
        """End the processes that hold its models."""
        self._engines.close()

    def available(self, option: SpeechOption | None) -> ModelMissing | None:
        """None when a stretch can be heard now."""
        return self._engines.of(option).available()

    def sends_to(self, option: SpeechOption | None) -> str:
        """The remote service's host where the option's engine is one; see the port."""
        return self._remote_host if is_remote(self._engines.of(option).describe()) else ""

    def hear(self, audio: FloatArray, *, option: SpeechOption | None, language: str) -> list[Segment]:
        """What is said in a stretch; see the port."""
        duration_ms = audio.size * 1000 // SAMPLE_RATE_HZ
        with tempfile.TemporaryDirectory(prefix="fieldcue-") as name:
            folder = Path(name)
            key = new_work_key()
            with (folder / NAME).open("wb") as file:
                put_samples(file, (audio * FULL_SCALE).astype("<i2"), key)
            report = AudioReport(duration_ms, SAMPLE_RATE_HZ, 1, "pcm_s16le", "live")
            window = AudioWindow(0, 0, duration_ms, (NAME,))
            heard = self._engines.of(option).transcribe(
                DecodedAudio(folder, report, "mono", (window,), key),
                language=language,
                hotwords=self._hotwords,
                on_window=lambda *_: None,
                done_windows={},
                should_stop=lambda: False,
            )
        return self._finishing.segments(heard) if language == "zh" else heard
