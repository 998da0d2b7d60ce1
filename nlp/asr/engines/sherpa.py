"""Mandarin-first models (SenseVoice, Paraformer, CTC exports) through sherpa-onnx.

Invariant: importing this module does not import the library. It ends the process on models it cannot read, so `load`
belongs into a process that was started for it, and looks for what it can before the library does.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from nlp.asr import characters
from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.engines.sherpa_model import SherpaModel, load_model_facts
from nlp.asr.pauses import settle_pauses
from nlp.asr.segments import settle_times
from nlp.asr.voice import DEFAULT_VOICE, Stretch, VoiceOptions, find_voice
from nlp.errors import Cancelled, ModelRefused
from nlp.types import Segment, Word

LONGEST_TOKEN_MS = 400  # a syllable; the models tell where a token begins, not where it ends
ATTACHED = "，。？！、；：,.?!;:…"


@dataclass(frozen=True, slots=True)
class SherpaOptions:
    """Which model directory, and how it runs; `batch_size` stretches of speech are decoded together."""

    model: str
    device: Literal["cpu", "cuda"] = "cpu"
    threads: int = 1
    batch_size: int = 8


def check_language(model: SherpaModel, language: str) -> None:
    """Refuse a model that says it writes another language.

    Raises:
        ModelRefused: it names its languages, and this is none of them.
    """
    known = {part.strip() for part in model.language.replace("-", ",").split(",") if part.strip()}
    if known and language not in known and "auto" not in known:
        raise ModelRefused(f"{model.name!r} knows {model.language}, not {language!r}; choose a model for {language!r}")


def load(options: SherpaOptions) -> "SherpaOnnx":
    """The model, ready to transcribe.

    Raises:
        ModelMissing: a file is not there. ModelRefused: it cannot be used; names file and way out.
    """
    model = load_model_facts(options.model)
    import sherpa_onnx

    make = getattr(sherpa_onnx.OfflineRecognizer, f"from_{model.kind}")
    files = {("paraformer" if model.kind == "paraformer" else role): str(path) for role, path in model.files.items()}
    extra: dict[str, Any] = {}
    if model.kind == "sense_voice":
        extra = {"use_itn": True, "language": model.language if model.language in {"zh", "en", "yue"} else ""}
    try:
        recognizer = make(
            **files, tokens=str(model.tokens), num_threads=options.threads, provider=options.device, **extra
        )
    except (RuntimeError, ValueError, AssertionError) as exc:
        raise ModelRefused(f"the speech model {options.model!r} cannot be loaded: {str(exc)[:500]}") from exc
    writer = characters.load(model.characters) if model.characters else None
    return SherpaOnnx(recognizer, model=model, options=options, writer=writer)


class SherpaOnnx:
    """A loaded model. Speech is cut out by the voice detector first, so that silence is never decoded."""

    def __init__(
        self,
        recognizer: object,
        *,
        model: SherpaModel,
        options: SherpaOptions,
        voice: VoiceOptions = DEFAULT_VOICE,
        writer: characters.Characters | None = None,
    ) -> None:
        self._recognizer: Any = recognizer
        self._model = model
        self._options = options
        self._voice = voice
        self._writer = writer

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
        """What is said in `audio`; see `Transcriber.transcribe`. Hot words are left to the correction afterwards.

        Raises:
            Cancelled: `should_stop` said so. ModelRefused: the model says that it writes another language.
        """
        del hotwords  # none of these kinds takes them; `nlp.asr.correction` puts the terms right in the text
        del again  # they have no temperature and no prompt: only the shorter piece is another way
        check_language(self._model, language)
        if should_stop():
            raise Cancelled("the transcription was stopped")
        stretches = find_voice(audio, options=self._voice)
        segments: list[Segment] = []
        # Stretches of like length together: a batch is padded to its longest.
        by_length = sorted(stretches, key=lambda s: s.end - s.start)
        size = self._options.batch_size
        for first in range(0, len(by_length), size):
            if should_stop():
                raise Cancelled("the transcription was stopped")
            heard = self._decode(audio, by_length[first : first + size])
            segments += [settle_pauses(segment, audio) for segment in heard if segment.text]
            on_progress(min(1.0, (first + size) / len(by_length)))
        segments.sort(key=lambda s: s.start_ms)
        return settle_times(segments, duration_ms=audio.size * 1000 // SAMPLE_RATE_HZ)

    def describe(self) -> Mapping[str, str]:
        """Engine, model and parameters, for the record of the result."""
        import sherpa_onnx

        options = self._options
        parameters = f"{options.device} {self._model.kind} batch {options.batch_size} threads {options.threads}"
        return {
            "engine": f"sherpa-onnx {sherpa_onnx.__version__}",
            "model": self._model.name,
            "parameters": f"{parameters}; {self._model.note}" if self._model.note else parameters,
        }

    def _decode(self, audio: FloatArray, group: Sequence[Stretch]) -> list[Segment]:
        streams = []
        for stretch in group:
            stream = self._recognizer.create_stream()
            stream.accept_waveform(SAMPLE_RATE_HZ, audio[stretch.start : stretch.end])
            streams.append(stream)
        self._recognizer.decode_streams(streams)
        if self._writer is not None:
            return [
                written(self._writer, list(stream.result.tokens), list(stream.result.timestamps), stretch=stretch)
                for stretch, stream in zip(group, streams, strict=True)
            ]
        return [
            to_segment(
                stream.result.text,
                stretch=stretch,
                tokens=list(stream.result.tokens),
                starts_s=list(stream.result.timestamps),
                log_probs=list(stream.result.ys_log_probs),
            )
            for stretch, stream in zip(group, streams, strict=True)
        ]


def written(
    writer: characters.Characters, tokens: Sequence[str], starts_s: Sequence[float], *, stretch: Stretch
) -> Segment:
    """One stretch's syllables as a segment of characters, each a word with its syllable's time."""
    starts = [min(stretch.start_ms + round(start * 1000), stretch.end_ms) for start in starts_s]
    marks = writer.read(tokens, starts)
    words: list[Word] = []
    for mark in marks:
        if mark.text in ATTACHED and words:
            words[-1] = replace(words[-1], text=words[-1].text + mark.text)
        else:
            words.append(Word(mark.text, starts[mark.syllable], starts[mark.syllable], mark.confidence))
    if not words:
        return Segment("", stretch.start_ms, stretch.end_ms)
    words = list(_ended(words, end_ms=stretch.end_ms))
    sure = round(sum(mark.confidence for mark in marks) / len(marks), 3)
    text = "".join(word.text for word in words)
    return Segment(text, words[0].start_ms, words[-1].end_ms, words=tuple(words), confidence=sure)


def to_segment(
    text: str, *, stretch: Stretch, tokens: Sequence[str], starts_s: Sequence[float], log_probs: Sequence[float]
) -> Segment:
    """One stretch's result as a segment with words, as far as the model tells their times.

    Args:
        tokens: pieces of the text in order, in the spelling of the model's own table.
        starts_s: where each begins, in seconds of the stretch; other lengths than `tokens` mean: not told.
        log_probs: natural; other lengths than `tokens` mean: not told.
    """
    text = text.strip()
    words = _words(text, stretch, tokens, starts_s, log_probs) if len(starts_s) == len(tokens) else ()
    told = len(log_probs) == len(tokens) > 0
    confidence = round(math.exp(min(0.0, sum(log_probs) / len(log_probs))), 3) if told else None
    if not words:
        return Segment(text, stretch.start_ms, stretch.end_ms, confidence=confidence)
    return Segment(text, words[0].start_ms, words[-1].end_ms, words=words, confidence=confidence)


def _words(
    text: str, stretch: Stretch, tokens: Sequence[str], starts_s: Sequence[float], log_probs: Sequence[float]
) -> tuple[Word, ...]:
    """Words that together spell the text; none where the tokens do not (numbers rewritten, bytes as tokens)."""
    words: list[Word] = []
    at = 0
    for n, token in enumerate(tokens):
        piece = token.replace("▁", " ").replace("@@", "").strip()
        if not piece:
            continue
        found = text.find(piece, at)
        if found < 0 or text[at:found].strip():
            return ()
        start_ms = min(stretch.start_ms + round(starts_s[n] * 1000), stretch.end_ms)
        chance = round(math.exp(min(0.0, log_probs[n])), 3) if len(log_probs) == len(tokens) else None
        glued = bool(words) and found == at and (piece in ATTACHED or _latin(words[-1].text[-1], piece[0]))
        if glued:
            last = words[-1]
            words[-1] = Word(last.text + piece, last.start_ms, last.end_ms, last.confidence)
        else:
            words.append(Word(piece, start_ms, start_ms, chance))
        at = found + len(piece)
    if text[at:].strip():
        return ()
    return _ended(words, end_ms=stretch.end_ms)


def _latin(left: str, right: str) -> bool:
    return left.isascii() and left.isalnum() and right.isascii() and right.isalnum()


def _ended(words: Sequence[Word], *, end_ms: int) -> tuple[Word, ...]:
    """Each word until the next begins, and no longer than a syllable for each of its characters."""
    nexts = [word.start_ms for word in words[1:]] + [end_ms]
    return tuple(
        Word(w.text, w.start_ms, max(w.start_ms, min(until, w.start_ms + LONGEST_TOKEN_MS * len(w.text))), w.confidence)
        for w, until in zip(words, nexts, strict=True)
    )
