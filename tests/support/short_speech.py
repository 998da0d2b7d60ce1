"""A SpeechEngine that says what it is told to for each window, and engines made of it."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nlp.asr.audio import DecodedAudio
from nlp.asr.drops import Dropped
from nlp.asr.segments import shift
from nlp.errors import Cancelled, ModelMissing, NotAudio
from nlp.types import Segment, Turn
from service.domain.errors import TooLarge
from service.domain.speech.choice import SpeechOffer, SpeechOption
from service.domain.speech.short_speech import QUEUE, Heard, HearRequest, ShortLimits

SCRIPT = SpeechOption("sherpa-onnx", "script")
OTHER = SpeechOption("faster-whisper", "other")


@dataclass
class ScriptedEngine:
    """Fake `SpeechEngine`: the n-th window gets the n-th answer, the last one repeats."""

    answers: Sequence[Sequence[Segment]]
    missing: ModelMissing | None = None
    vanishes: ModelMissing | None = None
    pause_s: float = 0.0
    languages: list[str] = field(default_factory=list)
    hotwords: list[list[str]] = field(default_factory=list)
    windows: int = 0
    lay_there: list[bytes] = field(default_factory=list)

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
        del done_windows, on_dropped, on_progress, tell_voices
        self.languages.append(language)
        self.hotwords.append(list(hotwords))
        self.lay_there += [path.read_bytes() for path in sorted(decoded.directory.iterdir())]
        said: list[Segment] = []
        if self.vanishes is not None:
            raise self.vanishes
        for window in decoded.windows:
            ends = time.monotonic() + self.pause_s
            while time.monotonic() < ends:
                if should_stop():
                    raise Cancelled("stopped")
                time.sleep(0.01)
            answer = self.answers[min(window.index, len(self.answers) - 1)]
            found = [shift(segment, window.start_ms, channel=segment.channel) for segment in answer]
            self.windows += 1
            on_window(window.index, found)
            said += found
        return said

    def available(self) -> ModelMissing | None:
        return self.missing

    def describe(self) -> Mapping[str, str]:
        return {"engine": "scripted", "model": "script"}


@dataclass
class ScriptedEngines:
    """Fake `SpeechEngines`: one engine for whatever is asked for; remembers what was."""

    engine: ScriptedEngine
    asked: list[SpeechOption | None] = field(default_factory=list)
    closed: bool = False

    def of(self, option: SpeechOption | None) -> ScriptedEngine:
        self.asked.append(option)
        return self.engine

    def offer(self) -> SpeechOffer:
        return SpeechOffer(SCRIPT, (SCRIPT, OTHER))

    def close(self) -> None:
        self.closed = True


class WordsAtOnce:
    """Fake `ShortSpeech`: the same sentence for every WAV, without decoding one."""

    limits = ShortLimits(audio_bytes=1_000_000)

    def hear(
        self,
        chunks: Iterable[bytes],
        request: HearRequest,
        *,
        on_segments: Callable[[Sequence[Segment]], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Heard:
        sent = b""
        for chunk in chunks:
            sent += chunk
            if len(sent) > self.limits.audio_bytes:
                raise TooLarge(f"at most {self.limits.audio_bytes} bytes are heard at once; {QUEUE}")
        if not sent.startswith(b"RIFF"):
            raise NotAudio("this is no audio file")
        if should_stop():
            raise Cancelled("stopped")
        segment = Segment("这个太贵了。", 200, 900)
        if on_segments is not None:
            on_segments([segment])
        turns = (Turn(0, segment.text, "customer", start_ms=200, end_ms=900),) if request.with_turns else ()
        return Heard(1000, (segment,), turns)
