"""Margins to probabilities and thresholds, from scores that no model made on what it had learnt.

Invariant: everything here reads out-of-fold scores only; with few positives a threshold is drawn towards 0.5.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlp.classify.verdicts import OperatingPoint

FEW_POSITIVES = 30
Floats = NDArray[np.float64]


def fit_platt(margins: NDArray[np.float32], gold: NDArray[np.bool_]) -> list[float]:
    """Weights of each margin column and, last, the bias, of the log-odds.

    Args:
        margins: out-of-fold, [rows, components].
        gold: whether the label holds.
    """
    model = LogisticRegression(C=100.0).fit(margins, gold)
    return [float(weight) for weight in model.coef_[0]] + [float(model.intercept_[0])]


def sigmoid(odds: Floats) -> Floats:
    """Log-odds to probability."""
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), dtype=np.float64)


def thresholds(scores: Floats, gold: NDArray[np.bool_]) -> dict[OperatingPoint, float]:
    """The named operating points: best F1, lowest cut with precision >= 0.9, highest cut with recall >= 0.9.

    Args:
        scores: out-of-fold probabilities.
        gold: whether the label holds.

    Returns:
        `precision_90` is the highest score plus a little where no threshold reaches it, so that nothing fires falsely.
        Rows of one score fall together: no cut is looked for between them.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], gold[order]
    ends = np.append(ranked[1:] != ranked[:-1], True)  # a cut cannot part equal scores
    true, called = np.cumsum(hits)[ends], np.arange(1, len(scores) + 1)[ends]
    levels = ranked[ends]
    cuts = (levels + np.append(levels[1:], 0.0)) / 2
    positives = int(gold.sum())
    best = float(cuts[int(np.argmax(2 * true / (called + positives)))])
    if positives < FEW_POSITIVES:
        best = (best * positives + 0.5 * (FEW_POSITIVES - positives)) / FEW_POSITIVES
    precise = np.flatnonzero((true / called >= 0.9) & (called >= min(10, positives)))
    complete = np.flatnonzero(true >= 0.9 * positives)
    return {
        "f1": best,
        "precision_90": float(cuts[precise[-1]]) if len(precise) else float(levels[0]) + 0.01,
        "recall_90": float(cuts[complete[0]]) if len(complete) else 0.0,
    }
