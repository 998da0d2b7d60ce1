"""The shipped demonstration model on the shipped recording: heard within the stated error rate, and labelled."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper.audio import decode_audio

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.crosstalk import mute_leaks
from nlp.asr.engines.sherpa import SherpaOnnx, SherpaOptions, load
from nlp.asr.engines.sherpa_model import load_model_facts
from nlp.evaluation.characters import character_errors
from nlp.types import Segment
from service.settings import AsrSettings

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "models" / "asr_demo"
ASSETS = ROOT / "service" / "demo" / "assets"
STATED = 0.12
HEARD_S = 40
MOST_BYTES = 15_000_000


@pytest.fixture(scope="module")
def engine() -> SherpaOnnx:
    return load(SherpaOptions(model=str(MODEL)))


@pytest.fixture(scope="module")
def spoken() -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = json.loads((ASSETS / "transcript.json").read_text(encoding="utf-8"))["turns"]
    return turns


def hear(engine: SherpaOnnx, audio: FloatArray) -> list[Segment]:
    return engine.transcribe(audio, language="zh", hotwords=(), on_progress=lambda _: None, should_stop=lambda: False)


@pytest.mark.parametrize("channel", [0, 1])
def test_each_speaker_is_heard_within_the_stated_error_rate(
    engine: SherpaOnnx, spoken: list[dict[str, Any]], channel: int
) -> None:
    turns = [t for t in spoken if t["channel"] == channel and t["end_ms"] < HEARD_S * 1000]
    sides = decode_audio(str(ASSETS / "recording.ogg"), split_stereo=True)
    own = mute_leaks(sides[channel], sides[1 - channel])
    segments = hear(engine, own[: (turns[-1]["end_ms"] + 100) * SAMPLE_RATE_HZ // 1000])
    errors = character_errors("".join(t["text"] for t in turns), "".join(s.text for s in segments))
    assert errors.length > 70
    assert errors.rate < STATED
    begins = np.array([t["start_ms"] for t in turns])
    assert all(np.abs(begins - s.start_ms).min() < 8_000 for s in segments)
    assert min(s.start_ms for s in segments) == pytest.approx(turns[0]["start_ms"], abs=200)


def test_noise_without_speech_gives_no_text(engine: SherpaOnnx) -> None:
    noise = np.random.default_rng(4).standard_normal(20 * SAMPLE_RATE_HZ).astype(np.float32)
    assert hear(engine, noise * np.float32(0.003)) == []


def test_it_says_what_it_is_and_is_nobodys_default(engine: SherpaOnnx) -> None:
    told = engine.describe()
    assert told["model"] == "asr_demo-2"
    assert "synthetic demonstration voice only" in told["parameters"]
    assert AsrSettings().model == ""
    card = (MODEL / "card.md").read_text(encoding="utf-8")
    assert "synthetic demonstration voice only" in card


def test_it_is_small() -> None:
    facts = load_model_facts(str(MODEL))
    assert facts.characters is not None
    files = [facts.files["model"], facts.tokens, facts.characters]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
