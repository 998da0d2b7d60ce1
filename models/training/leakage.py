"""Looks for turns that were written twice and fell into different folds, which would flatter every figure.

Invariant: similarity is Jaccard over character pairs; short turns (greetings, yes and no) are not evidence.
"""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

SHORTEST = 12
ALIKE = 0.7
BLOCK = 2000


def pair_rows(texts: Sequence[str]) -> sp.csr_matrix:
    """Character pairs of each text as binary rows."""
    numbers: dict[str, int] = {}
    columns: list[int] = []
    bounds = [0]
    for text in texts:
        pairs = {text[at : at + 2] for at in range(len(text) - 1)}
        columns += sorted(numbers.setdefault(pair, len(numbers)) for pair in pairs)
        bounds.append(len(columns))
    return sp.csr_matrix((np.ones(len(columns), np.float32), columns, bounds), shape=(len(texts), max(1, len(numbers))))


def near_duplicates(texts: Sequence[str], folds: NDArray[np.int64]) -> list[tuple[int, int, float]]:
    """Pairs of turns in different folds that share most of their character pairs, with their similarity.

    Args:
        texts: all turns.
        folds: the fold of each.
    """
    kept = np.asarray([at for at, text in enumerate(texts) if len(text) >= SHORTEST], dtype=np.int64)
    if not len(kept):
        return []
    rows = pair_rows([texts[at] for at in kept])
    sizes = np.asarray(rows.sum(axis=1)).ravel()
    found: list[tuple[int, int, float]] = []
    for begin in range(0, len(kept), BLOCK):
        shared = (rows[begin : begin + BLOCK] @ rows.T).tocoo()
        first, second = shared.row + begin, shared.col
        alike = shared.data / (sizes[first] + sizes[second] - shared.data)
        close = (alike >= ALIKE) & (first < second) & (folds[kept[first]] != folds[kept[second]])
        found += [
            (int(kept[a]), int(kept[b]), float(score))
            for a, b, score in zip(first[close], second[close], alike[close], strict=True)
        ]
    return found
