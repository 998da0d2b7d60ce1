"""Fits the linear turn model: one support vector machine a label, only on turns whose role can carry it.

Invariant: weights are rounded to the half precision they are stored in before anything is measured with them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from models.training.graphs import linear_graph
from models.training.matrix import AFTER_SCALE, BEFORE_SCALE
from nlp.classify.grams import Grams

COST = 0.6
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LinearWeights:
    """Weights [columns of the design, labels] and bias [labels]."""

    weights: Matrix
    bias: Matrix

    def margins(self, rows: sp.csr_matrix) -> Matrix:
        """float32 [rows, labels]."""
        product: Matrix = rows @ self.weights + self.bias
        return product


def _fit_one(
    rows: sp.csr_matrix, wanted: NDArray[np.bool_], weights: NDArray[np.float64] | None
) -> tuple[Matrix, float]:
    machine = LinearSVC(C=COST, loss="squared_hinge", random_state=7)
    machine.fit(rows, wanted, sample_weight=weights)
    return machine.coef_[0].astype(np.float16).astype(np.float32), float(machine.intercept_[0])


def fit_linear(
    rows: sp.csr_matrix,
    gold: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    weights: NDArray[np.float64] | None = None,
) -> LinearWeights:
    """Fits all labels.

    Args:
        rows: the design, [turns, columns].
        gold: which labels hold, [turns, labels].
        allowed: which labels the turn's role can carry, [turns, labels]; other turns do not train that label.
        weights: how much each turn counts, [turns]; None for all alike.
    """
    fitted = [
        _fit_one(rows[own], gold[own, k], None if weights is None else weights[own]) for k, own in enumerate(allowed.T)
    ]
    return LinearWeights(
        np.stack([weights for weights, _ in fitted], axis=1), np.asarray([bias for _, bias in fitted], np.float32)
    )


def graph_of(weights: LinearWeights, grams: Grams) -> bytes:
    """The ONNX graph of the weights, the neighbours' scales folded in.

    Args:
        weights: of a design made with `grams`.
        grams: vocabulary.
    """
    size, near = grams.size, grams.context_size
    bounds = np.cumsum([size, near, near])
    own, before, after, place = np.split(weights.weights, bounds)
    return linear_graph(own, before * BEFORE_SCALE, after * AFTER_SCALE, place, weights.bias)


def out_of_fold(
    folds: NDArray[np.int64], score: Callable[[NDArray[np.int64], NDArray[np.int64]], Matrix], labels: int
) -> Matrix:
    """Scores of every row by a model that has not seen its fold, float32 [rows, labels].

    Args:
        folds: the fold of each row.
        score: given indices to train on and indices to judge, the judged rows' scores.
        labels: columns.
    """
    scores = np.zeros((len(folds), labels), np.float32)
    for fold in np.unique(folds):
        judged = np.flatnonzero(folds == fold)
        scores[judged] = score(np.flatnonzero(folds != fold), judged)
    return scores


def allowed_matrix(roles: NDArray[np.str_], label_roles: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
    """Which labels each turn's role can carry, bool [turns, labels]."""
    return np.stack([np.isin(roles, list(own)) for own in label_roles], axis=1)
