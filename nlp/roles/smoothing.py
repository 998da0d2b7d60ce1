"""A talk alternates: one doubtful turn is judged with the turns around it.

How strictly it does depends on who cut it into turns: people write a turn a speaker, machines cut one speech into
several. So several strengths are tried on each talk and weighted by how well each explains it.

Invariant: `posterior` rows sum to one. Source: forward-backward, Rabiner 1989, with scaled messages; averaging over
models, Hoeting et al. 1999.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


STAYS = (0.1, 0.25, 0.4, 0.55, 0.7)
"""Chances that one side goes on after its turn, beside the one that was counted in transcripts made by people."""
AS_COUNTED = 0.8
"""How likely a talk is of the counted kind before it is seen; the other kinds share the rest."""


def posterior(evidence: Floats, start: Floats, moves: Floats) -> Floats:
    """P(role of each turn | all turns), float64 [turns, roles].

    Args:
        evidence: how well each role explains each turn's words, up to a factor per turn, [turns, roles], positive.
        start: P(role) of the first turn, [roles].
        moves: P(role of the next turn | role of this one), [roles, roles], rows sum to one.
    """
    return _both_ways(evidence, start, moves[None])[0][:, 0]


def averaged_posterior(evidence: Floats, start: Floats, moves: Floats, *, sides: tuple[int, int]) -> Floats:
    """As `posterior`, where the talk itself says how often one of two `sides` goes on after its own turn."""
    kinds = np.stack([moves, *(_staying(moves, chance, sides) for chance in STAYS)])
    priors = np.asarray([AS_COUNTED, *[(1 - AS_COUNTED) / len(STAYS)] * len(STAYS)])
    scores, fits = _both_ways(evidence, start, kinds)
    likely = fits + np.log(priors)
    weights = np.exp(likely - likely.max())
    return np.asarray(np.einsum("k,tkr->tr", weights / weights.sum(), scores), dtype=np.float64)


def _staying(moves: Floats, chance: float, sides: Sequence[int]) -> Floats:
    """The same moves to everybody else, and between the two sides staying with `chance`."""
    kind = moves.copy()
    for side, other in (sides, sides[::-1]):
        between = moves[side, side] + moves[side, other]
        kind[side, side], kind[side, other] = between * chance, between * (1 - chance)
    return kind


def _both_ways(evidence: Floats, start: Floats, kinds: Floats) -> tuple[Floats, Floats]:
    """For each kind of moves the posterior, [turns, kinds, roles], and how likely all turns are, as a logarithm."""
    turns, roles = evidence.shape
    forward, backward = np.empty((turns, len(kinds), roles)), np.ones((turns, len(kinds), roles))
    fits = np.zeros(len(kinds))
    before = np.broadcast_to(start, (len(kinds), roles))
    for at in range(turns):
        here = before * evidence[at]
        size = here.sum(axis=1)
        fits += np.log(size)
        forward[at] = here / size[:, None]
        before = (forward[at][:, None, :] @ kinds)[:, 0]
    for at in range(turns - 2, -1, -1):
        after = (kinds @ (evidence[at + 1] * backward[at + 1])[:, :, None])[:, :, 0]
        backward[at] = after / after.sum(axis=1)[:, None]
    joint = forward * backward
    return joint / joint.sum(axis=2, keepdims=True), fits
