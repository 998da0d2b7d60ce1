"""What a turn's place in the talk says before a word is read: who speaks, who spoke, how long, a question or not.

Invariant: `NAMES[k]` names column k of `situations`; training and scoring share it.
"""

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


def _role_pair(role: Role | None) -> tuple[bool, bool]:
    return role == "customer", role == "rep"


def situations(texts: Sequence[str], roles: Sequence[Role]) -> NDArray[np.float32]:
    """One row a turn, float32 [turns, len(NAMES)], of 0 and `SCALE`.

    Args:
        texts: the turns of one conversation, in order.
        roles: who speaks each.
    """
    rows: list[tuple[bool, ...]] = []
    last = len(texts) - 1
    for at, (text, role) in enumerate(zip(texts, roles, strict=True)):
        length = len(text)
        before = roles[at - 1] if at else None
        after = roles[at + 1] if at < last else None
        rows.append(
            (
                *_role_pair(role),
                *_role_pair(before),
                at == 0,
                *_role_pair(after),
                at == last,
                length < 6,
                length >= 12,
                length >= 25,
                length >= 50,
                any(mark in text for mark in "?？吗么呢"),
                any(mark.isdigit() for mark in text),
                len(texts) >= LONG_TALK,
            )
        )
    return np.asarray(rows, dtype=np.float32).reshape(len(texts), len(NAMES)) * np.float32(SCALE)
