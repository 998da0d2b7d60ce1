"""The shipped conversation, heard perfectly: what turn building alone makes of one channel and of two."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from nlp.asr.turns import build_turns
from nlp.types import Segment

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
