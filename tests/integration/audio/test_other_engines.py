"""sherpa-onnx and a remote service in the speech child: the default engine's contract, and faults of their own."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.asr.audio import DecodedAudio, load_window
from nlp.asr.drops import Dropped
from nlp.asr.engines.sherpa import SherpaOptions
from nlp.errors import Cancelled, ModelMissing, ModelRefused
from nlp.types import Segment
from service.adapters.audio.decoding import decode
from service.adapters.audio.setups import EngineSetup, RemoteSetup, SherpaSetup
from service.adapters.audio.speech_process import SpeechProcess
from service.adapters.transcribers.openai import RemoteOptions
from service.domain.errors import Permanent, Transient
from tests.support.media import saved, silence, wav_bytes
from tests.support.receiver import Behave, answers, floods, receiving, resets, says_nothing
from tests.support.remote_asr import SENTENCES, form_of, hears
from tests.support.tiny_sherpa import SENTENCE, build_tiny_sherpa

RECORDING = Path(__file__).parents[3] / "service" / "demo" / "assets" / "recording.ogg"


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> DecodedAudio:
    """Thirty seconds of the shipped recording, both speakers."""
    directory = tmp_path_factory.mktemp("visit")
    whole = decode(RECORDING, directory)
    sides = [load_window(directory, whole.windows[0], channel)[: 30 * 16_000] for channel in (0, 1)]
    return decode(saved(directory / "visit.wav", wav_bytes(np.stack(sides, axis=1), channels=2)), directory)


@pytest.fixture
def engines() -> Iterator[list[SpeechProcess]]:
    made: list[SpeechProcess] = []
    yield made
    for engine in made:
        engine.close()


def _engine(engines: list[SpeechProcess], setup: EngineSetup) -> SpeechProcess:
    engines.append(SpeechProcess(setup))
    return engines[-1]


def _remote(host: str, **changes: Any) -> RemoteSetup:
    options: dict[str, Any] = {"model": "whisper-1", "key": "secret", "pause_s": 0.01, "timeout_s": 5.0, **changes}
    return RemoteSetup(RemoteOptions(f"http://{host}/v1", **options))


def _hear(engine: SpeechProcess, decoded: DecodedAudio, **changes: Any) -> tuple[list[Segment], list[int]]:
    windows: list[int] = []
    options: dict[str, Any] = {
        "should_stop": lambda: False,
        "on_window": lambda index, _: windows.append(index),
        "done_windows": {},
        **changes,
    }
    return engine.transcribe(decoded, language="zh", hotwords=["峰谷电价", "储能柜"], **options), windows


def test_sherpa_hears_both_sides_in_a_child_of_its_own(
    engines: list[SpeechProcess], tmp_path: Path, visit: DecodedAudio
) -> None:
    model = build_tiny_sherpa(tmp_path / "tiny", manifest={"name": "tiny", "note": "says one sentence"})
    engine = _engine(engines, SherpaSetup(SherpaOptions(model=str(model))))
    assert engine.available() is None
    told: list[float] = []
    segments, windows = _hear(engine, visit, on_progress=told.append)
    assert windows == [0]
    assert {s.channel for s in segments} == {0, 1}
    assert all(SENTENCE.startswith(s.text) for s in segments)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert engine.describe() == {
        "engine": engine.describe()["engine"],
        "model": "tiny",
        "parameters": "cpu zipformer_ctc batch 8 threads 1; says one sentence",
    }
    assert engine.describe()["engine"].startswith("sherpa-onnx ")


def test_a_model_over_which_the_library_ends_its_process_is_refused_with_its_reason(
    engines: list[SpeechProcess], tmp_path: Path, visit: DecodedAudio
) -> None:
    # Right names and metadata, a graph that is none: nothing that can be seen from outside.
    model = build_tiny_sherpa(tmp_path / "tiny", kind="wenet_ctc", manifest={"kind": "sense_voice"}, metadata={
        "vocab_size": "20", "lfr_window_size": "7", "lfr_window_shift": "6"})  # fmt: skip
    engine = _engine(engines, SherpaSetup(SherpaOptions(model=str(model))))
    with pytest.raises(ModelRefused, match=r"'tiny' cannot be loaded by sherpa-onnx: .*does not exist in the metadata"):
        _hear(engine, visit)


def test_a_sherpa_model_may_come_later(engines: list[SpeechProcess], tmp_path: Path, visit: DecodedAudio) -> None:
    directory = tmp_path / "later"
    engine = _engine(engines, SherpaSetup(SherpaOptions(model=str(directory))))
    missing = engine.available()
    assert missing is not None
    with pytest.raises(ModelMissing) as caught:
        _hear(engine, visit)
    assert caught.value.remedy == missing.remedy
    build_tiny_sherpa(directory)
    assert engine.available() is None
    assert _hear(engine, visit)[0]


def test_a_model_for_another_language_is_refused_before_a_child_starts(tmp_path: Path) -> None:
    model = build_tiny_sherpa(tmp_path / "tiny", manifest={"language": "en"})
    with pytest.raises(ModelRefused, match="not 'zh'"):
        SpeechProcess(SherpaSetup(SherpaOptions(model=str(model))))
    with pytest.raises(ModelRefused, match="distilled"):
        SpeechProcess(_remote("127.0.0.1:9", model="distil-large-v3"))


def test_a_remote_service_is_asked_for_speech_only(engines: list[SpeechProcess], visit: DecodedAudio) -> None:
    with receiving(hears(key="secret")) as server:
        engine = _engine(engines, _remote(server.host))
        assert engine.available() is None
        segments, windows = _hear(engine, visit)
    assert windows == [0]
    assert {s.text for s in segments} == set(SENTENCES)
    assert {s.channel for s in segments} == {0, 1}
    assert all(s.words for s in segments)
    assert engine.describe()["engine"] == "remote 127.0.0.1"
    sent = [form_of(request) for request in server.requests]
    assert all("储能柜".encode() in fields["prompt"][0] for fields in sent)
    assert all(fields["language"] == [b"zh"] for fields in sent)
    seconds = sum(len(fields["file"][0]) for fields in sent) / 32_000
    assert seconds < 2 * 30  # one side is silent while the other speaks


def test_a_remote_loop_is_asked_for_again_warmer_and_without_a_prompt(
    engines: list[SpeechProcess], visit: DecodedAudio
) -> None:
    told: list[Dropped] = []
    with receiving(hears(["这个价格再看吧" * 8])) as server:
        segments, _ = _hear(
            _engine(engines, _remote(server.host)), visit, on_dropped=lambda _, drops: told.extend(drops)
        )
    sent = [form_of(request) for request in server.requests]
    again = [fields for fields in sent if fields["temperature"] == [b"0.4"]]
    assert again
    assert all("prompt" not in fields for fields in again)
    assert max(len(fields["file"][0]) for fields in again) < 11 * 32_000
    assert {d.reason for d in told} == {"heard_again", "repetition"}
    assert {s.text for s in segments} == {"这个价格再看吧"}


def test_silence_never_leaves_the_machine(engines: list[SpeechProcess], tmp_path: Path) -> None:
    quiet = decode(saved(tmp_path / "quiet.wav", wav_bytes(silence(20))), tmp_path)
    with receiving(hears()) as server:
        assert _hear(_engine(engines, _remote(server.host)), quiet) == ([], [0])
    assert server.connections == 0


def _in_turn(*behaviours: Behave) -> Behave:
    left = list(behaviours)

    def behave(connection: socket.socket, request: bytes) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(connection, request)

    return behave


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(answers(503), id="503"),
        pytest.param(answers(429, retry_after="0"), id="429"),
        pytest.param(answers(429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), id="429 with a date"),
        pytest.param(resets, id="a cut connection"),
    ],
)
def test_what_passes_is_tried_again(engines: list[SpeechProcess], visit: DecodedAudio, first: Behave) -> None:
    with receiving(_in_turn(first, hears())) as server:
        segments, _ = _hear(_engine(engines, _remote(server.host)), visit)
    assert segments


@pytest.mark.parametrize(
    ("behave", "error", "code"),
    [
        pytest.param(answers(500), Transient, "remote_failed", id="always 500"),
        pytest.param(resets, Transient, "connection_broken", id="always cut"),
        pytest.param(says_nothing, Transient, "timeout", id="silent"),
        pytest.param(answers(400, b'{"error": {"message": "SECRET"}}'), Permanent, "remote_refused", id="400"),
        pytest.param(answers(200, b"<html>SECRET"), Permanent, "remote_bad_answer", id="a page"),
        pytest.param(floods, Permanent, "remote_bad_answer", id="endless"),
        pytest.param(answers(200, b'{"text": "SECRET", "segments": [{}]}'), Permanent, "remote_bad_answer", id="holes"),
    ],
)
def test_what_does_not_pass_ends_with_a_typed_error(
    engines: list[SpeechProcess], visit: DecodedAudio, behave: Behave, error: type[Exception], code: str
) -> None:
    with receiving(behave) as server, pytest.raises(error) as caught:
        _hear(_engine(engines, _remote(server.host, timeout_s=1.0)), visit)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert "SECRET" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(hears(key="another"), id="a wrong key"),
        pytest.param(answers(404), id="an unknown model"),
        pytest.param(answers(302, location="http://127.0.0.1:1/"), id="a redirect"),
        pytest.param(answers(429, json.dumps({"error": {"code": "insufficient_quota"}}).encode()), id="no quota"),
    ],
)
def test_what_a_person_must_put_right_waits_like_a_missing_model(
    engines: list[SpeechProcess], visit: DecodedAudio, behave: Behave
) -> None:
    with receiving(behave) as server:
        engine = _engine(engines, _remote(server.host))
        with pytest.raises(ModelMissing) as caught:
            _hear(engine, visit)
    assert "FIELDCUE_ASR__REMOTE_KEY" in caught.value.remedy
    assert engine.available() is not None  # rests for a while instead of failing every recording
    assert "secret" not in str(caught.value)


def test_waiting_for_a_remote_service_can_be_stopped(engines: list[SpeechProcess], visit: DecodedAudio) -> None:
    with receiving(says_nothing) as server:
        engine = _engine(engines, _remote(server.host, timeout_s=60.0))
        with pytest.raises(Cancelled):
            _hear(engine, visit, should_stop=lambda: bool(server.requests))
