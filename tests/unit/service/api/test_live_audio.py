"""Binary frames of a live talk: what is taken, what is refused, and what comes out with which times."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.listening import Piece
from nlp.errors import ModelMissing
from nlp.types import Segment
from service.api.live_audio import MOST_BYTES, AudioIn, LiveEars, sentences_in
from service.domain.errors import Invalid, TooLarge, Unavailable
from service.domain.speech.choice import SpeechOption
from service.domain.speech.live_speech import NoLiveSpeech
from tests.support.short_speech import OTHER
from tests.support.speech import a_segment


class Ears:
    """Fake `LiveSpeech`: says the same for every stretch, and remembers what it was given."""

    def __init__(self, *segments: Segment) -> None:
        self.segments = segments
        self.heard: list[tuple[int, SpeechOption | None, str]] = []
        self.host = ""

    def available(self, option: SpeechOption | None) -> ModelMissing | None:
        del option
        return None

    def sends_to(self, option: SpeechOption | None) -> str:
        del option
        return self.host

    def hear(self, audio: FloatArray, *, option: SpeechOption | None, language: str) -> list[Segment]:
        self.heard.append((audio.size, option, language))
        return list(self.segments)


class OnePiece:
    """A listener to whom every frame is a finished stretch."""

    heard_ms = 0

    def feed(self, pcm: bytes) -> Sequence[Piece]:
        samples = np.frombuffer(pcm, "<i2")
        return [Piece(samples.astype(np.float32), 1_000 + int(samples[0]), 3_000, 420)]

    def finish(self) -> Sequence[Piece]:
        return []


def ears(speech: Ears, count: Callable[[str], None] = lambda _: None, **wanted: object) -> LiveEars:
    made = LiveEars(AudioIn.model_validate({"type": "audio", **wanted}), speech, OTHER, count)
    made._listeners = [OnePiece() for _ in made._listeners]  # type: ignore[misc]
    return made


def frame(*channels: int, seconds: float = 1.0) -> bytes:
    """A frame whose channels hold one value each."""
    return np.tile(np.array(channels, "<i2"), int(seconds * SAMPLE_RATE_HZ)).tobytes()


def test_who_speaks_is_counted_before_the_first_stretch_leaves_and_each_text_after() -> None:
    speech = Ears(a_segment("这个太贵了。", 0, 900), a_segment("再看看。", 900, 1_200))
    order: list[str] = []
    listening = ears(speech, lambda said: order.append(f"{len(speech.heard)} {said}"))
    listening.feed(frame(1))
    listening.feed(frame(2))
    assert order == ["0 ", "1 这个太贵了。 再看看。", "2 这个太贵了。 再看看。"]


def test_a_stretch_that_could_not_be_counted_does_not_leave() -> None:
    speech = Ears(a_segment("好。", 0, 900))

    def refuse(said: str) -> None:
        raise Unavailable("the database is away", code="database_away")

    listening = ears(speech, refuse)
    for _ in range(2):
        with pytest.raises(Unavailable):
            listening.feed(frame(1))
    assert speech.heard == []


def test_a_stretch_becomes_its_sentences_with_the_times_of_the_talk() -> None:
    said = ears(Ears(a_segment("太贵了。再便宜点？", 100, 1_900))).feed(frame(0))
    assert [(s.text, s.start_ms, s.end_ms) for s in said] == [("太贵了。", 1_100, 1_900), ("再便宜点？", 1_900, 2_900)]
    assert {s.waited_ms for s in said} == {420}
    assert said[0].role is None


def test_each_channel_is_its_speakers_and_they_come_in_order() -> None:
    speech = Ears(a_segment("好。", 0, 500))
    said = ears(speech, channels=2, roles=["rep", "customer"]).feed(frame(200, 100))
    assert [(s.role, s.start_ms) for s in said] == [("customer", 1_100), ("rep", 1_200)]
    assert speech.heard == [(SAMPLE_RATE_HZ, OTHER, "zh")] * 2


def test_roles_must_fit_the_channels() -> None:
    with pytest.raises(Invalid, match="one role for each channel"):
        ears(Ears(), channels=2, roles=["rep"])


def test_without_a_model_no_ears_open() -> None:
    with pytest.raises(ModelMissing) as refused:
        LiveEars(AudioIn(type="audio"), NoLiveSpeech(), None)
    assert "send sentences" in refused.value.remedy


def test_a_frame_that_cuts_a_sample_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        ears(Ears()).feed(b"\0" * 3)
    assert refused.value.code == "frame_cut"
    with pytest.raises(Invalid):
        ears(Ears(), channels=2).feed(b"\0" * 6)


def test_a_frame_of_minutes_is_refused() -> None:
    with pytest.raises(TooLarge):
        ears(Ears()).feed(b"\0" * (MOST_BYTES + 2))


def test_a_segment_without_a_sentence_sign_is_one_sentence() -> None:
    assert sentences_in(a_segment("好的", 0, 400)) == [("好的", 0, 400)]
    assert sentences_in(a_segment("", 0, 400)) == []
