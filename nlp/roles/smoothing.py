"""A talk alternates: one doubtful turn is judged with the turns around it.

Invariant: `posterior` rows sum to one. Source: forward-backward, Rabiner 1989, with scaled messages.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def posterior(evidence: Floats, start: Floats, moves: Floats) -> Floats:
    """P(role of each turn | all turns), float64 [turns, roles].

    Args:
        evidence: how well each role explains each turn's words, up to a factor per turn, [turns, roles], positive.
        start: P(role) of the first turn, [roles].
        moves: P(role of the next turn | role of this one), [roles, roles], rows sum to one.
    """
    count = len(evidence)
    if not count:
        return evidence
    forward, backward = np.empty_like(evidence), np.ones_like(evidence)
    forward[0] = start * evidence[0]
    forward[0] /= forward[0].sum()
    for at in range(1, count):
        forward[at] = (forward[at - 1] @ moves) * evidence[at]
        forward[at] /= forward[at].sum()
    for at in range(count - 2, -1, -1):
        backward[at] = moves @ (evidence[at + 1] * backward[at + 1])
        backward[at] /= backward[at].sum()
    joint = forward * backward
    return np.asarray(joint / joint.sum(axis=1, keepdims=True), dtype=np.float64)
