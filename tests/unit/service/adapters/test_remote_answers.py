"""Answers of transcription services as they come, good and bad."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.transcribers.answers import read_answer
from service.domain.errors import Permanent
from tests.support.remote_asr import SENTENCES, verbose


def _read(document: object, *, duration_ms: int = 10_000) -> list[Any]:
    return read_answer(json.dumps(document).encode(), duration_ms=duration_ms)


def test_segments_and_words_become_ours() -> None:
    segments = _read(verbose(10.0))
    assert [s.text for s in segments] == list(SENTENCES)
    assert ["".join(w.text for w in s.words) for s in segments] == list(SENTENCES)
    assert (segments[0].start_ms, segments[0].confidence) == (100, 0.741)
    assert segments[0].words[0].confidence is None


def test_words_without_segments_are_one_segment() -> None:
    document = verbose(10.0, segments=None)
    (segment,) = _read(document)
    assert segment.text == "".join(SENTENCES)
    assert (segment.start_ms, segment.end_ms) == (100, segment.words[-1].end_ms)


def test_text_alone_is_one_segment_over_the_whole_piece() -> None:
    (segment,) = _read({"text": " 你好。 "}, duration_ms=4_000)
    assert (segment.text, segment.start_ms, segment.end_ms, segment.words) == ("你好。", 0, 4_000, ())


def test_silence_is_nothing() -> None:
    assert _read({"text": "", "segments": []}) == []
    assert _read({"text": ""}) == []


def test_what_the_service_itself_calls_silence_is_left_out() -> None:
    document = verbose(10.0)
    document["segments"][1].update(no_speech_prob=0.9, avg_logprob=-1.4)
    assert [s.text for s in _read(document)] == [SENTENCES[0]]


def test_times_outside_the_piece_are_cut() -> None:
    document = {"text": "甲乙", "segments": [{"start": -3.0, "end": 99.0, "text": "甲乙"}]}
    (segment,) = _read(document, duration_ms=5_000)
    assert (segment.start_ms, segment.end_ms) == (0, 5_000)


def test_segments_out_of_order_are_put_in_order() -> None:
    parts = [{"start": 3, "end": 4, "text": "后"}, {"start": 1, "end": 2, "text": "先"}]
    assert [s.text for s in _read({"text": "先后", "segments": parts})] == ["先", "后"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>gateway</html>", id="a page"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"error": {"message": "SECRET"}}', id="an error with status 200"),
        pytest.param(b'{"text": 5}', id="a text that is none"),
        pytest.param(b'{"text": "SECRET", "segments": {}}', id="segments that are no list"),
        pytest.param(b'{"text": "SECRET", "segments": [1]}', id="segments that are no objects"),
        pytest.param(b'{"text": "SECRET", "segments": [{"start": 1, "end": 2}]}', id="no text in a segment"),
        pytest.param(b'{"text": "SECRET", "segments": [{"start": null, "end": 2, "text": "x"}]}', id="no time"),
        pytest.param(b'{"text": "SECRET", "words": [{"start": NaN, "end": 2, "word": "x"}]}', id="a time that is none"),
        pytest.param(b'{"text": "SECRET", "words": [{"start": true, "end": 2, "word": "x"}]}', id="true as a time"),
        pytest.param(b"[" * 200_000, id="depth"),
    ],
)
def test_what_is_no_transcription_is_refused_without_repeating_it(body: bytes) -> None:
    with pytest.raises(Permanent) as caught:
        read_answer(body, duration_ms=1_000)
    assert caught.value.code == "remote_bad_answer"
    assert "SECRET" not in caught.value.detail


@given(
    st.lists(st.tuples(st.floats(-5, 50), st.floats(-5, 50), st.text("甲乙丙 ", max_size=4)), max_size=6),
    st.lists(st.tuples(st.floats(-5, 50), st.floats(-5, 50), st.text("甲乙丙 ", max_size=2)), max_size=9),
)
def test_whatever_times_come_the_promises_hold(
    segments: list[tuple[float, float, str]], words: list[tuple[float, float, str]]
) -> None:
    document = {
        "text": "x",
        "segments": [{"start": a, "end": b, "text": t} for a, b, t in segments],
        "words": [{"start": a, "end": b, "word": t} for a, b, t in words],
    }
    found = _read(document, duration_ms=20_000)
    assert all(0 <= s.start_ms <= s.end_ms <= 20_000 for s in found)
    assert all(s.start_ms <= w.start_ms <= w.end_ms <= s.end_ms for s in found for w in s.words)
