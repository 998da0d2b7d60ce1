"""What the network hears: the same however loud it is, the right band for a tone, the right degree for a voice."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.asr_demo.features import BANDS, DEEPEST_HZ, HEARD, HOP, STEPS_AN_OCTAVE, features, mel_bank, pitch_bank
from models.asr_demo.voices import RATE_HZ, Signal


def voice(pitch_hz: float, *, harmonics: int = 20, seconds: float = 0.6) -> Signal:
    """A buzz with falling harmonics and a little noise."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    buzz: NDArray[np.float64] = np.zeros(times.size)
    for k in range(1, harmonics + 1):
        buzz += np.sin(2 * np.pi * k * pitch_hz * times + k) / k
    return (buzz + 0.003 * np.random.default_rng(1).standard_normal(times.size)).astype(np.float32)


def degree(pitch_hz: float) -> float:
    return float(np.log2(pitch_hz / DEEPEST_HZ) * STEPS_AN_OCTAVE)


def test_one_frame_every_ten_milliseconds() -> None:
    for samples in (HOP, 10 * HOP - 1, RATE_HZ):
        assert features(voice(120)[:samples]).shape == (min(samples, 9600) // HOP, HEARD)


@pytest.mark.parametrize("gain", [0.05, 0.2, 7.0])
def test_loudness_does_not_count(gain: float) -> None:
    quiet, loud = features(voice(150)), features(voice(150) * np.float32(gain))
    assert np.abs(quiet - loud).max() < 0.05


@pytest.mark.parametrize("pitch_hz", [60, 80, 110, 150, 200, 260, 330])
def test_the_strongest_degree_is_the_voices_own(pitch_hz: float) -> None:
    heard = features(voice(pitch_hz))[10:-10, BANDS:].mean(0)
    assert abs(int(heard.argmax()) - degree(pitch_hz)) <= 1


def test_a_voice_a_semitone_higher_moves_the_whole_pattern() -> None:
    low, high = (features(voice(hz))[10:-10, BANDS:].mean(0) for hz in (150, 150 * 2 ** (4 / STEPS_AN_OCTAVE)))
    likeness = [float(np.corrcoef(low[8:-8], np.roll(high, -k)[8:-8])[0, 1]) for k in range(-8, 9)]
    assert int(np.argmax(likeness)) - 8 == 4


@pytest.mark.parametrize(("hz", "band"), [(200, 7), (1000, 28), (3000, 54), (6000, 73)])
def test_a_whistle_is_heard_in_its_band(hz: float, band: int) -> None:
    times = np.arange(RATE_HZ) / RATE_HZ
    whistle = np.sin(2 * np.pi * hz * times).astype(np.float32)
    assert abs(int(features(whistle)[:, :BANDS].mean(0).argmax()) - band) <= 1


def test_silence_is_finite() -> None:
    assert np.isfinite(features(np.zeros(RATE_HZ, np.float32))).all()


def test_every_band_hears_something_and_no_comb_hears_a_level() -> None:
    assert (mel_bank().sum(0) > 0).all()
    assert np.abs(np.ones(len(pitch_bank())) @ pitch_bank()).max() < 1e-3
