"""Decoded recordings as values, and the only reader of their samples.

Invariant: samples on disk are s16le, mono per file, 16,000 Hz; windows follow each other without gap or overlap, so
that a window's `start_ms` plus a time inside it is a time in the recording.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
FULL_SCALE = 32_768.0
SILENCE_DBFS = -120.0

FloatArray = NDArray[np.float32]
PcmArray = NDArray[np.int16]
ChannelUse = Literal["mono", "separate", "mixed", "left", "right"]


@dataclass(frozen=True, slots=True)
class AudioReport:
    """What a recording is, before or after decoding.

    `duration_ms` counts decoded samples, or is what the container claims where only probed (None: it claims nothing).
    `channels` counts the source's channels and `codec` names its coding. `partial` means that less was decoded than
    the container promises; `coverage` is decoded ÷ promised in [0, 1]. `clipping_ratio` is the share of samples at
    full scale, `loudness_dbfs` the mean level of the non-silent stretches; both None where only probed. Of several
    `audio_tracks` the first one is used.
    """

    duration_ms: int | None
    sample_rate: int
    channels: int
    codec: str
    container: str
    partial: bool = False
    coverage: float = 1.0
    clipping_ratio: float | None = None
    loudness_dbfs: float | None = None
    audio_tracks: int = 1


@dataclass(frozen=True, slots=True)
class AudioWindow:
    """One stretch of at most ten minutes; `files` holds one path per kept channel, relative to the directory."""

    index: int
    start_ms: int
    end_ms: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """A recording on disk, ready to be transcribed window by window.

    `channel_use` tells what became of the source's channels: `separate` keeps one speaker on each of two channels;
    every other value means one channel in which all speakers are heard. `key` opens the files where they are sealed;
    empty: they are samples as they stand.
    """

    directory: Path
    report: AudioReport
    channel_use: ChannelUse
    windows: tuple[AudioWindow, ...]
    key: bytes = field(default=b"", repr=False)

    @property
    def channels(self) -> int:
        """How many channels each window holds."""
        return 2 if self.channel_use == "separate" else 1

    @property
    def duration_ms(self) -> int:
        """Length of what was decoded."""
        return self.windows[-1].end_ms if self.windows else 0


def load_window(directory: Path, window: AudioWindow, channel: int) -> FloatArray:
    """Samples of one channel of one window that lies open: float32, shape (n_samples,), 16 000 Hz, in [-1, 1).

    Raises:
        FileNotFoundError: the window was removed from disk.
    """
    pcm: PcmArray = np.fromfile(directory / window.files[channel], dtype="<i2")
    return to_float(pcm)


def to_float(pcm: PcmArray) -> FloatArray:
    """The same samples as float32 in [-1, 1)."""
    return pcm.astype(np.float32) / np.float32(FULL_SCALE)


def block_rms(audio: FloatArray, *, block_ms: int) -> FloatArray:
    """Root mean square of each consecutive block of `block_ms`; the last, shorter block counts as one."""
    size = SAMPLE_RATE_HZ * block_ms // 1000
    if audio.size == 0:
        return np.zeros(0, dtype=np.float32)
    starts = np.arange(0, audio.size, size)
    lengths = np.minimum(size, audio.size - starts)
    sums = np.add.reduceat(np.square(audio, dtype=np.float64), starts)
    return np.sqrt(sums / lengths).astype(np.float32)


def has_sound(audio: FloatArray, *, gate_rms: float) -> bool:
    """Whether any second of `audio` reaches `gate_rms`: cheaper than the voice detector, and never fooled by text."""
    return bool((block_rms(audio, block_ms=1000) >= gate_rms).any())
