"""Whisper through faster-whisper and CTranslate2, the default engine.

Invariant: importing this module imports neither library. CTranslate2 is not fork-safe, so `load` belongs into a
process that was started for it, and that process holds one model.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.hotwords import PROMPT_ZH, fit_hotwords
from nlp.asr.segments import settle_times
from nlp.errors import Cancelled, ModelMissing, ModelRefused
from nlp.types import Segment, Word

Device = Literal["auto", "cpu", "cuda"]

# Prompt and hot words together. Whisper has 448 positions for prompt and answer; 30 s of Mandarin take up to 200.
PROMPT_TOKENS = 200
# The second hearing of what looped: the library goes to the next temperature while the text compresses too well.
AGAIN_TEMPERATURES = (0.0, 0.4)
AGAIN_PENALTY = 1.1
AGAIN_TOKENS = 160  # ten seconds of the fastest Mandarin; a loop must not cost more
MODEL_FILES = ("model.bin", "config.json", "tokenizer.json")


class RawWord(Protocol):
    """A word as faster-whisper returns it; times in seconds."""

    word: str
    start: float
    end: float
    probability: float


class RawSegment(Protocol):
    """A segment as faster-whisper returns it; times in seconds, `avg_logprob` natural."""

    text: str
    start: float
    end: float
    avg_logprob: float
    words: Sequence[RawWord] | None


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """Which model, and how it runs.

    `model` is a size that faster-whisper knows, a hub id, or a directory; `compute_type` empty means int8 on a CPU and
    float16 on a GPU; `threads` comes from the container's quota; `local_files_only` forbids the hub; `cache_dir` is
    where downloaded models lie, empty for the library's own place.
    """

    model: str
    device: Device = "auto"
    compute_type: str = ""
    threads: int = 1
    batch_size: int = 8
    beam_size: int = 5
    local_files_only: bool = True
    cache_dir: str = ""


def check_name(model: str, *, language: str) -> None:
    """Refuse models that are known not to write this language, before anything is loaded.

    Raises:
        ModelRefused: a distilled or English-only model for another language than English.
    """
    name = Path(model).name.casefold()
    if language == "en":
        return
    if "distil" in name:
        raise ModelRefused(
            f"{model!r} is a distilled model: it was trained on English and writes English for {language!r}; "
            "choose a multilingual one, such as small or large-v3-turbo"
        )
    if name.endswith((".en", "-en")):
        raise ModelRefused(f"{model!r} knows only English, not {language!r}; choose the one without '.en'")


def missing_model(model: str, reason: str) -> ModelMissing:
    """The error for a model that is not there, with the ways out."""
    return ModelMissing(
        f"the speech model {model!r} is not available: {reason}",
        remedy=(
            "set FIELDCUE_ASR__MODEL to a directory with a CTranslate2 Whisper model (model.bin, config.json, "
            "tokenizer.json, vocabulary.json), or to a name such as large-v3-turbo with "
            "FIELDCUE_ASR__LOCAL_FILES_ONLY=false where the hub can be reached"
        ),
    )


def load(options: WhisperOptions) -> "FasterWhisper":
    """The model, ready to transcribe; takes seconds and up to gigabytes.

    Raises:
        ModelMissing: not on this machine, and not to be had.
        ModelRefused: it cannot be loaded.
    """
    import ctranslate2
    import faster_whisper

    directory = options.model if Path(options.model).is_dir() else _download(options)
    for name in MODEL_FILES:
        # Without tokenizer.json the library would ask a hub, whatever `local_files_only` says.
        if not (Path(directory) / name).is_file():
            raise missing_model(options.model, f"{name} is missing in its directory")
    device = options.device
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() > 0 else "cpu"
    compute_type = options.compute_type or ("float16" if device == "cuda" else "int8")
    try:
        model = faster_whisper.WhisperModel(
            directory, device=device, compute_type=compute_type, cpu_threads=options.threads, num_workers=1
        )
    except (RuntimeError, ValueError, KeyError) as exc:
        raise ModelRefused(f"the speech model {options.model!r} cannot be loaded: {exc}") from exc
    # The library puts a space before prompt and hot words, so it is counted with them.
    return FasterWhisper(
        model,
        options=replace(options, device=device, compute_type=compute_type),
        is_multilingual=model.model.is_multilingual,
        count_tokens=lambda text: len(model.hf_tokenizer.encode(f" {text}", add_special_tokens=False).ids),
    )


def _download(options: WhisperOptions) -> str:
    from faster_whisper.utils import download_model

    try:
        found = download_model(
            options.model, local_files_only=options.local_files_only, cache_dir=options.cache_dir or None
        )
    except Exception as exc:  # the hub client fails in a dozen ways, and all mean: not to be had
        raise missing_model(options.model, f"{type(exc).__name__}: {str(exc)[:200]}") from exc
    return str(found)


class FasterWhisper:
    """A loaded Whisper model. Batched over voiced stretches, so that silence is never decoded."""

    def __init__(
        self, model: object, *, options: WhisperOptions, is_multilingual: bool, count_tokens: Callable[[str], int]
    ) -> None:
        self._model = model
        self._options = options
        self._is_multilingual = is_multilingual
        self._count_tokens = count_tokens

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
        """What is said in `audio`; see `Transcriber.transcribe`.

        Raises:
            Cancelled: `should_stop` said so.
            ModelRefused: an English-only model for another language.
        """
        if language != "en" and not self._is_multilingual:
            raise ModelRefused(f"{self._options.model!r} knows only English, not {language!r}")
        if should_stop():
            raise Cancelled("the transcription was stopped")
        duration_ms = audio.size * 1000 // SAMPLE_RATE_HZ
        segments: list[Segment] = []
        share = 0.0
        decode = self._decode_again if again else self._decode
        for raw in decode(audio, language=language, hotwords=hotwords):
            if should_stop():
                raise Cancelled("the transcription was stopped")
            segment = _segment(raw)
            if segment.text:
                segments.append(segment)
            share = max(share, min(1.0, segment.end_ms / max(duration_ms, 1)))
            on_progress(share)
        segments.sort(key=lambda s: s.start_ms)
        return settle_times(segments, duration_ms=duration_ms)

    def describe(self) -> Mapping[str, str]:
        """Engine, model and parameters, for the record of the result."""
        import ctranslate2
        import faster_whisper

        return {
            "engine": f"faster-whisper {faster_whisper.__version__}, CTranslate2 {ctranslate2.__version__}",
            "model": Path(self._options.model).name,
            "parameters": f"{self._options.device} {self._options.compute_type} beam {self._options.beam_size} "
            f"batch {self._options.batch_size} threads {self._options.threads} vad",
        }

    def _decode(self, audio: FloatArray, *, language: str, hotwords: Sequence[str]) -> Iterable[RawSegment]:
        import faster_whisper

        prompt = PROMPT_ZH if language == "zh" else None
        spent = self._count_tokens(prompt) if prompt else 0
        hint = fit_hotwords(hotwords, count_tokens=self._count_tokens, budget=PROMPT_TOKENS - spent)
        # A pipeline of its own for each call: it keeps the last word's time, which a cancelled call would leave behind.
        pipeline = faster_whisper.BatchedInferencePipeline(self._model)
        segments: Iterable[RawSegment]
        segments, _ = pipeline.transcribe(
            audio,
            language=language,
            beam_size=self._options.beam_size,
            batch_size=self._options.batch_size,
            vad_filter=True,
            condition_on_previous_text=False,
            without_timestamps=False,
            word_timestamps=True,
            initial_prompt=prompt,
            hotwords=hint or None,
        )
        return segments

    def _decode_again(self, audio: FloatArray, *, language: str, hotwords: Sequence[str]) -> Iterable[RawSegment]:
        """Window after window, without prompt; hotter where the text compresses too well or the model is unsure."""
        del hotwords
        segments: Iterable[RawSegment]
        segments, _ = self._model.transcribe(  # type: ignore[attr-defined] # the library has no types
            audio,
            language=language,
            beam_size=self._options.beam_size,
            temperature=AGAIN_TEMPERATURES,
            repetition_penalty=AGAIN_PENALTY,
            max_new_tokens=AGAIN_TOKENS,
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        return segments


def _segment(raw: RawSegment) -> Segment:
    words = tuple(
        Word(w.word.strip(), round(w.start * 1000), round(w.end * 1000), round(float(w.probability), 3))
        for w in raw.words or ()
        if w.word.strip()
    )
    return Segment(
        text=raw.text.strip(),
        start_ms=round(raw.start * 1000),
        end_ms=round(raw.end * 1000),
        words=words,
        confidence=round(math.exp(min(0.0, raw.avg_logprob)), 3),
    )
