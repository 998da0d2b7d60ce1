"""Cutting a stream of samples into windows on disk, at quiet places, in bounded memory.

Invariant: at most one window is in memory; windows follow each other without gap or overlap; a window is cut in the
quietest place of its last fifteen seconds, so that few words are cut in two.
"""

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.asr.audio import FULL_SCALE, SAMPLE_RATE_HZ, SILENCE_DBFS, AudioWindow, ChannelUse, PcmArray
from nlp.asr.channels import ACTIVE_RMS, StereoStatistics, decide_channel_use, mix_channels
from service.adapters.audio.work_files import get_samples, put_samples

WINDOW_S = 600
SEARCH_S = 15
QUIET_MS = 200
FRAME = SAMPLE_RATE_HZ // 10
CLIPPED = 32_700


@dataclass(slots=True)
class Levels:
    """Running counts for the report."""

    samples: int = 0
    clipped: int = 0
    frames: int = 0
    energy: float = 0.0
    active_frames: int = 0
    active_energy: float = 0.0

    def add(self, pcm: PcmArray) -> None:
        """Take the samples of one channel."""
        self.samples += pcm.size
        self.clipped += int((np.abs(pcm.astype(np.int32)) >= CLIPPED).sum())
        n = pcm.size // FRAME
        power = np.square(pcm[: n * FRAME].astype(np.float64).reshape(n, FRAME) / FULL_SCALE).mean(axis=1)
        active = power >= ACTIVE_RMS**2
        self.frames += n
        self.energy += float(power.sum())
        self.active_frames += int(active.sum())
        self.active_energy += float(power[active].sum())

    @property
    def clipping_ratio(self) -> float:
        """Share of samples at full scale."""
        return round(self.clipped / self.samples, 6) if self.samples else 0.0

    @property
    def loudness_dbfs(self) -> float:
        """Mean level of the non-silent frames, of all frames where all are silent."""
        energy, frames = (self.active_energy, self.active_frames) if self.active_frames else (self.energy, self.frames)
        return round(10 * float(np.log10(energy / frames)), 1) if energy > 0 else SILENCE_DBFS


class WindowWriter:
    """Takes samples in any pieces and leaves window files in a directory given by its descriptor, sealed by `key`."""

    def __init__(self, directory_fd: int, *, channels: int, window_s: int = WINDOW_S, key: bytes = b"") -> None:
        self._directory = directory_fd
        self._key = key
        self._channels = channels
        self._longest = window_s * SAMPLE_RATE_HZ
        self._pending: list[PcmArray] = []
        self._buffered = 0
        self._written = 0
        self._windows: list[AudioWindow] = []
        self._stereo = StereoStatistics()
        self._levels = Levels()

    @property
    def samples(self) -> int:
        """Samples per channel taken so far."""
        return self._written + self._buffered

    def add(self, pcm: PcmArray) -> None:
        """Take samples, int16, shape (channels, n)."""
        self._pending.append(pcm)
        self._buffered += pcm.shape[1]
        while self._buffered >= self._longest:
            held = np.concatenate(self._pending, axis=1)
            cut = quietest_cut(held[:, : self._longest])
            self._write(held[:, :cut])
            rest = held[:, cut:].copy()
            self._pending, self._buffered = [rest], rest.shape[1]

    def add_silence(self, n_samples: int) -> None:
        """Take `n_samples` of silence, a second at a time."""
        while n_samples > 0:
            n = min(n_samples, SAMPLE_RATE_HZ)
            self.add(np.zeros((self._channels, n), dtype=np.int16))
            n_samples -= n

    def finish(self) -> tuple[list[AudioWindow], ChannelUse, Levels]:
        """Write what is left and settle what two channels mean; the windows as they now are on disk."""
        if self._buffered:
            self._write(np.concatenate(self._pending, axis=1))
            self._pending, self._buffered = [], 0
        if self._channels == 1:
            return self._windows, "mono", self._levels
        use, sign = decide_channel_use(self._stereo)
        if use != "separate":
            self._windows = [self._join(window, use, sign) for window in self._windows]
        return self._windows, use, self._levels

    def _write(self, pcm: PcmArray) -> None:
        index = len(self._windows)
        names = tuple(f"{index:04d}.{channel}.pcm" for channel in range(self._channels))
        for name, samples in zip(names, pcm, strict=True):
            self._store(name, samples)
            self._levels.add(samples)
        if self._channels == 2:
            self._stereo.add(pcm[0], pcm[1])
        start_ms = self._written * 1000 // SAMPLE_RATE_HZ
        self._written += pcm.shape[1]
        self._windows.append(AudioWindow(index, start_ms, self._written * 1000 // SAMPLE_RATE_HZ, names))

    def _join(self, window: AudioWindow, use: ChannelUse, sign: int) -> AudioWindow:
        left, right = (self._load(name) for name in window.files)
        kept = {"left": left, "right": right}.get(use)
        self._store(window.files[0], mix_channels(left, right, sign=sign) if kept is None else kept)
        os.unlink(window.files[1], dir_fd=self._directory)
        return AudioWindow(window.index, window.start_ms, window.end_ms, window.files[:1])

    def _store(self, name: str, samples: PcmArray) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(name, flags, 0o600, dir_fd=self._directory), "wb") as file:
            put_samples(file, samples, self._key)

    def _load(self, name: str) -> PcmArray:
        with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._directory), "rb") as file:
            return get_samples(file, self._key)


def quietest_cut(pcm: PcmArray) -> int:
    """Where to end a window: the middle of the quietest fifth of a second among its last fifteen seconds.

    Args:
        pcm: int16, shape (channels, n), longer than fifteen seconds.
    Returns:
        Samples to keep; always a multiple of 100 ms, so that times stay whole milliseconds.
    """
    block = SAMPLE_RATE_HZ * QUIET_MS // 1000
    n_blocks = SEARCH_S * 1000 // QUIET_MS
    length: int = pcm.shape[1]
    first = (length // block - n_blocks) * block
    tail = pcm[:, first : first + n_blocks * block].astype(np.float64)
    energy: NDArray[np.float64] = np.square(tail).reshape(pcm.shape[0], n_blocks, block).sum(axis=(0, 2))
    quietest = int(np.argmin(energy))
    return first + quietest * block + block // 2
