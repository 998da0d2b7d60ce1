"""What every speech engine promises, tried on the real engines with models small enough to be built here.

An engine joins by adding one entry to ENGINES: a function that takes an empty directory and gives a `Transcriber` for
as long as the context it returns is open.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest

from nlp.asr.audio import FloatArray, load_window
from nlp.asr.engines import faster_whisper, sherpa
from nlp.asr.engines.faster_whisper import WhisperOptions
from nlp.asr.engines.sherpa import SherpaOptions
from nlp.asr.transcriber import Transcriber
from nlp.errors import Cancelled, ModelMissing, ModelRefused
from nlp.types import Segment
from service.adapters.audio.decoding import decode
from service.adapters.transcribers.openai import RemoteOptions, RemoteTranscriber
from tests.support.media import a_tone, silence
from tests.support.receiver import receiving
from tests.support.remote_asr import hears
from tests.support.tiny_sherpa import METADATA, SENTENCE, build_tiny_sherpa
from tests.support.tiny_whisper import CLAUSES, build_tiny_whisper

RECORDING = Path(__file__).parents[3] / "service" / "demo" / "assets" / "recording.ogg"


def _tiny_whisper(directory: Path) -> Transcriber:
    model = build_tiny_whisper(directory / "tiny")
    return faster_whisper.load(WhisperOptions(model=str(model), device="cpu", batch_size=2, beam_size=1))


def _tiny_sherpa(kind: str) -> Callable[[Path], AbstractContextManager[Transcriber]]:
    def load(directory: Path) -> AbstractContextManager[Transcriber]:
        model = build_tiny_sherpa(directory / "tiny", kind=kind)
        return nullcontext(sherpa.load(SherpaOptions(model=str(model), batch_size=2)))

    return load


@contextmanager
def _remote(_directory: Path) -> Iterator[Transcriber]:
    with receiving(hears(key="secret")) as server:
        options = RemoteOptions(f"http://{server.host}/v1", "whisper-1", "secret", piece_s=20.0)
        yield RemoteTranscriber(options)


ENGINES: dict[str, Callable[[Path], AbstractContextManager[Transcriber]]] = {
    "faster-whisper": lambda directory: nullcontext(_tiny_whisper(directory)),
    **{f"sherpa-onnx {kind}": _tiny_sherpa(kind) for kind in METADATA},
    "remote": _remote,
}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transcriber]:
    with ENGINES[request.param](tmp_path_factory.mktemp("engine")) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> FloatArray:
    """Two minutes and a half of one side of a conversation: speech with long silences."""
    directory = tmp_path_factory.mktemp("speech")
    decoded = decode(RECORDING, directory)
    return load_window(directory, decoded.windows[0], 0)


def _hear(engine: Transcriber, audio: FloatArray, *, hotwords: tuple[str, ...] = ()) -> list[Segment]:
    return engine.transcribe(
        audio, language="zh", hotwords=hotwords, on_progress=lambda _: None, should_stop=lambda: False
    )


def test_speech_gives_text_at_times_that_hold(engine: Transcriber, speech: FloatArray) -> None:
    segments = _hear(engine, speech)
    duration_ms = speech.size // 16
    assert len(segments) > 3
    assert all(s.text == s.text.strip() != "" for s in segments)
    assert all(0 <= s.start_ms <= s.end_ms <= duration_ms for s in segments)
    starts = [s.start_ms for s in segments]
    assert starts == sorted(starts)


def test_words_lie_inside_their_segment_in_order(engine: Transcriber, speech: FloatArray) -> None:
    segments = _hear(engine, speech)
    assert any(s.words for s in segments)
    for segment in segments:
        at = segment.start_ms
        for word in segment.words:
            assert at <= word.start_ms <= word.end_ms <= segment.end_ms
            assert word.confidence is None or 0 <= word.confidence <= 1
            at = word.start_ms
        assert segment.confidence is None or 0 <= segment.confidence <= 1


@pytest.mark.parametrize(
    "audio",
    [
        pytest.param(silence(40), id="silence"),
        pytest.param(a_tone(10), id="a tone"),
        pytest.param(0.0001 * np.random.default_rng(1).standard_normal(16_000 * 20).astype(np.float32), id="hiss"),
        pytest.param(silence(0.1), id="a tenth of a second"),
    ],
)
def test_what_is_not_speech_gives_no_text(engine: Transcriber, audio: FloatArray) -> None:
    assert _hear(engine, audio, hotwords=("峰谷电价", "储能柜")) == []


def test_text_is_placed_where_the_speech_is(engine: Transcriber, speech: FloatArray) -> None:
    late = np.concatenate([silence(60), speech[: 20 * 16_000]])
    segments = _hear(engine, late)
    assert segments
    assert segments[0].start_ms >= 59_000


def test_hearing_the_same_twice_gives_the_same(engine: Transcriber, speech: FloatArray) -> None:
    audio = speech[: 40 * 16_000]
    assert _hear(engine, audio) == _hear(engine, audio)


def test_progress_grows_and_stays_within_one(engine: Transcriber, speech: FloatArray) -> None:
    told: list[float] = []
    engine.transcribe(speech, language="zh", hotwords=(), on_progress=told.append, should_stop=lambda: False)
    assert told
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1


def test_it_can_be_stopped_before_and_in_the_middle(engine: Transcriber, speech: FloatArray) -> None:
    told: list[float] = []
    with pytest.raises(Cancelled):
        engine.transcribe(speech, language="zh", hotwords=(), on_progress=told.append, should_stop=lambda: True)
    assert told == []
    with pytest.raises(Cancelled):
        engine.transcribe(speech, language="zh", hotwords=(), on_progress=told.append, should_stop=lambda: bool(told))
    assert len(told) < 5
    assert _hear(engine, speech[: 20 * 16_000])


def test_a_second_hearing_of_a_few_seconds_keeps_all_promises(engine: Transcriber, speech: FloatArray) -> None:
    audio = speech[: 12 * 16_000]

    def hear(should_stop: bool) -> list[Segment]:
        return engine.transcribe(
            audio, language="zh", hotwords=(), on_progress=lambda _: None, should_stop=lambda: should_stop, again=True
        )

    segments = hear(should_stop=False)
    assert segments
    assert all(0 <= s.start_ms <= s.end_ms <= 12_000 and s.text.strip() for s in segments)
    assert [s.start_ms for s in segments] == sorted(s.start_ms for s in segments)
    assert hear(should_stop=False) == segments
    with pytest.raises(Cancelled):
        hear(should_stop=True)


def test_more_hot_words_than_fit_do_no_harm(engine: Transcriber, speech: FloatArray) -> None:
    assert _hear(engine, speech[: 20 * 16_000], hotwords=tuple(f"型号甲乙丙丁{n}" for n in range(500)))


def test_it_says_what_it_is(engine: Transcriber) -> None:
    described = engine.describe()
    assert set(described) == {"engine", "model", "parameters"}
    assert described["engine"]
    assert described["model"]


# What only faster-whisper has.


def test_whisper_says_what_its_weights_say(tmp_path: Path, speech: FloatArray) -> None:
    segments = _hear(_tiny_whisper(tmp_path), speech[: 20 * 16_000])
    assert {s.text for s in segments} <= set(CLAUSES)
    assert "".join(w.text for w in segments[0].words) == segments[0].text


def test_batches_of_any_size_say_the_same(tmp_path: Path, speech: FloatArray) -> None:
    model = str(build_tiny_whisper(tmp_path / "tiny"))
    heard = [
        _hear(faster_whisper.load(WhisperOptions(model=model, device="cpu", batch_size=n, beam_size=1)), speech)
        for n in (1, 2, 8)
    ]
    assert [s.text for s in heard[0]] == [s.text for s in heard[1]] == [s.text for s in heard[2]]


def test_an_english_only_model_is_refused_for_chinese(tmp_path: Path, speech: FloatArray) -> None:
    model = build_tiny_whisper(tmp_path / "tiny", clauses=("abcdefgh",), languages=())
    engine = faster_whisper.load(WhisperOptions(model=str(model), device="cpu", beam_size=1))
    with pytest.raises(ModelRefused, match="only English"):
        _hear(engine, speech[: 5 * 16_000])


def test_a_directory_without_tokenizer_is_missing_and_asks_no_hub(tmp_path: Path) -> None:
    model = build_tiny_whisper(tmp_path / "tiny")
    (model / "tokenizer.json").unlink()
    with pytest.raises(ModelMissing, match=r"tokenizer\.json"):
        faster_whisper.load(WhisperOptions(model=str(model), device="cpu"))


def test_a_broken_model_is_refused(tmp_path: Path) -> None:
    model = build_tiny_whisper(tmp_path / "tiny")
    data = (model / "model.bin").read_bytes()
    (model / "model.bin").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelRefused):
        faster_whisper.load(WhisperOptions(model=str(model), device="cpu"))


def test_a_model_by_name_that_is_not_here_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        faster_whisper.load(WhisperOptions(model="base", device="cpu", cache_dir=str(tmp_path)))
    assert "FIELDCUE_ASR__MODEL" in caught.value.remedy


def test_naming_the_engine_loads_no_library() -> None:
    # The API process checks names with this module; CTranslate2 must not come with it.
    code = (
        "import sys, nlp.asr.engines.faster_whisper, nlp.asr.engines.sherpa, service.adapters.audio.speech_process;"
        "libraries = ('ctranslate2', 'faster_whisper', 'sherpa_onnx', 'av', 'onnxruntime');"
        "print([m for m in libraries if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# What only sherpa-onnx has; its models by name and metadata are in tests/unit/nlp/asr/engines.


def test_a_ctc_model_says_its_sentence_at_the_times_of_its_frames(tmp_path: Path, speech: FloatArray) -> None:
    engine = sherpa.load(SherpaOptions(model=str(build_tiny_sherpa(tmp_path / "tiny"))))
    segments = _hear(engine, speech[: 20 * 16_000])
    assert all(SENTENCE.startswith(s.text) for s in segments)
    long = max(segments, key=lambda s: len(s.text))
    assert "".join(w.text for w in long.words) == long.text
    steps = {b.start_ms - a.start_ms for a, b in zip(long.words, long.words[1:], strict=False)}
    assert steps == {200}  # five frames of forty milliseconds


def test_batches_of_any_size_hear_the_same(tmp_path: Path, speech: FloatArray) -> None:
    model = str(build_tiny_sherpa(tmp_path / "tiny"))
    heard = [_hear(sherpa.load(SherpaOptions(model=model, batch_size=n)), speech) for n in (1, 2, 8)]
    assert heard[0] == heard[1] == heard[2]


def test_a_model_for_another_language_is_refused(tmp_path: Path, speech: FloatArray) -> None:
    model = build_tiny_sherpa(tmp_path / "tiny", manifest={"language": "en,yue"})
    engine = sherpa.load(SherpaOptions(model=str(model)))
    with pytest.raises(ModelRefused, match="knows en,yue, not 'zh'"):
        _hear(engine, speech[: 5 * 16_000])
