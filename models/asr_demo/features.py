"""What the network hears of a sound: 80 mel energies and 54 degrees of pitch, ten milliseconds a frame.

Mandarin's tones are pitch, and the energies alone hide it: in their 25 ms a low voice swings only twice. So pitch has a
longer window of its own. Invariant: everything here is also a node of the exported graph, which is given bare samples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.asr_demo.voices import RATE_HZ, Signal

Floats = NDArray[np.float32]

HOP = 160
BANDS, LOWEST_HZ, HIGHEST_HZ = 80, 20.0, 7600.0
PITCHES, DEEPEST_HZ, STEPS_AN_OCTAVE = 54, 44.0, 16
HEARD = BANDS + PITCHES
# Under what a quiet room adds to a voice of power 1, so that silence is no infinity.
FLOOR = 1e-3
PITCH_FLOOR = 0.3
HARMONICS, SMOOTHED = 9, 16


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of sound with soft ends and which lines of its spectrum are looked at."""

    samples: int
    period: int
    first: int
    last: int

    @property
    def before(self) -> int:
        """Samples it reaches to the left of its hop."""
        return self.samples // 2 - HOP // 2

    def shape(self) -> Floats:
        """Hann's window, periodic."""
        return np.hanning(self.samples + 1)[: self.samples].astype(np.float32)


SOUND = Window(400, 512, 0, 257)
VOICE = Window(1024, 1600, 4, 151)


def mel_bank() -> Floats:
    """Triangles over the lines of `SOUND`'s spectrum, shape (257, 80)."""

    def mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(1127 * np.log1p(hz / 700))

    lowest, highest = mel(np.array([LOWEST_HZ, HIGHEST_HZ])).tolist()
    edges = np.linspace(lowest, highest, BANDS + 2)
    lines = mel(np.arange(SOUND.first, SOUND.last) * RATE_HZ / SOUND.period)[:, None]
    rising = (lines - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - lines) / (edges[2:] - edges[1:-1])
    bank: Floats = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return bank


def pitch_bank() -> Floats:
    """How well a comb of harmonics fits the lines of `VOICE`'s spectrum, shape (147, 54): a column for each pitch."""
    hz = np.arange(VOICE.first, VOICE.last) * RATE_HZ / VOICE.period
    pitch = DEEPEST_HZ * 2 ** (np.arange(PITCHES) / STEPS_AN_OCTAVE)
    order = hz[:, None] / pitch[None]
    combs = np.cos(2 * np.pi * order) * (order < HARMONICS) / np.sqrt(np.maximum(order, 1))
    level = np.zeros((hz.size, hz.size))
    for i in range(hz.size):
        around = slice(max(0, i - SMOOTHED), i + SMOOTHED + 1)
        level[around, i] = 1 / level[around, i].size
    return ((np.eye(hz.size) - level) @ combs).astype(np.float32)


def features(signal: Signal) -> Floats:
    """Shape (frames, 134): energies first, then pitches; samples at 16,000 Hz of any loudness."""
    calm = (signal - signal.mean()) / np.sqrt(signal.var() + 1e-5)
    energies = np.log(_power(calm, SOUND) @ mel_bank() + FLOOR)
    root = _power(calm, VOICE) ** 0.25
    pitches = root @ pitch_bank() / (root.mean(1, keepdims=True) + PITCH_FLOOR)
    return np.concatenate([energies, pitches], axis=1).astype(np.float32)


def _power(calm: Signal, window: Window) -> Floats:
    frames = calm.size // HOP
    padded = np.pad(calm, (window.before, window.samples))
    cut = np.lib.stride_tricks.sliding_window_view(padded, window.samples)[::HOP][:frames]
    lines = np.fft.rfft(cut * window.shape(), window.period)[:, window.first : window.last]
    return (lines.real**2 + lines.imag**2).astype(np.float32)
