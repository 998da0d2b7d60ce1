"""From degrees of pitch to how pitch moves: what a tone is, whoever says it.

Degrees of pitch are an octave in sixteen steps, so a voice that rises moves its whole pattern along them, octave errors
and all. How far is told by comparing the pattern with itself a moment later, and with the mean of the utterance.
"""

import torch
from torch import Tensor
from torch.nn import functional

from models.asr_demo.sizes import AFTER, BEFORE, FAINT, FAR, HEIGHT_REACH, NEAR


def movements(pitches: Tensor) -> Tensor:
    """Shape (batch, frames / 4, 59) for `pitches` (batch, frames, 54), zero on padding, frames a multiple of four."""
    pattern = functional.relu(pitches - pitches.mean(-1, keepdim=True)).unflatten(1, (-1, 2)).mean(2)
    usual = pattern.sum(1, keepdim=True)
    usual = usual / (usual.norm(dim=-1, keepdim=True) + 1e-3)
    even = pattern / (pattern.norm(dim=-1, keepdim=True) + FAINT)
    padded = functional.pad(even, (0, 0, BEFORE, AFTER))

    def at(moment: int) -> Tensor:
        return padded[:, BEFORE + moment : BEFORE + moment + even.shape[1] : 2]

    moved = [_moved(at(move.earlier), at(move.later), move.reach) for move in (NEAR, FAR)]
    now = (at(0) + at(1)) / 2
    return torch.cat([*moved, _moved(now, usual.expand_as(now), HEIGHT_REACH)], -1)


def _moved(pattern: Tensor, other: Tensor, reach: int) -> Tensor:
    """How alike the two are when `other` is moved by -reach to reach degrees."""
    size, padded = pattern.shape[-1], functional.pad(other, (reach, reach))
    return torch.stack([(pattern * padded[..., k : k + size]).sum(-1) for k in range(2 * reach + 1)], -1)
