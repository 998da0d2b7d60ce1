from pathlib import Path

import numpy as np
import pytest

from nlp.asr.audio import AudioReport, AudioWindow, DecodedAudio, FloatArray, block_rms, has_sound, to_float
from tests.support.media import a_tone, silence

REPORT = AudioReport(1000, 16_000, 1, "pcm_s16le", "wav")


def test_samples_become_floats_below_one() -> None:
    assert to_float(np.array([-32768, 0, 16384, 32767], dtype=np.int16)).tolist() == [-1.0, 0.0, 0.5, 32767 / 32768]


def test_block_levels_cover_the_shorter_last_block() -> None:
    levels = block_rms(np.concatenate([np.full(1600, 0.5), np.full(800, 0.25)]).astype(np.float32), block_ms=100)
    assert levels.tolist() == [0.5, 0.25]


def test_no_samples_have_no_levels() -> None:
    assert block_rms(silence(0), block_ms=100).size == 0


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        pytest.param(silence(5), False, id="silence"),
        pytest.param(a_tone(3, level=0.0005), False, id="below the gate"),
        pytest.param(np.concatenate([silence(60), a_tone(1, level=0.02), silence(60)]), True, id="one quiet second"),
        pytest.param(silence(0), False, id="nothing"),
    ],
)
def test_sound_is_any_second_that_reaches_the_gate(audio: FloatArray, expected: object) -> None:
    assert has_sound(audio, gate_rms=0.001) is expected


def test_decoded_audio_knows_its_length_and_channels() -> None:
    windows = (AudioWindow(0, 0, 600_000, ("a", "b")), AudioWindow(1, 600_000, 610_500, ("c", "d")))
    decoded = DecodedAudio(Path("x"), REPORT, "separate", windows)
    assert (decoded.duration_ms, decoded.channels) == (610_500, 2)


def test_mixed_channels_count_as_one() -> None:
    assert DecodedAudio(Path("x"), REPORT, "mixed", ()).channels == 1
    assert DecodedAudio(Path("x"), REPORT, "mixed", ()).duration_ms == 0
