"""An engine that says what it is told to, and segments written in one line."""

from collections.abc import Callable, Mapping, Sequence

from nlp.asr.audio import FloatArray
from nlp.errors import Cancelled
from nlp.types import Segment, Word


def a_segment(
    text: str, start_ms: int, end_ms: int, *, channel: int = 0, confidence: float | None = None, words: bool = False
) -> Segment:
    """A segment; with `words`, one word per character, evenly spread."""
    made: tuple[Word, ...] = ()
    if words:
        step = (end_ms - start_ms) / max(1, len(text))
        made = tuple(Word(c, round(start_ms + n * step), round(start_ms + (n + 1) * step)) for n, c in enumerate(text))
    return Segment(text, start_ms, end_ms, channel, made, confidence)


class ScriptedTranscriber:
    """Fake `Transcriber`: the n-th stretch gets the n-th answer, a second hearing `second`; remembers both."""

    def __init__(self, answers: Sequence[Sequence[Segment]], *, second: Sequence[Segment] = ()) -> None:
        self.answers = list(answers)
        self.second = list(second)
        self.again: list[int] = []
        self.heard: list[FloatArray] = []
        self.hotwords: list[list[str]] = []

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
        if should_stop():
            raise Cancelled("stopped")
        if again:
            self.again.append(audio.size)
            return list(self.second)
        self.heard.append(audio)
        self.hotwords.append(list(hotwords))
        on_progress(0.5)
        on_progress(1.0)
        return list(self.answers[len(self.heard) - 1])

    def describe(self) -> Mapping[str, str]:
        return {"engine": "scripted", "model": "script", "parameters": ""}
