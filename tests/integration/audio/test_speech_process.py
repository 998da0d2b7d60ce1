"""The real faster-whisper in its child: warm, resumable, cancellable, replaceable, and never a danger to the parent."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.asr.audio import DecodedAudio, load_window
from nlp.asr.drops import Dropped
from nlp.asr.engines.faster_whisper import WhisperOptions
from nlp.asr.turns import build_turns
from nlp.errors import Cancelled, ModelMissing, ModelRefused
from nlp.types import Segment
from service.adapters.audio.decoding import decode
from service.adapters.audio.errors import ChildCrashed
from service.adapters.audio.setups import WhisperSetup
from service.adapters.audio.speech_process import SpeechLimits, SpeechProcess
from tests.support.media import saved, silence, wav_bytes
from tests.support.tiny_whisper import CLAUSES, build_tiny_whisper

RECORDING = Path(__file__).parents[3] / "service" / "demo" / "assets" / "recording.ogg"
_STRANGERS: set[int] = set()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(build_tiny_whisper(tmp_path_factory.mktemp("model") / "tiny"))


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> DecodedAudio:
    """The first forty seconds of the shipped recording, both speakers."""
    directory = tmp_path_factory.mktemp("visit")
    whole = decode(RECORDING, directory)
    sides = [load_window(directory, whole.windows[0], channel)[: 40 * 16_000] for channel in (0, 1)]
    return decode(saved(directory / "visit.wav", wav_bytes(np.stack(sides, axis=1), channels=2)), directory)


@pytest.fixture(scope="module")
def long_visit(tmp_path_factory: pytest.TempPathFactory) -> DecodedAudio:
    """Three windows, the second of them silent."""
    directory = tmp_path_factory.mktemp("long")
    decoded = decode(RECORDING, directory)
    speech = load_window(directory, decoded.windows[0], 0)[: 90 * 16_000]
    block = np.concatenate([speech, silence(1_150), speech])
    return decode(saved(directory / "long.wav", wav_bytes(block)), directory)


@pytest.fixture
def engines() -> Iterator[list[SpeechProcess]]:
    """Engines of one test, closed with it; recognisers that were alive before are somebody else's, and are let be."""
    _STRANGERS.clear()
    _STRANGERS.update(_recognisers())
    made: list[SpeechProcess] = []
    yield made
    for engine in made:
        engine.close()


def _engine(engines: list[SpeechProcess], model: str, **changes: Any) -> SpeechProcess:
    engine = SpeechProcess(
        WhisperSetup(WhisperOptions(model=model, device="cpu", beam_size=1, batch_size=4)), **changes
    )
    engines.append(engine)
    return engine


def _hear(
    engine: SpeechProcess,
    decoded: DecodedAudio,
    *,
    done: Mapping[int, Sequence[Segment]] | None = None,
    **changes: Any,
) -> tuple[list[Segment], dict[int, list[Segment]]]:
    windows: dict[int, list[Segment]] = {}
    options: dict[str, Any] = {"should_stop": lambda: False, "on_window": windows.__setitem__, **changes}
    found = engine.transcribe(
        decoded, language="zh", hotwords=["峰谷电价", "储能柜"], done_windows=done or {}, **options
    )
    return found, windows


def test_a_visit_becomes_turns_of_two_speakers(engines: list[SpeechProcess], model: str, visit: DecodedAudio) -> None:
    engine = _engine(engines, model)
    told: list[float] = []
    segments, windows = _hear(engine, visit, on_progress=told.append)
    assert list(windows) == [0]
    assert windows[0] == segments
    assert {s.channel for s in segments} == {0, 1}
    assert {s.text for s in segments} <= set(CLAUSES)
    assert [s.start_ms for s in segments] == sorted(s.start_ms for s in segments)
    assert all(0 <= s.start_ms <= s.end_ms <= visit.duration_ms for s in segments)
    assert told == sorted(told)
    assert told[-1] == 1.0
    turns = build_turns(segments, visit.channels)
    assert {t.channel for t in turns} == {0, 1}
    assert "faster-whisper" in engine.describe()["engine"]
    assert "cpu int8" in engine.describe()["parameters"]


def test_the_model_stays_warm_between_recordings(engines: list[SpeechProcess], model: str, visit: DecodedAudio) -> None:
    engine = _engine(engines, model)
    first, _ = _hear(engine, visit)
    pids = _children()
    second, _ = _hear(engine, visit)
    assert first == second
    assert _children() == pids


def test_the_child_is_replaced_after_its_share_of_jobs(
    engines: list[SpeechProcess], model: str, visit: DecodedAudio
) -> None:
    engine = _engine(engines, model, limits=SpeechLimits(max_jobs=1))
    seen = set()
    for _ in range(3):
        _hear(engine, visit)
        seen |= _children()
    assert len(seen) == 3
    assert len(_children()) == 1


def test_a_child_that_has_grown_is_replaced(engines: list[SpeechProcess], model: str, visit: DecodedAudio) -> None:
    engine = _engine(engines, model, limits=SpeechLimits(recycle_rss_bytes=1))
    _hear(engine, visit)
    before = _children()
    _hear(engine, visit)
    assert before.isdisjoint(_children())


def test_every_window_is_a_checkpoint_and_resuming_repeats_none(
    engines: list[SpeechProcess], model: str, long_visit: DecodedAudio
) -> None:
    assert len(long_visit.windows) == 3
    engine = _engine(engines, model)
    whole, windows = _hear(engine, long_visit)
    assert list(windows) == [0, 1, 2]
    assert windows[1] == []
    assert windows[2][0].start_ms >= long_visit.windows[2].start_ms
    resumed, again = _hear(engine, long_visit, done={0: windows[0], 1: windows[1]})
    assert list(again) == [2]
    assert resumed == whole


def test_a_finished_recording_starts_no_child(engines: list[SpeechProcess], model: str, visit: DecodedAudio) -> None:
    before = _children()
    segments, windows = _hear(_engine(engines, model), visit, done={0: [Segment("好", 0, 500)]})
    assert ([s.text for s in segments], windows) == (["好"], {})
    assert _children() == before


def test_a_killed_child_costs_one_window(engines: list[SpeechProcess], model: str, long_visit: DecodedAudio) -> None:
    engine = _engine(engines, model)
    windows: dict[int, list[Segment]] = {}

    def keep_and_kill(index: int, segments: list[Segment]) -> None:
        windows[index] = segments
        for pid in _children():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(ChildCrashed) as caught:
        _hear(engine, long_visit, on_window=keep_and_kill)
    assert caught.value.signal == "SIGKILL"
    assert windows
    whole, _ = _hear(engine, long_visit)
    resumed, again = _hear(engine, long_visit, done=windows)
    assert resumed == whole
    assert set(again) == {0, 1, 2} - set(windows)


def test_stopping_kills_the_child_and_the_next_recording_works(
    engines: list[SpeechProcess], model: str, visit: DecodedAudio
) -> None:
    engine = _engine(engines, model)
    with pytest.raises(Cancelled):
        _hear(engine, visit, should_stop=lambda: True)
    assert _children() == set()
    assert _hear(engine, visit)[0]


def test_a_failing_callback_leaves_no_child_in_the_middle_of_its_work(
    engines: list[SpeechProcess], model: str, visit: DecodedAudio
) -> None:
    engine = _engine(engines, model)

    def fail(_index: int, _segments: list[Segment]) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        _hear(engine, visit, on_window=fail)
    assert _children() == set()
    assert _hear(engine, visit)[0]


def test_two_callers_take_turns(engines: list[SpeechProcess], model: str, visit: DecodedAudio) -> None:
    engine = _engine(engines, model)
    found: list[list[Segment]] = []
    threads = [threading.Thread(target=lambda: found.append(_hear(engine, visit)[0])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert found[0] == found[1] == found[2]


def test_a_waiting_caller_can_give_up(engines: list[SpeechProcess], model: str, long_visit: DecodedAudio) -> None:
    engine = _engine(engines, model)
    busy = threading.Event()
    release = threading.Event()

    def hold(_index: int, _segments: list[Segment]) -> None:
        busy.set()
        release.wait(20)

    thread = threading.Thread(target=lambda: _hear(engine, long_visit, on_window=hold))
    thread.start()
    assert busy.wait(20)
    with pytest.raises(Cancelled):
        _hear(engine, long_visit, should_stop=lambda: True)
    release.set()
    thread.join()


def test_a_missing_model_waits_and_works_as_soon_as_it_is_there(
    engines: list[SpeechProcess], tmp_path: Path, visit: DecodedAudio
) -> None:
    directory = tmp_path / "later"
    engine = _engine(engines, str(directory))
    missing = engine.available()
    assert missing is not None
    assert "FIELDCUE_ASR__MODEL" in missing.remedy
    with pytest.raises(ModelMissing) as caught:
        _hear(engine, visit)
    assert caught.value.remedy == missing.remedy
    build_tiny_whisper(directory)
    assert engine.available() is None
    assert _hear(engine, visit)[0]


@pytest.mark.parametrize(
    ("clause", "reason"),
    [pytest.param("词曲李宗盛", "phantom", id="phantom"), pytest.param("以下是普通话的句子", "echo", id="echo")],
)
def test_what_was_not_said_is_dropped_and_told(
    engines: list[SpeechProcess], tmp_path: Path, visit: DecodedAudio, clause: str, reason: str
) -> None:
    engine = _engine(engines, str(build_tiny_whisper(tmp_path / "model", clauses=(clause,))))
    dropped: list[Dropped] = []
    segments, windows = _hear(engine, visit, on_dropped=lambda _, drops: dropped.extend(drops))
    assert (segments, windows) == ([], {0: []})
    assert {(d.text, d.reason) for d in dropped} == {(clause, reason)}
    assert {d.channel for d in dropped} == {0, 1}


def test_what_loops_is_said_once_and_told(engines: list[SpeechProcess], tmp_path: Path, visit: DecodedAudio) -> None:
    engine = _engine(engines, str(build_tiny_whisper(tmp_path / "loop", clauses=("这个价格再看吧",), loops=True)))
    dropped: list[Dropped] = []
    segments, _ = _hear(engine, visit, on_dropped=lambda _, drops: dropped.extend(drops))
    assert {s.text[:7] for s in segments} == {"这个价格再看吧"}
    assert all(len(s.text) < 14 for s in segments)
    assert {d.reason for d in dropped} == {"heard_again", "repetition"}
    assert all("loops again" in d.evidence for d in dropped if d.reason == "heard_again")


def test_what_loops_is_heard_again_and_both_hearings_are_told(
    engines: list[SpeechProcess], tmp_path: Path, visit: DecodedAudio
) -> None:
    clause = "这个价格再看吧"
    model = build_tiny_whisper(tmp_path / "loop", clauses=(clause,), loops=True, way_out=True)
    engine = _engine(engines, str(model))
    rep = load_window(visit.directory, visit.windows[0], 0)[: 20 * 16_000]
    short = decode(saved(tmp_path / "short.wav", wav_bytes(rep)), tmp_path)
    dropped: list[Dropped] = []
    segments, _ = _hear(engine, short, on_dropped=lambda _, drops: dropped.extend(drops))
    assert {s.text for s in segments} == {clause}
    assert len(segments) > 1  # in short pieces
    (gone,) = dropped
    assert (gone.reason, gone.text[:14]) == ("heard_again", clause * 2)
    assert gone.evidence.endswith("replaced by a second hearing in short pieces")
    assert _hear(engine, short)[0] == segments


@pytest.mark.parametrize("name", ["distil-large-v3", "base.en"])
def test_models_that_cannot_write_chinese_are_refused_at_once(name: str) -> None:
    with pytest.raises(ModelRefused):
        SpeechProcess(WhisperSetup(WhisperOptions(model=name)))


def test_a_model_that_grows_too_large_is_a_crash(engines: list[SpeechProcess], model: str, visit: DecodedAudio) -> None:
    engine = _engine(engines, model, limits=SpeechLimits(rss_bytes=20 * 1024 * 1024))
    with pytest.raises(ChildCrashed) as caught:
        _hear(engine, visit)
    assert caught.value.reason == "memory"


def _children() -> set[int]:
    """Living recognisers that this test started."""
    for _ in range(20):
        if found := _recognisers() - _STRANGERS:
            return found
        time.sleep(0.01)
    return set()


def _recognisers() -> set[int]:
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z" and b"asr_child" in command:
            found.add(int(status.parent.name))
    return found
