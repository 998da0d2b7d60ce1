"""One speaker a channel or a voice: all turns of a side have one role, decided by all its words.

Invariant: turns without a channel or voice keep what the model said of them; two channels never get the same role.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

from nlp.types import Role, Turn

Judged = tuple[Role, float]


def settle_channels(turns: Sequence[Turn], judged: Sequence[Judged]) -> list[Judged]:
    """The role and its probability of every turn, the same for all turns of a channel.

    Args:
        turns: as the talk went; `channel` None where all share one.
        judged: the role model's word on each turn, aligned with `turns`.

    Returns:
        Aligned with `turns`. On two channels the likelier of (rep, customer) and (customer, rep) is taken; else each
        voice gets the role its words speak for, and where none was told apart what the model said stays.
    """
    channels = sorted({turn.channel for turn in turns if turn.channel is not None})
    if len(channels) != 2:
        return _settle_voices(turns, judged)
    lean = _lean([turn.channel for turn in turns], judged)
    # How much likelier it is that the first channel is the rep and the second the customer than the other way round.
    odds = lean[channels[0]] - lean[channels[1]]
    first: Role = "rep" if odds >= 0 else "customer"
    second: Role = "customer" if odds >= 0 else "rep"
    role_of = {channels[0]: first, channels[1]: second}
    score = 1 / (1 + math.exp(-min(abs(odds), 30.0)))
    return [
        said if turn.channel is None else (role_of[turn.channel], score)
        for turn, said in zip(turns, judged, strict=True)
    ]


def _settle_voices(turns: Sequence[Turn], judged: Sequence[Judged]) -> list[Judged]:
    """One role for all turns of a voice that was told apart; several voices may be on one side."""
    lean = _lean([turn.speaker for turn in turns], judged)
    settled: list[Judged] = []
    for turn, said in zip(turns, judged, strict=True):
        odds = 0.0 if turn.speaker is None else lean[turn.speaker]
        role: Role = "rep" if odds > 0 else "customer"
        settled.append((role, 1 / (1 + math.exp(-min(abs(odds), 30.0)))) if odds else said)
    return settled


def _lean(sides: Sequence[int | None], judged: Sequence[Judged]) -> dict[int, float]:
    """Log-odds that a side is the rep rather than the customer, summed over its turns."""
    lean: dict[int, float] = defaultdict(float)
    for side, (role, score) in zip(sides, judged, strict=True):
        sure = min(max(score, 0.5), 0.99)
        weight = math.log(sure / (1 - sure))
        if side is not None:
            lean[side] += {"rep": weight, "customer": -weight, "other": 0.0}[role]
    return lean
