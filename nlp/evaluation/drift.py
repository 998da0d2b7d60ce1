"""Has what the models say changed? What they found lately beside what the same models found before.

Why: nobody labels a tenant's talks, so quality cannot be watched, but a model whose labels come twice as often as last
month, or whose scores have moved, reads other talks than those it was judged on, or has gone wrong.
Source: population stability index over tenths of the earlier scores (0.1 moved, 0.25 drifted, the credit trade's usual
bounds); two-sample Kolmogorov-Smirnov over the visits' rates, so that one long visit does not count as many.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
State = Literal["too_few", "steady", "moved", "drifted"]
FEWEST_VISITS, FEWEST_SCORES = 20, 200
MOVED, DRIFTED = 0.1, 0.25
SURE, VERY_SURE = 1.63, 1.95  # Kolmogorov-Smirnov at 1% and 0.1%
_BINS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found of one code in one period: its rate in each visit, and the score of each finding."""

    rates: Sequence[float]
    scores: Sequence[float]


@dataclass(frozen=True, slots=True)
class Drift:
    """One code now and before; `index` and `distance` are None where there is too little to tell."""

    code: str
    state: State
    rate: float
    rate_before: float
    index: float | None
    distance: float | None
    said: str


def stability_index(before: Floats, now: Floats) -> float:
    """How far the scores have moved beyond what chance does with so many, 0 for not at all.

    The population stability index over tenths of `before`, less its expectation for two samples of one distribution.
    """
    edges = np.unique(np.quantile(before, np.linspace(0, 1, _BINS + 1)[1:-1]))
    shares = []
    for values in (before, now):
        counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1) + 0.5
        shares.append(counts / counts.sum())
    chance = len(edges) * (1 / len(before) + 1 / len(now))
    return max(0.0, float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum()) - chance)


def distance(before: Floats, now: Floats) -> float:
    """The largest gap between the two distributions, in [0, 1] (Kolmogorov-Smirnov)."""
    every = np.concatenate([before, now])
    parts = [np.searchsorted(np.sort(values), every, side="right") / len(values) for values in (before, now)]
    return float(np.abs(parts[0] - parts[1]).max())


def judge_drift(code: str, before: Sample, now: Sample) -> Drift:
    """Whether a code comes as often, and as surely, as before.

    Args:
        code: what was found.
        before: the earlier visits, of the same model.
        now: the visits asked about.
    """
    rates = [float(np.mean(sample.rates)) if len(sample.rates) else 0.0 for sample in (before, now)]
    if min(len(before.rates), len(now.rates)) < FEWEST_VISITS:
        return Drift(code, "too_few", rates[1], rates[0], None, None, f"fewer than {FEWEST_VISITS} visits on one side")
    gap = distance(np.asarray(before.rates), np.asarray(now.rates))
    scale = math.sqrt(len(before.rates) * len(now.rates) / (len(before.rates) + len(now.rates)))
    enough = min(len(before.scores), len(now.scores)) >= FEWEST_SCORES
    index = stability_index(np.asarray(before.scores), np.asarray(now.scores)) if enough else None
    worst = max(
        (gap * scale > SURE) + (gap * scale > VERY_SURE),
        0 if index is None else (index > MOVED) + (index > DRIFTED),
    )
    states: tuple[State, ...] = ("steady", "moved", "drifted")
    return Drift(code, states[worst], rates[1], rates[0], index, gap, _words(rates, index, gap * scale > SURE))


def _words(rates: Sequence[float], index: float | None, other_rate: bool) -> str:
    before, now = (f"{100 * rate:.1f}" for rate in rates)
    how_often = f"found in {now}% of turns, {before}% before"
    if not other_rate:
        how_often += " (no more than chance)"
    if index is None:
        return f"{how_often}; too few findings to compare their scores"
    moved = "scores as before" if index <= MOVED else "scores have moved" if index <= DRIFTED else "scores are others"
    return f"{how_often}; {moved}"
