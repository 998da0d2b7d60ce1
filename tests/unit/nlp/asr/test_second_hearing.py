"""Loops are heard a second time; what stays, what goes, and what is told of both."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.audio import FloatArray
from nlp.asr.repetition import collapse_loops, find_loops
from nlp.asr.second_hearing import MOST_MS, PIECE_S, hear_loops_again
from nlp.types import Segment
from tests.support.media import a_tone, silence
from tests.support.speech import a_segment

LOOP = "这个价格再看吧" * 20
RATE = 16_000
NUMBERS = "零一二三四五六七八九"


class Ear:
    """Says in the n-th piece what it was given, with the n-th number behind it; remembers the pieces' seconds."""

    def __init__(self, *said: Segment) -> None:
        self.said = said
        self.pieces: list[float] = []

    def __call__(self, piece: FloatArray) -> Sequence[Segment]:
        self.pieces.append(piece.size / RATE)
        number = NUMBERS[len(self.pieces) % len(NUMBERS)]
        return [replace(s, text=s.text.strip() and f"{s.text}{number}") for s in self.said]


def again(
    segments: Sequence[Segment], ear: Ear, audio: FloatArray | None = None
) -> tuple[list[Segment], list[tuple[str, str]]]:
    kept, gone = hear_loops_again(segments, audio=a_tone(60) if audio is None else audio, hear=ear, gate_rms=0.001)
    return kept, [(d.reason, d.evidence) for d in gone]


def test_a_loop_is_replaced_by_what_is_heard_in_short_pieces() -> None:
    ear = Ear(a_segment("交期能不能再提前", 500, 2_500, words=True))
    before, after = a_segment("您好", 0, 900), a_segment("好的", 50_000, 51_000)
    kept, told = again([before, a_segment(LOOP, 10_000, 34_000), after], ear)
    assert (kept[0], kept[-1]) == (before, after)
    assert [s.text for s in kept[1:-1]] == [f"交期能不能再提前{NUMBERS[n + 1]}" for n in range(len(ear.pieces))]
    assert kept[1].start_ms == 10_000 - 200 + 500
    assert kept[1].words[0].start_ms == kept[1].start_ms
    assert max(ear.pieces) <= PIECE_S * 1.35 + 0.1
    assert sum(ear.pieces) == pytest.approx(24.4, abs=0.05)
    assert told == [("heard_again", "这个价格再看吧 × 20; replaced by a second hearing in short pieces")]


def test_what_goes_round_over_several_segments_is_one_loop() -> None:
    said = [a_segment("谢谢大家观看本期", n * 2_000, n * 2_000 + 1_500) for n in range(6)]
    kept, told = again(said, Ear(a_segment("报价我看过了", 0, 900)))
    assert {s.text[:-1] for s in kept} == {"报价我看过了"}
    assert [evidence.split(";")[0] for _, evidence in told] == ["said 6 times in a row"]


def test_what_loops_again_stays_for_collapsing_and_both_are_told() -> None:
    looped = [a_segment(LOOP, 1_000, 9_000)]
    kept, told = again(looped, Ear(a_segment("好" * 40, 0, 3_000)))
    assert kept == looped
    assert told == [("heard_again", "这个价格再看吧 × 20; loops again: 好 × 40")]
    assert [s.text for s in collapse_loops(kept)[0]] == ["这个价格再看吧"]


@pytest.mark.parametrize("said", [(), (a_segment("  ", 0, 10),)], ids=["nothing", "blanks"])
def test_where_nothing_is_heard_the_second_time_one_occurrence_stays(said: tuple[Segment, ...]) -> None:
    looped = [a_segment(LOOP, 1_000, 9_000)]
    kept, told = again(looped, Ear(*said))
    assert kept == looped
    assert told[0][1].endswith("nothing is heard the second time")


def test_silent_pieces_are_not_asked_for() -> None:
    ear = Ear(a_segment("好的", 0, 500))
    audio = np.concatenate([a_tone(8), silence(16), a_tone(8)])
    again([a_segment(LOOP, 0, 32_000)], ear, audio)
    assert 0 < sum(ear.pieces) < 24


def test_an_engine_that_only_loops_does_not_cost_twice_the_time() -> None:
    ear = Ear(a_segment("好的", 0, 500))
    said = [a_segment(LOOP + f"第{n}遍", n * 30_000, n * 30_000 + 29_800) for n in range(20)]
    kept, told = again(said, ear, a_tone(600))
    assert MOST_MS - 31_000 < sum(ear.pieces) * 1000 <= MOST_MS
    assert len(told) == 9
    assert kept[-11:] == said[-11:]


def test_neighbours_are_not_heard_twice() -> None:
    ear = Ear(a_segment("好的", 0, 500))
    said = [a_segment("前面", 0, 10_000), a_segment(LOOP, 10_050, 20_000), a_segment("后面", 20_100, 30_000)]
    again(said, ear)
    assert sum(ear.pieces) == pytest.approx(10.1, abs=0.05)


def test_what_does_not_loop_is_not_heard_again() -> None:
    ear = Ear(a_segment("坏", 0, 500))
    said = [a_segment("对对对对", 0, 900), a_segment("好的好的", 1_000, 1_900)]
    assert again(said, ear) == (said, [])
    assert ear.pieces == []


TEXTS = st.builds(lambda unit, count: unit * count, st.text("好的对价格看", min_size=1, max_size=9), st.integers(1, 30))


@given(st.lists(TEXTS, max_size=12))
def test_loops_are_found_exactly_where_something_would_be_collapsed(texts: list[str]) -> None:
    segments = [a_segment(text, n * 1_000, n * 1_000 + 900) for n, text in enumerate(texts)]
    loops = find_loops(segments)
    _, dropped = collapse_loops(segments)
    assert bool(loops) == bool(dropped)
    assert all(0 <= loop.first < loop.end <= len(segments) and loop.evidence for loop in loops)
    assert [loop.first for loop in loops] == sorted({loop.first for loop in loops})
    assert {d.start_ms // 1_000 for d in dropped} <= {n for loop in loops for n in range(loop.first, loop.end)}
