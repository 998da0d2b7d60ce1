import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.segments import merge_by_time, read_segment, settle_times, shift, write_segment
from nlp.types import Segment, Word
from tests.support.speech import a_segment

times = st.integers(min_value=-5_000, max_value=700_000)
words = st.builds(Word, text=st.text(max_size=4), start_ms=times, end_ms=times, confidence=st.none() | st.floats(0, 1))
segments = st.builds(
    Segment,
    text=st.text(max_size=30),
    start_ms=times,
    end_ms=times,
    channel=st.integers(0, 1),
    words=st.lists(words, max_size=5).map(tuple),
    confidence=st.none() | st.floats(0, 1),
)


@given(segments)
def test_a_segment_survives_its_checkpoint(segment: Segment) -> None:
    assert read_segment(json.loads(json.dumps(write_segment(segment)))) == segment


@pytest.mark.parametrize(
    "broken", [{}, {"text": "好", "words": []}, {**write_segment(a_segment("好", 0, 1)), "words": [["好"]]}]
)
def test_a_checkpoint_of_another_shape_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        read_segment(broken)


def test_shifting_moves_words_too_and_names_the_channel() -> None:
    moved = shift(a_segment("交期", 100, 300, words=True), 600_000, channel=1)
    assert (moved.start_ms, moved.end_ms, moved.channel) == (600_100, 600_300, 1)
    assert [(w.start_ms, w.end_ms) for w in moved.words] == [(600_100, 600_200), (600_200, 600_300)]


@given(st.lists(segments, max_size=8), st.integers(0, 600_000))
def test_settled_times_hold_whatever_the_engine_said(found: list[Segment], duration_ms: int) -> None:
    settled = settle_times(found, duration_ms=duration_ms)
    assert [s.text for s in settled] == [s.text for s in found]
    starts = [s.start_ms for s in settled]
    assert starts == sorted(starts)
    for segment in settled:
        assert 0 <= segment.start_ms <= segment.end_ms <= duration_ms
        last = segment.start_ms
        for word in segment.words:
            assert last <= word.start_ms <= word.end_ms <= segment.end_ms
            last = word.start_ms


def test_good_times_are_left_alone() -> None:
    good = [a_segment("先看交期", 0, 800, words=True), a_segment("再谈价格", 900, 1700, words=True)]
    assert settle_times(good, duration_ms=2000) == good


def test_channels_are_merged_by_start_and_overlaps_stay() -> None:
    left, right = a_segment("我们想", 0, 3000), a_segment("嗯", 1000, 1200, channel=1)
    later = replace(left, start_ms=1100, end_ms=1150)
    assert merge_by_time([later, right, left]) == [left, right, later]
