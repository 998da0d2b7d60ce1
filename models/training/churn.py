"""Trains and measures churn risk per visit, from turn scores that no model made on its own training turns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.training.corpus import Conversation
from models.training.folds import fold_of
from models.training.labels import TrainedLabel
from models.training.package import json_bytes
from nlp.churn.features import NAMES, measures
from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.types import Turn

LEVELS = ("low", "medium", "high")
STRENGTH = 1.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChurnRun:
    """A measured churn model: features [visits, names], gold level as index, out-of-fold P(not low) and P(high)."""

    features: Floats
    gold: NDArray[np.int64]
    folds: NDArray[np.int64]
    scores: Floats
    cuts: tuple[float, float]

    def levels(self) -> NDArray[np.int64]:
        """Out-of-fold level of each visit."""
        return np.where(self.scores[:, 0] < self.cuts[0], 0, np.where(self.scores[:, 1] >= self.cuts[1], 2, 1))


def turn_scores(probabilities: Floats, role: str, labels: list[TrainedLabel]) -> TurnScores:
    """One row of probabilities as the scores that the shipped models would hand over."""
    scores = TurnScores()
    for k, label in enumerate(labels):
        if role in label.roles:
            side = scores.objections if label.kind == "objection" else scores.signals
            side[label.code] = LabelScore(float(probabilities[k]), 0.5, (0, 0))
    return scores


def visit_features(conversation: Conversation, probabilities: Floats, labels: list[TrainedLabel]) -> Floats:
    """The features of one visit, [names]."""
    turns = [Turn(i, turn.text, turn.role) for i, turn in enumerate(conversation.turns)]
    scores = [turn_scores(row, turn.role, labels) for row, turn in zip(probabilities, turns, strict=True)]
    found = measures(turns, scores)
    return np.asarray([found[name].value for name in NAMES])


def _fit(features: Floats, gold: NDArray[np.int64]) -> tuple[Floats, Floats]:
    fitted = [LogisticRegression(C=STRENGTH).fit(features, gold >= level) for level in (1, 2)]
    return np.concatenate([model.coef_ for model in fitted]), np.concatenate([model.intercept_ for model in fitted])


def _cuts(scores: Floats, gold: NDArray[np.int64]) -> tuple[float, float]:
    """The pair of cuts with the best macro-F1 over the three levels; the earliest of equals."""
    best, chosen = -1.0, (0.5, 0.5)
    for low in np.arange(0.3, 0.75, 0.05):
        for high in np.arange(0.25, 0.7, 0.05):
            levels = np.where(scores[:, 0] < low, 0, np.where(scores[:, 1] >= high, 2, 1))
            value = macro_f1(levels, gold)
            if value > best + 1e-9:
                best, chosen = value, (float(low), float(high))
    return chosen


def macro_f1(levels: NDArray[np.int64], gold: NDArray[np.int64]) -> float:
    """Mean F1 of the three levels."""
    parts = [
        2 * int(((levels == k) & (gold == k)).sum()) / max(1, int((levels == k).sum() + (gold == k).sum()))
        for k in range(3)
    ]
    return sum(parts) / 3


def measure_churn(
    conversations: list[Conversation],
    conversation_of: NDArray[np.int64],
    probabilities: Floats,
    labels: list[TrainedLabel],
) -> ChurnRun:
    """Out-of-fold risk of every visit that carries a level.

    Args:
        conversations: the corpus, as the turn table was made from it.
        conversation_of: for each turn, its conversation.
        probabilities: out-of-fold turn scores, [turns, labels].
        labels: their columns.
    """
    visits = [(i, talk) for i, talk in enumerate(conversations) if talk.churn is not None]
    features = np.stack([visit_features(talk, probabilities[conversation_of == i], labels) for i, talk in visits])
    gold = np.asarray([LEVELS.index(talk.churn or "low") for _, talk in visits])
    folds = np.asarray([fold_of(talk.source) for _, talk in visits])
    scores = np.zeros((len(visits), 2))
    for fold in np.unique(folds):
        weights, bias = _fit(features[folds != fold], gold[folds != fold])
        scores[folds == fold] = 1 / (1 + np.exp(-(features[folds == fold] @ weights.T + bias)))
    return ChurnRun(features, gold, folds, scores, _cuts(scores, gold))


def churn_files(run: ChurnRun) -> dict[str, bytes]:
    """The files of `models/churn`, trained on all visits."""
    weights, bias = _fit(run.features, run.gold)
    return {
        "weights.json": json_bytes(
            {
                "names": list(NAMES),
                "weights": weights.tolist(),
                "bias": bias.tolist(),
                "centre": run.features.mean(axis=0).tolist(),
                "cuts": list(run.cuts),
            }
        )
    }
