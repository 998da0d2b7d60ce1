"""Trains and measures message triage: should a manager step in, and for which reason.

Reps' turns of talks are lent to it: what is a compliance risk when spoken is one when written.
Invariant: what alarms in a customer's message soothes in a rep's, so each sender has columns of its own; messages of
one situation are variations of each other and stay in one fold; what is lent never judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from models.training.calibration import fit_platt, sigmoid, thresholds
from models.training.corpus import Conversation, LabelledTurn, Message
from models.training.folds import FOLDS
from models.training.linear import LinearWeights, fit_linear, graph_of, out_of_fold
from models.training.matrix import TurnTable, design, turn_table
from models.training.package import gram_files, json_bytes
from models.training.turns import grams_of, part_of, spelling
from nlp.classify.grams import Grams
from nlp.classify.triage import STEP_IN
from nlp.classify.verdicts import OperatingPoint

SENDERS: tuple[Literal["customer", "rep"], ...] = ("customer", "rep")
FEWEST_POSITIVES = 10
"""A reason with fewer messages than this from one sender is not learnt for that sender."""
RISK = "compliance_risk"
LENT_WEIGHT = 0.3
"""What a lent turn counts beside a message; the best of 0.3 and 0.6 on messages of later files."""
LENT_LENGTH = 6
"""Shorter turns say too little to be lent as harmless."""


@dataclass(frozen=True, slots=True)
class TriageRun:
    """A measured triage model: rows are messages, columns are (sender, step in or reason)."""

    table: TurnTable
    columns: list[tuple[str, str]]
    gold: NDArray[np.bool_]
    allowed: NDArray[np.bool_]
    margins: NDArray[np.float32]
    calibration: NDArray[np.float64]
    thresholds: list[dict[OperatingPoint, float]]
    folds: NDArray[np.int64]
    sources: NDArray[np.str_]
    lent: tuple[Message, ...] = ()

    def probabilities(self) -> NDArray[np.float64]:
        """Out-of-fold calibrated scores, [messages, columns]."""
        return sigmoid(self.margins * self.calibration[:, 0] + self.calibration[:, -1])

    def stepping_in(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Each message's own score for stepping in, and whether it should be so."""
        scores = self.probabilities()
        chosen, gold = np.zeros(len(scores)), np.zeros(len(scores), dtype=bool)
        for k, (_, code) in enumerate(self.columns):
            if code == STEP_IN:
                own = self.allowed[:, k]
                chosen[own], gold[own] = scores[own, k], self.gold[own, k]
        return chosen, gold

    def calls(self) -> NDArray[np.bool_]:
        """Which messages alarm when each fold's threshold comes from the other folds."""
        scores = self.probabilities()
        called = np.zeros(len(scores), dtype=bool)
        for k, (_, code) in enumerate(self.columns):
            for fold in np.unique(self.folds) if code == STEP_IN else ():
                tuning, judged = self.allowed[:, k] & (self.folds != fold), self.allowed[:, k] & (self.folds == fold)
                called[judged] = scores[judged, k] >= thresholds(scores[tuning, k], self.gold[tuning, k])["f1"]
        return called


def as_talks(messages: list[Message]) -> list[Conversation]:
    """Each message as a talk of two turns: its situation, then its words."""
    return [
        Conversation(
            message.source,
            (
                LabelledTurn("other", message.context, frozenset()),
                LabelledTurn(message.sender, message.text, frozenset()),
            ),
        )
        for message in messages
    ]


def message_folds(messages: list[Message]) -> NDArray[np.int64]:
    """A fold per situation, seven situations at a time."""
    order: dict[str, int] = {}
    places = [order.setdefault(message.context, len(order)) for message in messages]
    return np.asarray(places) // 7 % FOLDS


def _columns(messages: list[Message]) -> tuple[list[tuple[str, str]], NDArray[np.bool_], NDArray[np.bool_]]:
    """The columns, what holds [messages, columns], and which messages each column is about."""
    columns: list[tuple[str, str]] = []
    gold: list[list[bool]] = []
    for sender in SENDERS:
        reasons = sorted({message.reason for message in messages if message.step_in})
        for code in (STEP_IN, *reasons):
            holds = [m.sender == sender and (m.step_in if code == STEP_IN else m.reason == code) for m in messages]
            if sum(holds) >= FEWEST_POSITIVES:
                columns.append((sender, code))
                gold.append(holds)
    allowed = np.asarray([[message.sender == sender for sender, _ in columns] for message in messages])
    return columns, np.asarray(gold, dtype=bool).T, allowed


def lent_turns(conversations: Sequence[Conversation]) -> tuple[Message, ...]:
    """Reps' risky turns, and as many of their others, evenly drawn, as messages without a situation."""
    spoken = [(talk.source, turn) for talk in conversations for turn in talk.turns if turn.role == "rep"]
    risky = [one for one in spoken if RISK in one[1].codes]
    others = [one for one in spoken if RISK not in one[1].codes and len(one[1].text) >= LENT_LENGTH]
    drawn = [others[at * len(others) // len(risky)] for at in range(min(len(risky), len(others)))]
    return tuple(
        Message(source, "rep", "", turn.text, RISK in turn.codes, "", turn.codes) for source, turn in (*risky, *drawn)
    )


def _fit(
    table: TurnTable,
    grams: Grams,
    gold: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    lent: tuple[Message, ...],
    columns: Sequence[tuple[str, str]],
) -> LinearWeights:
    """Learns from every message twice, with its situation and without, for many come without one, and from the lent."""
    bare = replace(table, texts=["" if at % 2 == 0 else text for at, text in enumerate(table.texts)])
    tables = [table, bare, *([turn_table(as_talks(list(lent)), [])] if lent else [])]
    rows = sp.vstack([design(one, grams)[1::2] for one in tables]).tocsr()
    may = np.asarray([[(m.sender, STEP_IN) == column for column in columns] for m in lent], dtype=bool)
    may = may.reshape(len(lent), len(columns))
    holds = may & np.asarray([m.step_in for m in lent], dtype=bool)[:, None]
    weights = np.concatenate([np.ones(2 * len(gold)), np.full(len(lent), LENT_WEIGHT)])
    return fit_linear(rows, np.concatenate([gold, gold, holds]), np.concatenate([allowed, allowed, may]), weights)


def measure_triage(messages: list[Message], conversations: Sequence[Conversation] = ()) -> TriageRun:
    """Out-of-fold scores grouped by situation, then calibration and thresholds.

    Args:
        messages: all of them judge.
        conversations: whose turns are lent for training; they add no tokens of their own.
    """
    columns, gold, allowed = _columns(messages)
    table = turn_table(as_talks(messages), [])
    folds = message_folds(messages)
    how = spelling()
    lent = lent_turns(conversations)

    def score(train: NDArray[np.int64], judge: NDArray[np.int64]) -> NDArray[np.float32]:
        both = [np.sort(np.concatenate([2 * at, 2 * at + 1])) for at in (train, judge)]
        seen, unseen = part_of(table, both[0]), part_of(table, both[1])
        grams, _, _ = grams_of(seen.texts, how)
        weights = _fit(seen, grams, gold[train], allowed[train], lent, columns)
        return weights.margins(design(unseen, grams)[1::2])

    margins = out_of_fold(folds, score, len(columns))
    platt: list[list[float]] = []
    points: list[dict[OperatingPoint, float]] = []
    for k in range(len(columns)):
        own = allowed[:, k]
        platt.append(fit_platt(margins[own, k : k + 1], gold[own, k]))
        points.append(thresholds(sigmoid(margins[own, k] * platt[k][0] + platt[k][1]), gold[own, k]))
    sources = np.asarray([message.source for message in messages])
    return TriageRun(table, columns, gold, allowed, margins, np.asarray(platt), points, folds, sources, lent)


def triage_files(run: TriageRun) -> dict[str, bytes]:
    """The files of `models/triage`, trained on all messages."""
    grams, vocabulary, idf = grams_of(run.table.texts, spelling())
    weights = _fit(run.table, grams, run.gold, run.allowed, run.lent, run.columns)
    labels = [
        {
            "code": code,
            "kind": "signal",
            "roles": [sender],
            "calibration": list(run.calibration[k]),
            "thresholds": run.thresholds[k],
        }
        for k, (sender, code) in enumerate(run.columns)
    ]
    return {
        **gram_files(vocabulary, idf, grams.context_size),
        "linear.onnx": graph_of(weights, grams),
        "labels.json": json_bytes(labels),
    }
