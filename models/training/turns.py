"""Trains and measures the turn models: vocabulary, weights, calibration, thresholds, ONNX."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from models.training.calibration import fit_platt, sigmoid, thresholds
from models.training.corpus import Conversation
from models.training.folds import fold_of
from models.training.labels import TrainedLabel
from models.training.linear import LinearWeights, allowed_matrix, fit_linear, graph_of, out_of_fold
from models.training.matrix import TurnTable, design, turn_table
from models.training.opinions import SHARE, unpack_opinions
from models.training.package import CUES, gram_files, json_bytes
from models.training.spelling import syllable_lines
from nlp.classify.cues import Cues
from nlp.classify.folding import folding_table
from nlp.classify.grams import CHARACTERS, Grams, Spelling, build_vocabulary, parse_syllables
from nlp.classify.verdicts import OperatingPoint

MINIMUM_TEXTS = 2
CONTEXT_SIZE = 12_000
MOST_GRAMS = 130_000
View = Callable[[sp.csr_matrix, Grams], sp.csr_matrix]


@dataclass(frozen=True, slots=True)
class TurnRun:
    """A measured turn model: its table, its out-of-fold margins, and each label's calibration and thresholds.

    `judged` are the turns on which all opinions were heard; the shipped calibration and thresholds come from them.
    `added` is what the memory of rivals' names adds to the log-odds, out of fold, and `recall` its weights over all
    turns; None where nothing was remembered.
    """

    table: TurnTable
    folds: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    linear: NDArray[np.float32]
    margins: NDArray[np.float32]
    judged: NDArray[np.bool_]
    calibration: NDArray[np.float64]
    alone: NDArray[np.float64]
    thresholds: list[dict[OperatingPoint, float]]
    added: NDArray[np.float64] | None = None
    recall: NDArray[np.float64] | None = None

    def probabilities(self) -> NDArray[np.float64]:
        """Out-of-fold calibrated scores, [turns, labels]; of the linear opinion alone where no other was heard."""
        return sigmoid(self.odds() if self.added is None else self.odds() + self.added)

    def odds(self) -> NDArray[np.float64]:
        """Out-of-fold log-odds before anything is remembered, [turns, labels]."""
        scale = np.where(self.judged[:, None], self.calibration[:, 0], self.alone[:, 0])
        bias = np.where(self.judged[:, None], self.calibration[:, -1], self.alone[:, -1])
        return np.asarray(self.margins.astype(np.float64) * scale + bias, dtype=np.float64)


def whole_design(rows: sp.csr_matrix, grams: Grams) -> sp.csr_matrix:  # noqa: ARG001  one shape for all views
    """Everything the shipped model sees."""
    return rows


def own_words(rows: sp.csr_matrix, grams: Grams) -> sp.csr_matrix:
    """The turn's own tokens of all families; no neighbours, no situation."""
    return rows[:, : grams.size]


def own_characters(rows: sp.csr_matrix, grams: Grams) -> sp.csr_matrix:
    """The turn's own characters and nothing else."""
    return rows[:, np.flatnonzero(grams.families == CHARACTERS)]


def spelling() -> Spelling:
    """The folding and sounding that ship with the models."""
    table = folding_table()
    cues = Cues(CUES.read_text(encoding="utf-8").splitlines(), table)
    return Spelling(table, parse_syllables(syllable_lines()), cues)


def grams_of(texts: list[str], how: Spelling) -> tuple[Grams, list[str], NDArray[np.float32]]:
    """A vocabulary over `texts`, with the two lists it was built from."""
    vocabulary, idf = build_vocabulary(texts, how, minimum=MINIMUM_TEXTS, context_size=CONTEXT_SIZE)
    vocabulary, idf = vocabulary[:MOST_GRAMS], idf[:MOST_GRAMS]
    return Grams(vocabulary, idf, spelling=how, context_size=min(CONTEXT_SIZE, len(vocabulary))), vocabulary, idf


def part_of(table: TurnTable, at: NDArray[np.int64]) -> TurnTable:
    """The rows `at` of a table; whole conversations, so that neighbours stay neighbours."""
    return TurnTable(
        [table.texts[i] for i in at],
        table.roles[at],
        table.gold[at],
        table.conversation[at],
        table.sources[at],
        table.labelled[at],
    )


def measure(
    conversations: list[Conversation],
    labels: list[TrainedLabel],
    view: View = whole_design,
    opinions: bytes = b"",
    *,
    learnt: NDArray[np.bool_] | None = None,
) -> TurnRun:
    """Out-of-fold scores with vocabulary and weights made anew in each fold, then calibration and thresholds.

    Args:
        conversations: the corpus.
        labels: what to learn.
        view: which part of the design the model may see; the whole of it for the shipped one.
        opinions: what the network said out of fold; empty to leave it out.
        learnt: which conversations may train, bool [conversations]; None for all. All of them are judged.
    """
    table = turn_table(conversations, labels)
    folds = np.asarray([fold_of(source) for source in table.sources])
    allowed = allowed_matrix(table.roles, [label.roles for label in labels]) & table.labelled[:, None]
    how = spelling()

    def score(others: NDArray[np.int64], judge: NDArray[np.int64]) -> NDArray[np.float32]:
        train = others if learnt is None else others[learnt[table.conversation[others]]]
        grams, _, _ = grams_of([table.texts[i] for i in train], how)
        weights = fit_linear(view(design(part_of(table, train), grams), grams), table.gold[train], allowed[train])
        return weights.margins(view(design(part_of(table, judge), grams), grams))

    linear = out_of_fold(folds, score, len(labels))
    heard = unpack_opinions(opinions, table, len(labels)) if opinions else None
    judged = heard.known if heard else np.ones(len(folds), dtype=bool)
    margins = linear + SHARE * heard.margins if heard else linear
    alone = _platt(linear, table.gold, allowed)
    return _settled(TurnRun(table, folds, allowed, linear, margins, judged, alone, alone, []))


def _settled(run: TurnRun) -> TurnRun:
    """The run with calibration and thresholds of its margins."""
    margins, gold = run.margins, run.table.gold
    calibration = _platt(margins, gold, run.allowed & run.judged[:, None])
    points = [
        thresholds(sigmoid(margins[own, k] * calibration[k, 0] + calibration[k, -1]), gold[own, k])
        for k, own in enumerate((run.allowed & run.judged[:, None]).T)
    ]
    return replace(run, calibration=calibration, thresholds=points)


def also_heard(run: TurnRun, added: NDArray[np.float32]) -> TurnRun:
    """The same run with an opinion that was heard on every turn, out of fold, added to its margins."""
    alone = _platt(run.linear + added, run.table.gold, run.allowed)
    return _settled(replace(run, margins=run.margins + added, alone=alone))


def one_opinion(run: TurnRun, margins: NDArray[np.float32]) -> TurnRun:
    """The same run as if only `margins` had been heard, for the comparison; on its judged turns only."""
    calibration = _platt(margins, run.table.gold, run.allowed & run.judged[:, None])
    return replace(run, margins=margins, calibration=calibration, added=None, recall=None)


def _platt(margins: NDArray[np.float32], gold: NDArray[np.bool_], own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scale and bias of each label, [labels, 2], from the turns `own`."""
    fitted = [fit_platt(margins[own[:, k], k : k + 1], gold[own[:, k], k]) for k in range(gold.shape[1])]
    return np.asarray(fitted, dtype=np.float64)


def shipped_calibration(run: TurnRun, *, network: bool, encoded: float = 0.0) -> NDArray[np.float64]:
    """What the scorer multiplies, [labels, 2 to 4]: the linear margin, the network's and the encoder's where there are
    any, and 1.

    Args:
        run: the measured model.
        network: whether a network was heard.
        encoded: the share of a sentence encoder's margin; 0 where none was heard.
    """
    scale, bias = run.calibration[:, :1], run.calibration[:, 1:]
    columns = [scale, *([SHARE * scale] if network else []), *([encoded * scale] if encoded else []), bias]
    return np.concatenate(columns, axis=1)


def labels_file(labels: list[TrainedLabel], run: TurnRun, *, network: bool = False, encoded: float = 0.0) -> bytes:
    """`labels.json`: code, kind, roles, calibration and thresholds in the order of the graph's columns."""
    calibration = shipped_calibration(run, network=network, encoded=encoded)
    return json_bytes(
        [
            {
                "code": label.code,
                "kind": label.kind,
                "roles": list(label.roles),
                "calibration": calibration[k].tolist(),
                "thresholds": run.thresholds[k],
            }
            for k, label in enumerate(labels)
        ]
    )


def final_weights(table: TurnTable, allowed: NDArray[np.bool_]) -> tuple[LinearWeights, Grams, dict[str, bytes]]:
    """Weights over all data, their vocabulary and its files."""
    grams, vocabulary, idf = grams_of(table.texts, spelling())
    weights = fit_linear(design(table, grams), table.gold, allowed)
    return weights, grams, {**gram_files(vocabulary, idf, grams.context_size), "linear.onnx": graph_of(weights, grams)}


def calls(run: TurnRun) -> NDArray[np.bool_]:
    """What is called where each fold's thresholds come from the other folds, bool [turns, labels].

    A fold whose turns were all judged takes its thresholds from the other judged folds only.
    """
    scores = run.probabilities()
    called = np.zeros_like(run.table.gold)
    for k in range(scores.shape[1]):
        for fold in np.unique(run.folds):
            here = run.allowed[:, k] & (run.folds == fold)
            tuning = run.allowed[:, k] & run.judged & (run.folds != fold)
            called[here, k] = scores[here, k] >= thresholds(scores[tuning, k], run.table.gold[tuning, k])["f1"]
    return called
