"""One speaker's voice on the other speaker's channel: muted before anyone transcribes it twice.

Invariant: only stretches are muted that are as quiet as the channel's noise or as loud as what the other channel leaks
anyway; whoever speaks on top of that, however briefly, is kept.
"""

import numpy as np

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray, block_rms

FRAME_MS = 100
ACTIVE_RMS = 0.003  # -50 dBFS
NOISE_RMS = (0.0003, 0.003)  # where the noise of a channel is looked for, -70 to -50 dBFS
MARGIN = 2.0  # 6 dB above the usual leak is somebody speaking
LOUDEST_LEAK = 0.5  # a channel at half the other's level or more is no leak
MIN_FRAMES = 5
CHUNK = 60 * SAMPLE_RATE_HZ  # faded piece by piece: a curve for ten minutes would weigh more than the window


def estimate_leak(own: FloatArray, other: FloatArray) -> float:
    """How loud the other channel's voice usually is on this one, as a ratio in [0, 0.5]; 0 where nobody else speaks.

    Args:
        own, other: levels (root mean square) of the same frames, shape (n_frames,).
    """
    elsewhere = (other >= ACTIVE_RMS) & (own < LOUDEST_LEAK * other)
    if int(elsewhere.sum()) < MIN_FRAMES:
        return 0.0
    return float(np.median(own[elsewhere] / other[elsewhere]))


def mute_leaks(own: FloatArray, other: FloatArray) -> FloatArray:
    """`own` with silence where only the other channel's speaker is heard; unchanged where there is no leak.

    Args:
        own, other: float32, shape (n_samples,), 16 000 Hz, the same stretch on two channels.
    Returns:
        float32, shape (n_samples,); edges are faded over a frame, and a frame beside speech is never muted.
    """
    n = min(own.size, other.size)
    mine, theirs = block_rms(own[:n], block_ms=FRAME_MS), block_rms(other[:n], block_ms=FRAME_MS)
    leak = estimate_leak(mine, theirs)
    if leak == 0.0:
        return own
    # Twice the quietest tenth: nobody speaks at the level of the channel's own noise.
    noise = float(np.clip(2 * np.quantile(mine, 0.1), *NOISE_RMS))
    kept = (mine >= noise) & (mine >= min(MARGIN * leak, LOUDEST_LEAK) * theirs)
    beside = kept.copy()
    beside[1:] |= kept[:-1]
    beside[:-1] |= kept[1:]
    gain = np.where(beside, 1.0, 0.0)
    frame = SAMPLE_RATE_HZ * FRAME_MS // 1000
    centres = np.arange(gain.size) * frame + frame // 2
    muted = own.copy()
    for start in range(0, own.size, CHUNK):
        at = np.arange(start, min(start + CHUNK, own.size))
        muted[at[0] : at[-1] + 1] *= np.interp(at, centres, gain).astype(np.float32)
    return muted
