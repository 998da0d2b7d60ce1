"""The shipped conversation, heard perfectly: what turn building alone makes of one channel and of two."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper.vad import VadOptions, get_speech_timestamps

from nlp.asr.audio import FloatArray, load_window
from nlp.asr.crosstalk import mute_leaks
from nlp.asr.turns import build_turns
from nlp.types import Segment
from service.adapters.audio.decoding import decode

TRANSCRIPT = Path(__file__).parents[3] / "service" / "demo" / "assets" / "transcript.json"


@pytest.fixture(scope="module")
def spoken() -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = json.loads(TRANSCRIPT.read_text(encoding="utf-8"))["turns"]
    return turns


def test_on_two_channels_every_turn_is_found(spoken: list[dict[str, Any]]) -> None:
    segments = [Segment(t["text"], t["start_ms"], t["end_ms"], t["channel"]) for t in spoken]
    built = build_turns(segments, 2)
    assert [(t.text, t.channel, t.start_ms, t.end_ms) for t in built] == [
        (t["text"], t["channel"], t["start_ms"], t["end_ms"]) for t in spoken
    ]


def test_on_one_channel_only_answers_that_interrupt_are_missed(spoken: list[dict[str, Any]]) -> None:
    segments = [Segment(t["text"], t["start_ms"], t["end_ms"]) for t in spoken]
    built = build_turns(segments, 1)
    interruptions = sum(b["start_ms"] < a["end_ms"] for a, b in pairwise(spoken))
    assert len(built) >= len(spoken) - interruptions
    assert "".join(t.text for t in built) == "".join(t["text"] for t in spoken)


@pytest.mark.parametrize("leak", [0.1, 0.35])
def test_a_voice_that_leaks_is_found_on_its_own_channel_only(
    spoken: list[dict[str, Any]], tmp_path: Path, leak: float
) -> None:
    decoded = decode(TRANSCRIPT.with_name("recording.ogg"), tmp_path)
    left, right = (load_window(tmp_path, decoded.windows[0], channel) for channel in (0, 1))
    heard = _voiced(mute_leaks(left + leak * right, right + leak * left))
    said = np.zeros(left.size, dtype=bool)
    padded = np.zeros(left.size, dtype=bool)
    for turn in (t for t in spoken if t["role"] == "rep"):
        said[turn["start_ms"] * 16 : turn["end_ms"] * 16] = True
        padded[max(0, turn["start_ms"] - 600) * 16 : (turn["end_ms"] + 600) * 16] = True
    assert (heard & said).sum() > 0.99 * said.sum()
    assert (heard & ~padded).sum() < 16_000
    # Without it the detector hears the customer on the rep's channel all the time.
    assert (_voiced(left + leak * right) & ~padded).sum() > 30 * 16_000


def _voiced(audio: FloatArray) -> np.ndarray:
    """Where the voice detector of the engine finds somebody, with its padding."""
    found = np.zeros(audio.size, dtype=bool)
    for stretch in get_speech_timestamps(audio, VadOptions(max_speech_duration_s=30, min_silence_duration_ms=160)):
        found[stretch["start"] : stretch["end"]] = True
    return found
