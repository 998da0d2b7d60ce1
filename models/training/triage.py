"""Trains and measures message triage: should a manager step in, and for which reason."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.calibration import fit_platt, sigmoid, thresholds
from models.training.corpus import Conversation, LabelledTurn, Message
from models.training.folds import FOLDS
from models.training.linear import fit_linear, graph_of, out_of_fold
from models.training.matrix import TurnTable, design, turn_table
from models.training.package import gram_files, json_bytes
from models.training.turns import grams_of, part_of, spelling
from nlp.classify.triage import NOBODY
from nlp.classify.verdicts import OperatingPoint

STEP_IN = "step_in"


@dataclass(frozen=True, slots=True)
class TriageRun:
    """A measured triage model; rows are messages, the first column is stepping in, the others its reasons."""

    table: TurnTable
    columns: list[str]
    gold: NDArray[np.bool_]
    margins: NDArray[np.float32]
    calibration: NDArray[np.float64]
    thresholds: list[dict[OperatingPoint, float]]
    folds: NDArray[np.int64]

    def probabilities(self) -> NDArray[np.float64]:
        """Out-of-fold calibrated scores, [messages, columns]."""
        return sigmoid(self.margins * self.calibration[:, 0] + self.calibration[:, -1])


def as_talks(messages: list[Message]) -> list[Conversation]:
    """Each message as a talk of two turns: its situation, then its words."""
    return [
        Conversation(
            message.source,
            (LabelledTurn("other", message.context, frozenset()),
             LabelledTurn(message.sender, message.text, frozenset())),
        )
        for message in messages
    ]


def message_folds(messages: list[Message]) -> NDArray[np.int64]:
    """A fold per situation: the messages of one situation are variations and must not be split."""
    order: dict[str, int] = {}
    places = [order.setdefault(message.context, len(order)) for message in messages]
    return np.asarray(places) // 7 % FOLDS


def measure_triage(messages: list[Message]) -> TriageRun:
    """Out-of-fold scores grouped by situation, then calibration and thresholds."""
    columns = [STEP_IN, *sorted({message.reason for message in messages} - {NOBODY})]
    gold = np.asarray([[m.step_in, *(m.reason == reason for reason in columns[1:])] for m in messages], dtype=bool)
    table = turn_table(as_talks(messages), [])
    folds = message_folds(messages)
    how = spelling()

    def score(train: NDArray[np.int64], judge: NDArray[np.int64]) -> NDArray[np.float32]:
        both = [np.sort(np.concatenate([2 * at, 2 * at + 1])) for at in (train, judge)]
        seen, unseen = part_of(table, both[0]), part_of(table, both[1])
        grams, _, _ = grams_of(seen.texts, how)
        every = np.ones((len(train), len(columns)), dtype=bool)
        weights = fit_linear(design(seen, grams)[1::2], gold[train], every)
        return weights.margins(design(unseen, grams)[1::2])

    margins = out_of_fold(folds, score, len(columns))
    platt = np.asarray([fit_platt(margins[:, k : k + 1], gold[:, k]) for k in range(len(columns))])
    scores = sigmoid(margins * platt[:, 0] + platt[:, -1])
    points = [thresholds(scores[:, k], gold[:, k]) for k in range(len(columns))]
    return TriageRun(table, columns, gold, margins, platt, points, folds)


def triage_files(run: TriageRun) -> dict[str, bytes]:
    """The files of `models/triage`, trained on all messages."""
    grams, vocabulary, idf = grams_of(run.table.texts, spelling())
    weights = fit_linear(design(run.table, grams)[1::2], run.gold, np.ones_like(run.gold))
    labels = [
        {"code": code, "kind": "signal", "roles": ["rep", "customer", "other"],
         "calibration": list(run.calibration[k]), "thresholds": run.thresholds[k]}
        for k, code in enumerate(run.columns)
    ]
    return {
        **gram_files(vocabulary, idf, grams.context_size),
        "linear.onnx": graph_of(weights, grams),
        "labels.json": json_bytes(labels),
    }
