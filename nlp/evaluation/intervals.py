"""How sure a mean is: 95% bootstrap intervals over conversations, because turns of one talk resemble each other."""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000
Interval = tuple[float, float]


def mean_interval(values: NDArray[np.float64], groups: NDArray[np.int64], *, seed: int = 7) -> Interval:
    """The 95% interval of the mean of `values`, shape (n,), resampled by `groups`, shape (n,); (0, 0) for none."""
    if not len(values):
        return 0.0, 0.0
    sums, counts = _by_group(values[:, None], groups)[:, 0], _by_group(np.ones((len(values), 1)), groups)[:, 0]
    draws = _draws(len(sums), seed)
    return _quantiles(sums[draws].sum(axis=1) / counts[draws].sum(axis=1))


def macro_f1_interval(
    called: NDArray[np.bool_], gold: NDArray[np.bool_], groups: NDArray[np.int64], *, seed: int = 7
) -> Interval:
    """The 95% interval of the mean F1 over labels.

    Args:
        called: what the model says, shape (n_turns, n_labels); false where a label is not judged.
        gold: what holds, of the same shape; false where a label is not judged.
        groups: the conversation of each turn, shape (n_turns,).
    """
    if not len(called):
        return 0.0, 0.0
    hits, calls, positives = (_by_group(mask.astype(float), groups) for mask in (called & gold, called, gold))
    values = []
    for draw in _draws(len(hits), seed):
        found, said, held = hits[draw].sum(axis=0), calls[draw].sum(axis=0), positives[draw].sum(axis=0)
        values.append(float(np.mean(2 * found / np.maximum(said + held, 1.0))))
    return _quantiles(np.asarray(values))


def _by_group(values: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums per group, shape (n_groups, n_columns)."""
    _, place = np.unique(groups, return_inverse=True)
    sums = np.zeros((int(place.max()) + 1, values.shape[1]))
    np.add.at(sums, place, values)
    return sums


def _draws(size: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, size, (RESAMPLES, size))


def _quantiles(values: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
