"""The real sherpa-onnx tells voices apart with models built here: on a window, and in the recognising child."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.asr.audio import AudioWindow, DecodedAudio, FloatArray, load_window
from nlp.asr.engines import sherpa_speakers
from nlp.asr.engines.sherpa import SherpaOptions
from nlp.asr.engines.sherpa_speakers import SpeakerOptions
from nlp.asr.speakers import VOICES
from nlp.asr.turns import build_turns
from nlp.asr.windows import FilterOptions, transcribe_windows
from nlp.errors import ModelMissing
from nlp.types import Segment
from service.adapters.audio.decoding import decode
from service.adapters.audio.setups import SherpaSetup
from service.adapters.audio.speech_process import SpeechProcess
from tests.support.media import saved, silence, wav_bytes
from tests.support.speech import ScriptedTranscriber, a_segment
from tests.support.tiny_sherpa import build_tiny_sherpa
from tests.support.tiny_speakers import a_voice, build_tiny_speakers

RECORDING = Path(__file__).parents[3] / "service" / "demo" / "assets" / "recording.ogg"


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_speakers(tmp_path_factory.mktemp("voices") / "models")


def test_who_speaks_when_is_found_and_a_voice_is_known_again(voices: Path) -> None:
    finder = sherpa_speakers.load(SpeakerOptions(str(voices)))
    talk = np.concatenate(
        [silence(1), a_voice(5, which=0), silence(1), a_voice(4, which=1), silence(1), a_voice(4, which=0)]
    )
    found = finder.find(talk)
    assert [stint.voice for stint in found] == [0, 1, 0]
    for stint, (start, end) in zip(found, [(1_000, 6_000), (7_000, 11_000), (12_000, 16_000)], strict=True):
        assert abs(stint.start_ms - start) <= 150
        assert abs(stint.end_ms - end) <= 150
    assert finder.find(silence(3)) == finder.find(silence(0)) == []


def test_a_shared_channel_becomes_turns_of_its_voices(voices: Path) -> None:
    audio = np.concatenate([a_voice(5, which=0), a_voice(5, which=1)])
    heard = [a_segment("这台设备报价偏高那我再去申请一下", 200, 9_800, words=True)]
    windows = [AudioWindow(0, 0, 10_000, ("0",)), AudioWindow(1, 10_000, 20_000, ("1",))]
    segments = transcribe_windows(
        windows,
        read=lambda _window, _channel: audio,
        transcriber=ScriptedTranscriber([heard, heard]),
        language="zh",
        hotwords=[],
        done={},
        on_window=lambda _: None,
        on_progress=lambda _: None,
        should_stop=lambda: False,
        options=FilterOptions(),
        speakers=sherpa_speakers.load(SpeakerOptions(str(voices))),
    )
    turns = build_turns(segments, 1)
    assert [(turn.text, turn.speaker) for turn in turns] == [
        ("这台设备报价偏高", 0),
        ("那我再去申请一下", 1),
        ("这台设备报价偏高", VOICES),
        ("那我再去申请一下", VOICES + 1),
    ]
    assert turns[2].start_ms == 10_200


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> FloatArray:
    """Twelve seconds of the shipped recording's first speaker."""
    directory = tmp_path_factory.mktemp("speech")
    whole = decode(RECORDING, directory)
    return load_window(directory, whole.windows[0], 0)[: 12 * 16_000]


@pytest.fixture
def engine(tmp_path: Path, voices: Path) -> Iterator[SpeechProcess]:
    model = build_tiny_sherpa(tmp_path / "tiny")
    made = SpeechProcess(SherpaSetup(SherpaOptions(model=str(model))), speakers_dir=str(voices))
    yield made
    made.close()


def hear(engine: SpeechProcess, decoded: DecodedAudio, **asked: Any) -> list[Segment]:
    return engine.transcribe(
        decoded,
        language="zh",
        hotwords=[],
        on_window=lambda *_: None,
        done_windows={},
        should_stop=lambda: False,
        **asked,
    )


def test_the_child_tells_voices_apart_only_where_it_was_agreed_to(
    engine: SpeechProcess, tmp_path: Path, speech: FloatArray
) -> None:
    decoded = decode(saved(tmp_path / "visit.wav", wav_bytes((speech * 0.5 + 0.2).clip(-1, 1))), tmp_path)
    plain = hear(engine, decoded)
    assert {segment.speaker for segment in plain} == {None}
    assert "voices" not in engine.describe()["parameters"]
    voiced = hear(engine, decoded, tell_voices=True)
    assert {segment.speaker for segment in voiced} == {0}
    assert "".join(s.text for s in voiced) == "".join(s.text for s in plain)
    assert engine.describe()["parameters"].endswith("; voices told apart")


def test_missing_models_are_named_before_anything_is_heard(tmp_path: Path, speech: FloatArray, voices: Path) -> None:
    decoded = decode(saved(tmp_path / "visit.wav", wav_bytes(speech[: 3 * 16_000])), tmp_path)
    engine = SpeechProcess(
        SherpaSetup(SherpaOptions(model=str(tmp_path / "no model"))), speakers_dir=str(tmp_path / "none")
    )
    with pytest.raises(ModelMissing, match=r"segmentation\.onnx"):
        hear(engine, decoded, tell_voices=True)
