"""Precision, recall and F1 of one label, with intervals that respect that turns of one talk hang together.

Invariant: a bootstrap draws whole groups (conversations), never single turns; the seed is an argument.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 500
Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelReport:
    """Figures of one label; `f1_low` and `f1_high` bound the middle 95% of bootstrap resamples."""

    positives: int
    called: int
    precision: float
    recall: float
    f1: float
    f1_low: float
    f1_high: float


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def _f1(hits: Counts, called: Counts, positives: Counts) -> Counts:
    whole = called + positives
    return np.asarray(np.divide(2 * hits, whole, out=np.zeros_like(whole), where=whole > 0), dtype=np.float64)


def label_report(
    called: NDArray[np.bool_],
    gold: NDArray[np.bool_],
    groups: NDArray[np.int64],
    *,
    seed: int = 7,
    resamples: int = RESAMPLES,
) -> LabelReport:
    """Counts one label and bootstraps its F1 over groups.

    Args:
        called: what the model says, [turns].
        gold: what holds, [turns].
        groups: the conversation of each turn, [turns].
        seed: of the resampling.
        resamples: how many bootstrap draws.

    Returns:
        Zeros where nothing is positive and nothing is called.
    """
    if not len(gold):
        return LabelReport(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    _, place = np.unique(groups, return_inverse=True)
    size = int(place.max()) + 1
    tallies = [np.bincount(place, mask.astype(float), minlength=size) for mask in (called & gold, called, gold)]
    hits, calls, positives = (float(tally.sum()) for tally in tallies)
    draws = np.random.default_rng(seed).integers(0, size, (resamples, size))
    spread = _f1(*(tally[draws].sum(axis=1) for tally in tallies))
    low, high = np.quantile(spread, [0.025, 0.975])
    return LabelReport(
        positives=int(positives),
        called=int(calls),
        precision=_ratio(hits, calls),
        recall=_ratio(hits, positives),
        f1=_ratio(2 * hits, calls + positives),
        f1_low=float(low),
        f1_high=float(high),
    )


def macro_f1(reports: Sequence[LabelReport]) -> float:
    """The unweighted mean of the labels' F1; 0 for no labels."""
    return sum(report.f1 for report in reports) / len(reports) if reports else 0.0


def average_precision(scores: NDArray[np.float64], gold: NDArray[np.bool_]) -> float:
    """The area under the precision-recall steps, independent of any threshold; 0 where nothing is positive.

    Args:
        scores: [turns].
        gold: what holds, [turns].
    """
    order = np.argsort(-scores, kind="stable")
    ranked = gold[order]
    positives = int(ranked.sum())
    if not positives:
        return 0.0
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].sum() / positives)
