"""The sound of a live talk over a real socket: the real voice detector, the real language core, a scripted engine."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from faster_whisper import decode_audio
from websockets.sync.client import ClientConnection

from nlp.asr.audio import SAMPLE_RATE_HZ
from service.settings import ROOT
from service.usecases.services import Limits
from tests.integration.live.test_live_socket import CORE, DEAR, START, Served, ask
from tests.support.api import make_api
from tests.support.speech import a_segment
from tests.unit.service.api.test_live_audio import Ears

FRAME = SAMPLE_RATE_HZ // 5
SECONDS = 40


@pytest.fixture(scope="module")
def sound() -> bytes:
    """The first seconds of the demonstration's customer, then silence."""
    _, right = decode_audio(str(ROOT / "service/demo/assets/recording.ogg"), split_stereo=True)
    talk = np.concatenate([right[: SECONDS * SAMPLE_RATE_HZ], np.zeros(SAMPLE_RATE_HZ, np.float32)])
    return (talk * 32_767).astype("<i2").tobytes()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    api = make_api(tmp_path_factory.mktemp("sound"), CORE.content)
    ears = Ears(a_segment(DEAR, 100, 900))
    api.services = replace(api.services, core=CORE.analyzer, live_speech=ears, limits=Limits(live_talks=4))
    made = Served(api)
    yield made
    made.server.should_exit = True
    made.thread.join(10)


def stream(client: ClientConnection, sound: bytes) -> list[dict[str, Any]]:
    for at in range(0, len(sound), 2 * FRAME):
        client.send(sound[at : at + 2 * FRAME])
    client.send(json.dumps({"type": "end"}))
    answers: list[dict[str, Any]] = []
    while not answers or answers[-1]["type"] != "ended":
        answers.append(json.loads(client.recv(timeout=60)))
    return answers


def test_sound_becomes_sentences_and_cues_with_the_latency_of_each_stage(served: Served, sound: bytes) -> None:
    with served.connect() as client:
        ask(client, START)
        assert ask(client, {"type": "audio", "roles": ["customer"]}) == {"type": "listening"}
        *heard, ended = stream(client, sound)
    assert len(heard) >= 2
    assert ended["heard"] == len(heard)
    first = heard[0]
    assert (first["type"], first["role"], first["text"]) == ("heard", "customer", DEAR)
    assert first["cues"][0]["kind"] == "handling"
    assert set(first["stages"]) == {"pause_ms", "speech_ms", "cues_ms"}
    assert first["latency_ms"] == pytest.approx(sum(first["stages"].values()), abs=0.1)
    assert all(a["start_ms"] < b["start_ms"] for a, b in pairwise(heard))
    assert heard[-1]["end_ms"] <= (SECONDS + 1) * 1_000


def test_sound_before_it_was_announced_is_refused_and_the_talk_goes_on(served: Served) -> None:
    with served.connect() as client:
        ask(client, START)
        client.send(b"\0\0")
        refused = json.loads(client.recv(timeout=20))
        assert (refused["type"], refused["code"], refused["fatal"]) == ("error", "frame_binary", False)
        assert ask(client, {"type": "audio"})["type"] == "listening"
        assert ask(client, {"type": "audio"})["code"] == "live_audio_open"


def test_a_cut_sample_is_refused_and_the_talk_goes_on(served: Served) -> None:
    with served.connect() as client:
        ask(client, START)
        ask(client, {"type": "audio", "channels": 2, "roles": ["rep", "customer"]})
        client.send(b"\0" * 6)
        assert json.loads(client.recv(timeout=20))["code"] == "frame_cut"
        assert ask(client, {"type": "end"})["type"] == "ended"


def test_a_key_without_the_speech_scope_may_send_sentences_only(served: Served) -> None:
    with served.connect("coaching:read") as client:
        ask(client, START)
        assert ask(client, {"type": "audio"})["code"] == "scope_missing"


def test_without_a_model_the_answer_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    api = make_api(tmp_path_factory.mktemp("deaf"), CORE.content)
    made = Served(api)
    try:
        with made.connect() as client:
            ask(client, START)
            refused = ask(client, {"type": "audio"})
            assert (refused["code"], refused["fatal"]) == ("model_missing", False)
    finally:
        made.server.should_exit = True
        made.thread.join(10)
