"""Samples in any pieces become the same windows; memory holds one of them; times never drift."""

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nlp.asr.audio import SAMPLE_RATE_HZ, AudioWindow
from service.adapters.audio.windowing import Levels, WindowWriter, quietest_cut
from tests.support.media import a_tone, silence, to_pcm

MINUTE = 60 * SAMPLE_RATE_HZ


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def _read(directory: Path, windows: list[AudioWindow], channel: int = 0) -> np.ndarray:
    return np.concatenate([np.fromfile(directory / w.files[channel], dtype="<i2") for w in windows])


def _ramp(n: int) -> np.ndarray:
    """Samples that tell where they were."""
    return (np.arange(n) % 30_000).astype(np.int16).reshape(1, -1)


def test_a_short_recording_is_one_window(tmp_path: Path, directory: int) -> None:
    writer = WindowWriter(directory, channels=1)
    writer.add(_ramp(2 * SAMPLE_RATE_HZ))
    windows, use, _ = writer.finish()
    assert windows == [AudioWindow(0, 0, 2_000, ("0000.0.pcm",))]
    assert use == "mono"
    assert (_read(tmp_path, windows) == _ramp(2 * SAMPLE_RATE_HZ)[0]).all()


@pytest.mark.parametrize("piece", [7, 1_000, SAMPLE_RATE_HZ, 11 * MINUTE])
def test_the_size_of_the_pieces_changes_nothing(tmp_path: Path, directory: int, piece: int) -> None:
    whole = _ramp(21 * MINUTE) if piece > 100 else _ramp(30_000)
    writer = WindowWriter(directory, channels=1)
    for start in range(0, whole.shape[1], piece):
        writer.add(whole[:, start : start + piece])
    assert writer.samples == whole.shape[1]
    windows, _, levels = writer.finish()
    assert (_read(tmp_path, windows) == whole[0]).all()
    assert levels.samples == whole.shape[1]
    assert all(w.end_ms - w.start_ms <= 600_000 for w in windows)
    assert [w.index for w in windows] == list(range(len(windows)))


def test_nothing_gives_no_windows(directory: int) -> None:
    assert WindowWriter(directory, channels=1).finish()[:2] == ([], "mono")


@pytest.mark.parametrize("channels", [1, 2])
def test_six_hours_weigh_as_much_as_half_an_hour(tmp_path: Path, directory: int, channels: int) -> None:
    # Windows of twenty seconds for ten minutes: 3 of them for half an hour, 36 for six hours, as many as really come.
    second = np.tile(to_pcm(a_tone(1, level=0.1)), (channels, 1))
    peaks = []
    for windows in (3, 36):
        tracemalloc.start()
        writer = WindowWriter(directory, channels=channels, window_s=20)
        for _ in range(windows * 19):
            writer.add(second.copy())
        found, _, _ = writer.finish()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(found) >= windows - 1
        assert found[-1].end_ms == windows * 19_000
    assert peaks[1] < 1.15 * peaks[0]
    assert peaks[1] < 12 * 20 * SAMPLE_RATE_HZ * 2 * channels  # a few copies of one window, never a second one


def test_long_silences_are_written_without_being_held(tmp_path: Path, directory: int) -> None:
    writer = WindowWriter(directory, channels=2)
    writer.add_silence(25 * MINUTE + 5)
    windows, _, _ = writer.finish()
    assert len(windows) == 3
    assert _read(tmp_path, windows).size == 25 * MINUTE + 5
    assert all(len(w.files) == 1 for w in windows)
    assert len(list(tmp_path.glob("*.pcm"))) == 3


def test_two_speakers_keep_their_files_and_lengths(tmp_path: Path, directory: int) -> None:
    left = np.concatenate([a_tone(5), silence(5)])
    right = np.concatenate([silence(5), a_tone(5, hz=250)])
    writer = WindowWriter(directory, channels=2)
    writer.add(np.stack([to_pcm(left), to_pcm(right)]))
    windows, use, _ = writer.finish()
    assert use == "separate"
    assert (_read(tmp_path, windows, 0) == to_pcm(left)).all()
    assert (_read(tmp_path, windows, 1) == to_pcm(right)).all()


@pytest.mark.parametrize("quiet_at_s", [586.0, 592.4, 599.0])
def test_a_window_ends_in_the_quietest_place_of_its_last_seconds(quiet_at_s: float) -> None:
    audio = a_tone(600, level=0.1)
    start = int(quiet_at_s * SAMPLE_RATE_HZ)
    audio[start : start + SAMPLE_RATE_HZ // 2] = 0
    cut = quietest_cut(to_pcm(audio).reshape(1, -1))
    assert start < cut < start + SAMPLE_RATE_HZ // 2
    assert cut % (SAMPLE_RATE_HZ // 10) == 0


def test_a_place_is_quiet_only_when_both_channels_are() -> None:
    left, right = a_tone(600, level=0.1), a_tone(600, level=0.1)
    left[590 * SAMPLE_RATE_HZ : 591 * SAMPLE_RATE_HZ] = 0
    both = slice(595 * SAMPLE_RATE_HZ, 596 * SAMPLE_RATE_HZ)
    left[both] = right[both] = 0
    cut = quietest_cut(np.stack([to_pcm(left), to_pcm(right)]))
    assert both.start <= cut <= both.stop


def test_loudness_is_that_of_the_speech_not_of_the_pauses() -> None:
    levels, with_pauses = Levels(), Levels()
    levels.add(to_pcm(a_tone(10)))
    with_pauses.add(to_pcm(np.concatenate([a_tone(10), silence(90)])))
    assert levels.loudness_dbfs == with_pauses.loudness_dbfs == pytest.approx(-15.1, abs=0.2)


def test_levels_of_nothing_are_silent() -> None:
    assert (Levels().loudness_dbfs, Levels().clipping_ratio) == (-120.0, 0.0)


def test_an_existing_link_is_not_written_through(tmp_path: Path, directory: int) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"keep")
    (tmp_path / "0000.0.pcm").symlink_to(target)
    writer = WindowWriter(directory, channels=1)
    writer.add(_ramp(1_000))
    with pytest.raises(OSError, match="symbolic"):
        writer.finish()
    assert target.read_bytes() == b"keep"
