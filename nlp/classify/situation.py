"""What a turn's place in the talk says before a word is read: who speaks, who spoke, how long, a question or not.

Invariant: `NAMES[k]` names column k of `situations`; training and scoring share it.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.types import Role

NAMES = (
    "customer",
    "rep",
    "before_customer",
    "before_rep",
    "first",
    "after_customer",
    "after_rep",
    "last",
    "under_6",
    "from_12",
    "from_25",
    "from_50",
    "question",
    "digits",
    "long_talk",
)
SCALE = 0.25
LONG_TALK = 20
_ASKED = re.compile("[?？吗么呢]")


def situations(texts: Sequence[str], roles: Sequence[Role]) -> NDArray[np.float32]:
    """One row a turn, float32 [turns, len(NAMES)], of 0 and `SCALE`.

    Args:
        texts: the turns of one conversation, in order.
        roles: who speaks each.
    """
    count = len(texts)
    lengths = np.asarray([len(text) for text in texts])
    told = np.zeros((len(NAMES), count), dtype=bool)
    if not count:
        return told.T.astype(np.float32)
    told[0], told[1] = ([role == side for role in roles] for side in ("customer", "rep"))
    told[2:4, 1:], told[4, 0] = told[:2, :-1], True
    told[5:7, :-1], told[7, -1] = told[:2, 1:], True
    told[8], told[9], told[10], told[11] = lengths < 6, lengths >= 12, lengths >= 25, lengths >= 50
    told[12] = [_ASKED.search(text) is not None for text in texts]
    told[13] = [any(map(str.isdigit, text)) for text in texts]
    told[14] = count >= LONG_TALK
    return told.T.astype(np.float32, order="C") * np.float32(SCALE)
