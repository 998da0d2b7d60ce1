"""Stretches of a live talk: heard by the option's engine, made ready to be read, and gone after."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from nlp.asr.finishing import Finishing
from nlp.errors import ModelMissing
from service.adapters.audio.live_speech import LocalLiveSpeech
from tests.support.short_speech import OTHER, ScriptedEngine, ScriptedEngines
from tests.support.speech import a_segment

SECOND = np.zeros(16_000, np.float32)
HEARD = [a_segment("這個報價", 100, 800)]
FINISHING = Finishing(fold=lambda text: text.replace("這個報價", "这个报价"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_stretch_is_heard_and_nothing_of_it_stays(place: Path) -> None:
    engine = ScriptedEngine([HEARD])
    engines = ScriptedEngines(engine)
    speech = LocalLiveSpeech(engines, hotwords=["储能柜"], finishing=FINISHING)
    (said,) = speech.hear(SECOND, option=OTHER, language="zh")
    assert (said.text, said.start_ms, said.end_ms) == ("这个报价", 100, 800)
    assert (engines.asked, engine.languages, engine.hotwords) == ([OTHER], ["zh"], [["储能柜"]])
    assert list(place.iterdir()) == []


def test_while_it_is_heard_a_stretch_lies_sealed(place: Path) -> None:
    engine = ScriptedEngine([HEARD])
    noise = np.random.default_rng(4).uniform(-0.5, 0.5, 16_000).astype(np.float32)
    LocalLiveSpeech(ScriptedEngines(engine)).hear(noise, option=None, language="zh")
    (file,) = engine.lay_there
    assert len(file) > 32_000
    assert (noise * 32_768).astype("<i2").tobytes()[1_000:1_032] not in file


def test_another_language_is_left_as_it_was_heard() -> None:
    speech = LocalLiveSpeech(ScriptedEngines(ScriptedEngine([HEARD])), finishing=FINISHING)
    assert speech.hear(SECOND, option=None, language="ja") == HEARD


def test_a_missing_model_is_known_before_a_stretch_is_sent() -> None:
    missing = ModelMissing("no model", remedy="put one there")
    speech = LocalLiveSpeech(ScriptedEngines(ScriptedEngine([HEARD], missing=missing)))
    assert speech.available(OTHER) is missing


@pytest.mark.parametrize(("engine", "host"), [("remote", "asr.example"), ("sherpa-onnx", "")])
def test_it_names_the_host_that_hears_what_leaves(engine: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScriptedEngine, "describe", lambda _: {"engine": engine, "model": "m"})
    speech = LocalLiveSpeech(ScriptedEngines(ScriptedEngine([HEARD])), remote_host="asr.example")
    assert speech.sends_to(OTHER) == host
    assert LocalLiveSpeech(ScriptedEngines(ScriptedEngine([HEARD]))).sends_to(OTHER) == ""


def test_closing_ends_the_engines() -> None:
    engines = ScriptedEngines(ScriptedEngine([HEARD]))
    LocalLiveSpeech(engines).close()
    assert engines.closed
