import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.asr.audio import FloatArray
from nlp.asr.crosstalk import estimate_leak, mute_leaks
from tests.support.media import silence

SECOND = 16_000


def _voice(seconds: float, *, seed: int, level: float = 0.1) -> FloatArray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(int(seconds * SECOND))).astype(np.float32)


def _level(audio: FloatArray, start_s: float, end_s: float) -> float:
    return float(np.sqrt(np.mean(audio[int(start_s * SECOND) : int(end_s * SECOND)] ** 2)))


LEFT = np.concatenate([_voice(5, seed=1), silence(5), silence(2), _voice(3, seed=2)])
RIGHT = np.concatenate([silence(5), _voice(5, seed=3), silence(5)])


@pytest.mark.parametrize("leak", [0.3, 0.1, 0.02])
def test_the_other_voice_is_muted_and_the_own_voice_is_not_touched(leak: float) -> None:
    left, right = LEFT + leak * RIGHT, RIGHT + leak * LEFT
    cleaned = mute_leaks(left, right)
    assert _level(cleaned, 5.3, 9.7) == 0
    assert np.array_equal(cleaned[: 5 * SECOND], left[: 5 * SECOND])
    assert np.array_equal(cleaned[12 * SECOND :], left[12 * SECOND :])
    assert _level(mute_leaks(right, left), 0.3, 4.7) == 0


def test_a_word_said_while_the_other_speaks_is_kept() -> None:
    word = np.concatenate([silence(7), _voice(0.4, seed=9, level=0.05), silence(7.6)])
    left, right = LEFT + word + 0.1 * RIGHT, RIGHT + 0.1 * LEFT
    cleaned = mute_leaks(left, right)
    assert np.array_equal(cleaned[7 * SECOND : int(7.4 * SECOND)], left[7 * SECOND : int(7.4 * SECOND)])
    assert _level(cleaned, 8, 9.5) == 0


def test_a_channel_that_only_hears_the_other_becomes_silent() -> None:
    right = _voice(10, seed=4)
    assert np.abs(mute_leaks(0.15 * right, right)).max() == 0


def test_two_people_at_once_are_both_kept() -> None:
    left, right = _voice(10, seed=5), _voice(10, seed=6, level=0.15)
    assert np.array_equal(mute_leaks(left, right), left)
    assert np.array_equal(mute_leaks(right, left), right)


def test_a_quiet_speaker_beside_a_loud_one_is_kept() -> None:
    quiet = np.concatenate([_voice(5, seed=7, level=0.01), silence(5)])
    loud = np.concatenate([silence(5), _voice(5, seed=8, level=0.3)])
    left, right = quiet + 0.005 * loud, loud + 0.005 * quiet
    cleaned = mute_leaks(left, right)
    assert np.array_equal(cleaned[: 5 * SECOND], left[: 5 * SECOND])


@pytest.mark.parametrize(
    ("own", "other"), [(silence(0), silence(0)), (silence(3), silence(3)), (_voice(0.2, seed=1), silence(0.2))]
)
def test_where_nobody_else_speaks_nothing_changes(own: FloatArray, other: FloatArray) -> None:
    assert np.array_equal(mute_leaks(own, other), own)


def test_the_usual_leak_is_not_moved_by_the_own_voice() -> None:
    theirs = np.full(100, 0.1, dtype=np.float32)
    mine = np.full(100, 0.005, dtype=np.float32)
    mine[:20] = 0.2
    assert estimate_leak(mine, theirs) == pytest.approx(0.05)
    assert estimate_leak(mine[:3], theirs[:3]) == 0.0


@given(st.integers(0, 40_000), st.integers(0, 40_000), st.floats(0, 1), st.integers(0, 5))
def test_any_two_lengths_and_levels_give_the_own_length_back(own: int, other: int, leak: float, seed: int) -> None:
    voice = _voice(3, seed=seed)
    cleaned = mute_leaks((leak * voice[:own]).astype(np.float32), voice[:other])
    assert cleaned.size == own if own <= voice.size else cleaned.size == voice.size
    assert cleaned.dtype == np.float32
