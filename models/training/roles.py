"""Trains and measures the role model: evidence per turn, and how turns follow one another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.training.corpus import Conversation
from models.training.folds import fold_of
from models.training.linear import fit_linear, graph_of, out_of_fold
from models.training.matrix import TurnTable, design, turn_table
from models.training.package import gram_files, json_bytes
from models.training.turns import grams_of, part_of, spelling
from nlp.roles.model import ROLE_ORDER, SIDES
from nlp.roles.smoothing import averaged_posterior

Floats = NDArray[np.float64]
SOFTNESS = 1.0


@dataclass(frozen=True, slots=True)
class RoleRun:
    """A measured role model: gold roles as indices, and the smoothed out-of-fold posterior [turns, roles]."""

    table: TurnTable
    gold: NDArray[np.int64]
    scores: Floats
    smoothing: dict[str, list[list[float]]]

    def accuracy(self, judged: NDArray[np.bool_]) -> float:
        """Share of `judged` turns whose likeliest role is right."""
        return float((self.scores.argmax(axis=1) == self.gold)[judged].mean())


def transitions(gold: NDArray[np.int64], conversation: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """How talks begin, [roles], and go on, [roles, roles], with one imagined count each."""
    size = len(ROLE_ORDER)
    start, moves = np.ones(size), np.ones((size, size))
    inside = conversation[1:] == conversation[:-1]
    np.add.at(moves, (gold[:-1][inside], gold[1:][inside]), 1.0)
    np.add.at(start, gold[np.append(True, ~inside)], 1.0)
    return start / start.sum(), moves / moves.sum(axis=1, keepdims=True)


def _evidence(margins: NDArray[np.float32], gold: NDArray[np.int64]) -> Floats:
    """Calibration [margins + 1, roles] of log p(role | turn) - log p(role)."""
    model = LogisticRegression(C=100.0, max_iter=1000).fit(margins, gold)
    prior = np.log(np.bincount(gold, minlength=len(ROLE_ORDER)) / len(gold))
    return np.concatenate([model.coef_.T, (model.intercept_ - prior)[None, :]]) * SOFTNESS


def smoothed(
    margins: NDArray[np.float32], conversation: NDArray[np.int64], smoothing: dict[str, list[list[float]]]
) -> Floats:
    """Posterior [turns, roles], each conversation on its own."""
    calibration = np.asarray(smoothing["calibration"])
    odds = margins @ calibration[:-1] + calibration[-1]
    scores = np.empty((len(margins), len(ROLE_ORDER)))
    for number in np.unique(conversation):
        at = np.flatnonzero(conversation == number)
        evidence = np.exp(odds[at] - odds[at].max(axis=1, keepdims=True))
        start, moves = np.asarray(smoothing["start"][0]), np.asarray(smoothing["moves"])
        scores[at] = averaged_posterior(evidence, start, moves, sides=SIDES)
    return scores


def _one_hot(gold: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.eye(len(ROLE_ORDER), dtype=bool)[gold]


def measure_roles(conversations: list[Conversation]) -> RoleRun:
    """Out-of-fold evidence, then the smoothing of the fold's own training talks."""
    talks = [conversation for conversation in conversations if len(conversation.turns) > 1]
    table = turn_table(talks, [])
    gold = np.asarray([ROLE_ORDER.index(role) for role in table.roles])
    folds = np.asarray([fold_of(source) for source in table.sources])
    how = spelling()

    def score(train: NDArray[np.int64], judge: NDArray[np.int64]) -> NDArray[np.float32]:
        seen, unseen = part_of(table, train), part_of(table, judge)
        grams, _, _ = grams_of(seen.texts, how)
        every = np.ones((len(train), len(ROLE_ORDER)), dtype=bool)
        weights = fit_linear(design(seen, grams, roles=["other"] * len(train)), _one_hot(gold[train]), every)
        return weights.margins(design(unseen, grams, roles=["other"] * len(judge)))

    margins = out_of_fold(folds, score, len(ROLE_ORDER))
    start, moves = transitions(gold, table.conversation)
    smoothing = {
        "calibration": _evidence(margins, gold).tolist(),
        "start": [start.tolist()],
        "moves": moves.tolist(),
    }
    return RoleRun(table, gold, smoothed(margins, table.conversation, smoothing), smoothing)


def role_files(run: RoleRun) -> dict[str, bytes]:
    """The files of `models/roles`, trained on all talks."""
    grams, vocabulary, idf = grams_of(run.table.texts, spelling())
    count = len(run.gold)
    rows = design(run.table, grams, roles=["other"] * count)
    weights = fit_linear(rows, _one_hot(run.gold), np.ones((count, len(ROLE_ORDER)), dtype=bool))
    return {
        **gram_files(vocabulary, idf, grams.context_size),
        "linear.onnx": graph_of(weights, grams),
        "smoothing.json": json_bytes(run.smoothing),
    }
