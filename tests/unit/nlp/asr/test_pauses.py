"""Where nobody speaks between two words, read from the sound."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.pauses import settle_pauses
from nlp.types import Segment, Word


def sound(*parts: tuple[int, float], noise: float = 0.0) -> FloatArray:
    """Tones of so many milliseconds at such a level, one after the other, over noise."""
    rng = np.random.default_rng(5)
    pieces = []
    for ms, level in parts:
        at = np.arange(ms * SAMPLE_RATE_HZ // 1000) / SAMPLE_RATE_HZ
        pieces.append(level * np.sin(2 * np.pi * 220 * at))
    whole = np.concatenate(pieces)
    return (whole + noise * rng.standard_normal(whole.size)).astype(np.float32)


def heard(*words: tuple[str, int, int], end_ms: int) -> Segment:
    made = tuple(Word(text, start, end) for text, start, end in words)
    return Segment("".join(word.text for word in made), made[0].start_ms, end_ms, words=made)


def times(segment: Segment) -> list[tuple[int, int]]:
    return [(word.start_ms, word.end_ms) for word in segment.words]


def test_a_word_that_was_drawn_over_a_pause_ends_where_the_pause_begins() -> None:
    segment = heard(("样，", 0, 640), ("设", 660, 800), end_ms=800)
    settled = settle_pauses(segment, sound((300, 0.3), (320, 0.0), (180, 0.3)))
    assert times(settled) == [(0, 300), (620, 800)]
    assert settled.text == "样，设"


def test_the_margin_of_silence_behind_the_last_word_is_cut_off() -> None:
    settled = settle_pauses(heard(("好", 0, 700), end_ms=700), sound((400, 0.3), (300, 0.0)))
    assert (settled.end_ms, times(settled)) == (400, [(0, 400)])


def test_the_silence_of_a_stop_consonant_is_no_pause() -> None:
    segment = heard(("大", 0, 260), ("家", 260, 500), end_ms=500)
    assert settle_pauses(segment, sound((200, 0.3), (60, 0.0), (240, 0.3))) == segment


def test_where_noise_fills_the_pause_nothing_changes() -> None:
    segment = heard(("样", 0, 640), ("设", 660, 800), end_ms=800)
    assert settle_pauses(segment, sound((300, 0.3), (320, 0.0), (180, 0.3), noise=0.1)) == segment


@pytest.mark.parametrize("segment", [Segment("好", 0, 500), Segment("好", 900, 900, words=(Word("好", 900, 900),))])
def test_without_words_or_sound_nothing_changes(segment: Segment) -> None:
    assert settle_pauses(segment, sound((500, 0.3))) == segment


@given(
    st.lists(st.tuples(st.integers(20, 700), st.booleans()), min_size=1, max_size=12),
    st.lists(st.integers(0, 3000), min_size=1, max_size=12),
)
def test_words_stay_in_order_apart_and_inside(parts: list[tuple[int, bool]], starts: list[int]) -> None:
    audio = sound(*((ms, 0.3 if loud else 0.0) for ms, loud in parts))
    end_ms = audio.size * 1000 // SAMPLE_RATE_HZ
    begins = sorted(min(start, end_ms) for start in starts)
    words = [Word("字", a, b) for a, b in pairwise([*begins, end_ms])]
    segment = Segment("字" * len(words), begins[0], end_ms, words=tuple(words))
    settled = settle_pauses(segment, audio)
    assert settled.text == segment.text
    for word, following in pairwise(settled.words):
        assert word.start_ms <= word.end_ms <= following.start_ms
    assert all(segment.start_ms <= word.start_ms <= word.end_ms <= segment.end_ms for word in settled.words)
    assert settled.end_ms <= segment.end_ms
