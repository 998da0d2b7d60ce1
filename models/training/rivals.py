"""Fits what a name is worth in its talk once it stood for a rival; the memory itself is `nlp.classify.rivals`.

Invariant: a turn is weighed by weights, and its names told by pairs of characters, of folds that are not its own.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.training.calibration import fit_platt, sigmoid, thresholds
from models.training.labels import TrainedLabel
from models.training.matrix import TurnTable
from models.training.package import json_bytes
from models.training.turns import TurnRun
from nlp.classify.rivals import COMMON_PAIRS, FEATURES, LABELS, RIVALS, RivalMemory, features, pairs_of

Floats = NDArray[np.float64]
MOST_TALKS = 4
"""A pair of characters that more talks than this use is no name; of 1 and 4, which differ by less than 0.005."""
HEARD = ([0, 1, 2], [0, 1, 2, 3, 4])
"""Which features each of `LABELS` hears: whether we are held behind a rival says nothing new of itself."""


def common_pairs(table: TurnTable, learnt: NDArray[np.bool_]) -> frozenset[str]:
    """Pairs that more than `MOST_TALKS` talks use.

    Args:
        table: all turns.
        learnt: the turns to count, [turns].
    """
    talks: dict[str, set[int]] = {}
    for at in np.flatnonzero(learnt).tolist():
        talk = int(table.conversation[at])
        for pair in pairs_of(table.texts[at]):
            talks.setdefault(pair, set()).add(talk)
    return frozenset(pair for pair, own in talks.items() if len(own) > MOST_TALKS)


def _known(run: TurnRun, columns: Sequence[int]) -> tuple[Floats, Floats]:
    """Log-odds before [turns, 2] and what the talk remembers [turns, features], each turn by pairs of other folds."""
    odds = np.where(run.allowed[:, columns], run.odds()[:, columns], -np.inf)
    chance = sigmoid(odds)
    known = np.zeros((len(odds), len(FEATURES) - 1))
    for fold in np.unique(run.folds):
        memory = RivalMemory(common_pairs(run.table, run.folds != fold), np.zeros((len(LABELS), len(FEATURES) + 1)))
        for talk in np.unique(run.table.conversation[run.folds == fold]):
            at = np.flatnonzero(run.table.conversation == talk)
            names = memory.names([run.table.texts[i] for i in at.tolist()])
            known[at] = features(names, chance[at, 1], chance[at, 0])
    return odds, known


def _fitted(run: TurnRun, columns: Sequence[int], odds: Floats, known: Floats, learnt: NDArray[np.bool_]) -> Floats:
    """Weights and bias of each label of `LABELS`, float64 [2, 6], from the turns `learnt`."""
    rows = []
    for place, column in enumerate(columns):
        own = learnt & run.allowed[:, column]
        heard = HEARD[place]
        seen = np.column_stack([odds[own, place], known[own]])[:, heard].astype(np.float32)
        row = np.zeros(len(FEATURES) + 1)
        row[[*heard, -1]] = fit_platt(seen, run.table.gold[own, column])
        rows.append(row)
    return np.asarray(rows, dtype=np.float64)


def remembering(run: TurnRun, labels: Sequence[TrainedLabel]) -> TurnRun:
    """The run with its labels about rivals weighed again; the same run where it has none.

    Args:
        run: measured, all opinions heard.
        labels: its columns.
    """
    codes = [label.code for label in labels]
    columns = [codes.index(code) for code in LABELS if code in codes]
    if len(columns) < len(LABELS):
        return run
    odds, known = _known(run, columns)
    added = np.zeros(run.table.gold.shape)
    for fold in np.unique(run.folds):
        here = run.folds == fold
        weights = _fitted(run, columns, odds, known, ~here)
        more = odds[here] * (weights[:, 0] - 1.0) + known[here] @ weights[:, 1:-1].T + weights[:, -1]
        added[np.ix_(here, columns)] = np.where(np.isfinite(odds[here]), more, 0.0)
    every = np.ones(len(run.folds), dtype=bool)
    told = replace(run, added=added, recall=_fitted(run, columns, odds, known, every))
    points = list(run.thresholds)
    for column in columns:
        own = run.allowed[:, column] & run.judged
        points[column] = thresholds(told.probabilities()[own, column], run.table.gold[own, column])
    return replace(told, thresholds=points)


def memory_of(run: TurnRun) -> RivalMemory | None:
    """The memory as it ships, its names told by the whole corpus; None where nothing was remembered."""
    if run.recall is None:
        return None
    return RivalMemory(common_pairs(run.table, np.ones(len(run.folds), dtype=bool)), run.recall)


def memory_files(memory: RivalMemory | None) -> dict[str, bytes]:
    """What lies beside the model; nothing where nothing was remembered."""
    if memory is None:
        return {}
    weights = dict(zip(LABELS, memory.weights.tolist(), strict=True))
    return {RIVALS: json_bytes(weights), COMMON_PAIRS: "\n".join(sorted(memory.common)).encode()}
