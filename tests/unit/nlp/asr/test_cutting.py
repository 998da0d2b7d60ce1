"""Pieces cover everything and end where it is quiet."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.cutting import quiet_cuts


def talk(seconds: float, pauses: list[float]) -> FloatArray:
    """Noise with half a second of silence around each of `pauses`."""
    audio = np.random.default_rng(1).standard_normal(int(seconds * SAMPLE_RATE_HZ)).astype(np.float32) * 0.1
    for pause in pauses:
        audio[int((pause - 0.25) * SAMPLE_RATE_HZ) : int((pause + 0.25) * SAMPLE_RATE_HZ)] = 0
    return audio


def test_cuts_fall_into_the_pauses_nearest_to_the_length_asked_for() -> None:
    cuts = quiet_cuts([talk(30, [9.0, 21.0])], piece_s=10)
    assert [round(end / SAMPLE_RATE_HZ) for _, end in cuts] == [9, 21, 30]


def test_a_place_where_one_channel_speaks_is_not_quiet() -> None:
    left, right = talk(20, [9.0, 11.0]), talk(20, [11.0])
    assert [round(end / SAMPLE_RATE_HZ) for _, end in quiet_cuts([left, right], piece_s=10)] == [11, 20]


def test_what_is_short_stays_whole() -> None:
    assert quiet_cuts([talk(12, [])], piece_s=10) == [(0, 12 * SAMPLE_RATE_HZ)]


@pytest.mark.parametrize("samples", [1, 319, 320, 321])
def test_the_smallest_recordings_are_one_piece(samples: int) -> None:
    assert quiet_cuts([np.zeros(samples, np.float32)], piece_s=5) == [(0, samples)]


@given(st.integers(1, 40 * SAMPLE_RATE_HZ), st.floats(1, 12))
def test_pieces_follow_each_other_and_cover_everything(samples: int, piece_s: float) -> None:
    cuts = quiet_cuts([np.zeros(samples, np.float32)], piece_s=piece_s)
    assert cuts[0][0] == 0
    assert cuts[-1][1] == samples
    assert all(end == start for (_, end), (start, _) in pairwise(cuts))
    assert all(end - start <= 1.4 * piece_s * SAMPLE_RATE_HZ + 320 for start, end in cuts)
