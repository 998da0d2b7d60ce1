from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.channels import StereoStatistics, decide_channel_use, mix_channels
from tests.support.media import a_tone, silence, to_pcm


def _noise(seconds: float, *, seed: int, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(int(seconds * 16_000))).astype(np.float32)


def _decide(left: np.ndarray, right: np.ndarray) -> tuple[str, int]:
    statistics = StereoStatistics()
    statistics.add(to_pcm(left), to_pcm(right))
    return decide_channel_use(statistics)


TALK = _noise(4, seed=1)
ANSWER = _noise(3, seed=2)
TWO_LINES = (np.concatenate([TALK, silence(3)]), np.concatenate([silence(4), ANSWER]))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param(*TWO_LINES, ("separate", 1), id="two people in turn"),
        pytest.param(
            TWO_LINES[0] + 0.05 * TWO_LINES[1], TWO_LINES[1] + 0.05 * TWO_LINES[0], ("separate", 1), id="crosstalk"
        ),
        pytest.param(TALK, TALK, ("mixed", 1), id="copies"),
        pytest.param(TALK, 0.6 * TALK, ("mixed", 1), id="copies of different level"),
        pytest.param(TALK, -TALK, ("mixed", -1), id="opposite phase"),
        pytest.param(TALK, silence(4), ("left", 1), id="right is dead"),
        pytest.param(silence(4), TALK, ("right", 1), id="left is dead"),
        pytest.param(TALK, 0.1 * _noise(4, seed=3), ("left", 1), id="one voice and hiss"),
        pytest.param(TALK + 0.5 * _noise(4, seed=5), 0.8 * TALK + 0.5 * _noise(4, seed=6), ("mixed", 1), id="one room"),
        pytest.param(silence(4), silence(4), ("left", 1), id="nothing at all"),
    ],
)
def test_two_channels_are_two_people_only_when_each_has_its_own_time(left: Any, right: Any, expected: object) -> None:
    assert _decide(left, right) == expected


def test_a_frame_shorter_than_a_tenth_of_a_second_tells_nothing() -> None:
    statistics = StereoStatistics()
    statistics.add(to_pcm(TALK[:100]), to_pcm(TALK[:100]))
    assert statistics.frames == 0
    assert statistics.correlation == 0.0


@given(cut=st.integers(min_value=1, max_value=39))
def test_the_decision_does_not_depend_on_where_the_samples_were_cut(cut: int) -> None:
    left, right = (to_pcm(x[: 4 * 16_000]) for x in TWO_LINES)
    whole, parts = StereoStatistics(), StereoStatistics()
    whole.add(left, right)
    parts.add(left[: cut * 1600], right[: cut * 1600])
    parts.add(left[cut * 1600 :], right[cut * 1600 :])
    assert decide_channel_use(whole) == decide_channel_use(parts)
    assert whole.correlation == pytest.approx(parts.correlation)


def test_opposite_channels_do_not_cancel_when_mixed() -> None:
    tone = to_pcm(a_tone(0.1))
    assert np.abs(mix_channels(tone, -tone, sign=-1)).max() > 8000
    assert np.abs(mix_channels(tone, -tone, sign=1)).max() <= 1


def test_mixing_full_scale_does_not_wrap_around() -> None:
    loud = np.full(10, -32768, dtype=np.int16)
    assert mix_channels(loud, loud, sign=1).tolist() == [-32768] * 10
    assert mix_channels(loud, loud, sign=-1).tolist() == [0] * 10
