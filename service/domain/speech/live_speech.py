"""Speech of a talk that is going on, a stretch at a time; nothing of it is stored."""

from typing import Protocol

from nlp.asr.audio import FloatArray
from nlp.errors import ModelMissing
from nlp.types import Segment
from service.domain.speech.choice import SpeechOption


class LiveSpeech(Protocol):
    """Hears one stretch after the other, of all talks in turn."""

    def available(self, option: SpeechOption | None) -> ModelMissing | None:
        """None when a stretch can be heard now; otherwise the error that it would end in."""
        ...

    def sends_to(self, option: SpeechOption | None) -> str:
        """The host that hears the stretches; empty where they stay on this machine."""
        ...

    def hear(self, audio: FloatArray, *, option: SpeechOption | None, language: str) -> list[Segment]:
        """What is said in a stretch of at most half a minute, times from its beginning.

        Raises:
            ModelMissing, ModelRefused: the model cannot be used.
        """
        ...


class NoLiveSpeech:
    """An installation that takes sentences only."""

    def available(self, option: SpeechOption | None) -> ModelMissing:
        """Why no audio is taken."""
        del option
        return ModelMissing("no speech model is configured", remedy="set FIELDCUE_ASR__MODEL, or send sentences")

    def sends_to(self, option: SpeechOption | None) -> str:
        """Nowhere."""
        del option
        return ""

    def hear(self, audio: FloatArray, *, option: SpeechOption | None, language: str) -> list[Segment]:
        """Never returns.

        Raises:
            ModelMissing: always.
        """
        del audio, language
        raise self.available(option)
