"""Whether two channels carry two people or one room, decided from running sums while decoding.

Invariant: memory does not grow with the recording; the decision depends on the samples only, never on where they were
cut into pieces.
"""

from dataclasses import dataclass

import numpy as np

from nlp.asr.audio import FULL_SCALE, SAMPLE_RATE_HZ, ChannelUse, PcmArray

FRAME = SAMPLE_RATE_HZ // 10
ACTIVE_RMS = 0.003  # -50 dBFS: quieter frames tell nothing about who speaks
DEAD_RMS = 0.0003  # -70 dBFS: a channel that never rises above carries nobody
DOMINANCE = 2.0  # 6 dB louder than the other channel: this frame belongs to one side
ALIKE = 0.98  # correlation above which two channels are copies, below its negative copies of opposite phase


@dataclass(slots=True)
class StereoStatistics:
    """Running sums over frames of 100 ms; feed all samples in order, then ask `decide_channel_use`."""

    left_energy: float = 0.0
    right_energy: float = 0.0
    product: float = 0.0
    frames: int = 0
    active: int = 0
    left_dominant: int = 0
    right_dominant: int = 0
    peak_left: float = 0.0
    peak_right: float = 0.0

    def add(self, left: PcmArray, right: PcmArray) -> None:
        """Take whole frames of both channels (equal length, a multiple of 1,600 samples; a rest is dropped)."""
        n = min(left.size, right.size) // FRAME
        if n == 0:
            return
        a = left[: n * FRAME].astype(np.float64).reshape(n, FRAME) / FULL_SCALE
        b = right[: n * FRAME].astype(np.float64).reshape(n, FRAME) / FULL_SCALE
        left_rms, right_rms = np.sqrt((a * a).mean(axis=1)), np.sqrt((b * b).mean(axis=1))
        active = np.maximum(left_rms, right_rms) >= ACTIVE_RMS
        self.left_energy += float((a * a).sum())
        self.right_energy += float((b * b).sum())
        self.product += float((a * b).sum())
        self.frames += n
        self.active += int(active.sum())
        self.left_dominant += int((active & (left_rms > DOMINANCE * right_rms)).sum())
        self.right_dominant += int((active & (right_rms > DOMINANCE * left_rms)).sum())
        self.peak_left = max(self.peak_left, float(left_rms.max()))
        self.peak_right = max(self.peak_right, float(right_rms.max()))

    @property
    def correlation(self) -> float:
        """Normalised correlation of the two channels in [-1, 1]; 0 where one of them is silent."""
        power = float(np.sqrt(self.left_energy * self.right_energy))
        return self.product / power if power > 0 else 0.0


def decide_channel_use(statistics: StereoStatistics) -> tuple[ChannelUse, int]:
    """What to keep of two channels, and the sign with which the right one is added when they are mixed.

    Two people on two lines leave most frames to one side, and each side has its frames; a room heard by two
    microphones does not. Copies are mixed, opposite copies with a negative sign so that they do not cancel.
    """
    if statistics.peak_right < DEAD_RMS:
        return "left", 1
    if statistics.peak_left < DEAD_RMS:
        return "right", 1
    correlation = statistics.correlation
    sign = -1 if correlation < 0 else 1
    if abs(correlation) >= ALIKE:
        return "mixed", sign
    one_sided = statistics.left_dominant + statistics.right_dominant
    fewer = min(statistics.left_dominant, statistics.right_dominant)
    two_lines = statistics.active > 0 and one_sided >= 0.6 * statistics.active and fewer >= 0.02 * statistics.active
    if two_lines and abs(correlation) < 0.7:
        return "separate", 1
    if one_sided >= 0.9 * statistics.active and fewer < 0.02 * statistics.active:
        return ("left" if statistics.left_dominant > statistics.right_dominant else "right"), 1
    return "mixed", sign if abs(correlation) >= 0.5 else 1


def mix_channels(left: PcmArray, right: PcmArray, *, sign: int) -> PcmArray:
    """One channel out of two: their mean, the right one inverted where `sign` is -1; same length, s16."""
    mixed = (left.astype(np.int32) + sign * right.astype(np.int32)) // 2
    return mixed.clip(-32_768, 32_767).astype(np.int16)
