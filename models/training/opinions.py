"""Keeps what the network said, out of fold, of turns it had not seen; training it is slow, calibrating with it is not.

Invariant: an opinion is found again by the turn's file, its words and the words before it, whatever else the corpus
has gained since.
"""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.matrix import TurnTable

JUDGED_FOLDS = (0, 1)
"""Two folds of five: enough turns to calibrate with, in half an hour of one core."""
SHARE = 0.15
"""The network's margin against the linear one's, one for all labels; chosen on the judged folds' later files alone."""


@dataclass(frozen=True, slots=True)
class Opinions:
    """Margins [turns of a table, labels]; zero where `known` is false."""

    margins: NDArray[np.float32]
    known: NDArray[np.bool_]


def keys_of(table: TurnTable) -> list[str]:
    """A stable name for every turn of a table."""
    names: list[str] = []
    for at, text in enumerate(table.texts):
        first = not at or table.conversation[at] != table.conversation[at - 1]
        before = "" if first else table.texts[at - 1]
        names.append(hashlib.sha256(f"{table.sources[at]}\n{before}\n{text}".encode()).hexdigest()[:16])
    return names


def pack_opinions(table: TurnTable, at: NDArray[np.int64], margins: NDArray[np.float32]) -> bytes:
    """The margins of the turns `at` as the bytes of an `npz` file.

    Args:
        table: all turns.
        at: the judged ones.
        margins: [len(at), labels].
    """
    names = keys_of(table)
    kept = io.BytesIO()
    keys = np.asarray([names[i] for i in at.tolist()])
    np.savez_compressed(kept, keys=keys, margins=margins.astype(np.float16))
    return kept.getvalue()


def unpack_opinions(content: bytes, table: TurnTable, labels: int) -> Opinions:
    """The stored margins, laid over the turns of a table."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        held = dict(zip(stored["keys"].tolist(), stored["margins"].astype(np.float32), strict=True))
    margins = np.zeros((len(table.texts), labels), np.float32)
    known = np.zeros(len(table.texts), dtype=bool)
    for at, name in enumerate(keys_of(table)):
        if name in held:
            margins[at], known[at] = held[name], True
    return Opinions(margins, known)
