"""Where a recording can be cut into shorter pieces without cutting a word: at its quietest places.

Invariant: pieces follow each other without gap or overlap and cover everything.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray, block_rms

BLOCK_MS = 20
QUIET_BLOCKS = 15
"""A cut is made in the middle of the quietest 300 ms."""


def quiet_cuts(channels: Sequence[FloatArray], *, piece_s: float, reach: float = 0.35) -> list[tuple[int, int]]:
    """Sample ranges [start, end) of about `piece_s` seconds.

    Args:
        channels: all channels of one window, equally long; a place is quiet when all of them are.
        reach: how far from its length a piece may end, as a share of it.
    """
    size = len(channels[0])
    block = SAMPLE_RATE_HZ * BLOCK_MS // 1000
    loud = np.max([block_rms(channel, block_ms=BLOCK_MS) for channel in channels], axis=0)
    around = np.convolve(loud, np.ones(QUIET_BLOCKS) / QUIET_BLOCKS, mode="same")
    step, slack = int(piece_s * 1000 / BLOCK_MS), int(piece_s * reach * 1000 / BLOCK_MS)
    cuts = [0]
    # What is left over after the last cut may be as long as a piece and its slack.
    while len(around) - cuts[-1] > step + slack:
        first = cuts[-1] + step - slack
        cuts.append(first + int(np.argmin(around[first : first + 2 * slack])))
    bounds = [cut * block for cut in cuts] + [size]
    return list(pairwise(bounds))
