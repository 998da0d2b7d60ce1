"""Does a score of 0.7 come true seven times in ten?

Source: expected calibration error with equal-width bins, Naeini et al. 2015.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores in [low, high): how many, their mean, and how often they came true."""

    low: float
    high: float
    count: int
    predicted: float
    observed: float


def reliability(scores: NDArray[np.float64], gold: NDArray[np.bool_], *, bins: int = BINS) -> list[Bin]:
    """The filled bins of a reliability diagram, lowest first.

    Args:
        scores: probabilities in [0, 1], any shape.
        gold: whether each came true, same shape.
        bins: of equal width.
    """
    flat, true = scores.ravel(), gold.ravel()
    places = np.minimum((flat * bins).astype(np.int64), bins - 1)
    filled: list[Bin] = []
    for place in np.unique(places):
        here = places == place
        filled.append(
            Bin(
                float(place / bins),
                float((place + 1) / bins),
                int(here.sum()),
                float(flat[here].mean()),
                float(true[here].mean()),
            )
        )
    return filled


def expected_calibration_error(scores: NDArray[np.float64], gold: NDArray[np.bool_], *, bins: int = BINS) -> float:
    """The mean distance between predicted and observed frequency, weighted by bin size; 0 for no scores.

    Args:
        scores: probabilities in [0, 1], any shape.
        gold: whether each came true, same shape.
        bins: of equal width.
    """
    filled = reliability(scores, gold, bins=bins)
    total = sum(own.count for own in filled)
    return sum(own.count * abs(own.predicted - own.observed) for own in filled) / total if total else 0.0
