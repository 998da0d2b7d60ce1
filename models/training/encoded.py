"""A sentence encoder beside the other opinions: a ridge head over its vectors, heard as far as it helps out of fold.

The encoder itself learns nothing here, so only its head is made anew in each fold. Invariant: how strongly the head is
held back and how much of it is heard are judged on folds that did not choose them; an encoder that does not help by
`LEAST_GAIN` is left out, and the model names none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.graphs import head_graph
from models.training.matrix import TurnTable
from models.training.turns import TurnRun, also_heard, calls
from nlp.classify.encoded import beside_the_turn_before
from nlp.classify.opening import ENCODER, HEAD
from nlp.encode import SentenceEncoder

STRENGTHS = (1.0, 10.0, 100.0)
"""Of the ridge: the higher, the less each number of a vector may say."""
SHARES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Of the head's margin, which is brought to the linear margin's spread."""
LEAST_GAIN = 0.003
"""Macro-F1 that an encoder must add; it makes every analysis slower."""
Matrix = NDArray[np.float32]
Way = tuple[float, float]


def turn_rows(table: TurnTable, encoder: SentenceEncoder) -> Matrix:
    """What a head reads of each turn, float32 [turns, 2 * width]."""
    opens = np.append(True, table.conversation[1:] != table.conversation[:-1])[: len(table.texts)]
    return beside_the_turn_before(encoder.encode(table.texts), opens)


def fit_heads(
    rows: Matrix, gold: NDArray[np.bool_], allowed: NDArray[np.bool_], strengths: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A ridge regression of each label on the turns that can carry it, for each strength.

    Returns:
        Weights [strengths, numbers, labels] and biases [strengths, labels].
    """
    weights = np.zeros((len(strengths), rows.shape[1], gold.shape[1]))
    biases = np.zeros((len(strengths), gold.shape[1]))
    for own in np.unique(allowed, axis=1).T:  # labels that the same turns can carry share their matrix
        columns = np.flatnonzero((allowed == own[:, None]).all(axis=0))
        if not own.any():
            continue
        seen, holds = rows[own].astype(np.float64), gold[own][:, columns].astype(np.float64)
        middle, usual = seen.mean(axis=0), holds.mean(axis=0)
        seen -= middle
        lengths, axes = np.linalg.eigh(seen.T @ seen)
        wanted = axes.T @ (seen.T @ (holds - usual))
        for at, strength in enumerate(strengths):
            found = axes @ (wanted / (np.maximum(lengths, 0.0) + strength)[:, None])
            weights[at][:, columns] = found
            biases[at, columns] = usual - middle @ found
    return weights, biases


def spread(margins: Matrix, allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Standard deviation of each label's margins over the turns that can carry it, [labels]."""
    return np.asarray([margins[own, k].std() if own.any() else 0.0 for k, own in enumerate(allowed.T)], np.float64)


@dataclass(frozen=True, slots=True)
class EncodedHead:
    """A head over an encoder, as it ships."""

    encoder: SentenceEncoder
    weights: Matrix
    bias: Matrix

    def of_table(self, table: TurnTable) -> Matrix:
        """Margins of the turns of a table, float32 [turns, labels]."""
        return np.asarray(turn_rows(table, self.encoder) @ self.weights + self.bias, dtype=np.float32)

    def files(self) -> dict[str, bytes]:
        """What lies beside the model: the head, and which encoder it reads."""
        return {HEAD: head_graph(self.weights, self.bias), ENCODER: self.encoder.named.to_json()}


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """What became of an encoder: the run with it or, where `share` is 0, without it, and the macro-F1 of either way.

    `tried` is the macro-F1 of each strength and share out of fold; `gained` that of choosing between them on the folds
    that are not judged, over none.
    """

    run: TurnRun
    encoder: SentenceEncoder
    rows: Matrix
    strength: float
    share: float
    scales: NDArray[np.float64]
    without: float
    gained: float
    tried: dict[Way, float]
    directory: Path | None = None

    @property
    def said(self) -> str:
        """One line for whoever trains."""
        name = self.encoder.named.name
        if not self.share:
            return (
                f"encoder {name}: left out, it adds {self.gained:+.4f} to macro-F1 {self.without:.4f} out of fold and "
                f"would have to add {LEAST_GAIN}"
            )
        return f"encoder {name}: heard with a share of {self.share}, {self.gained:+.4f} on macro-F1 {self.without:.4f}"

    def about(self) -> dict[str, object]:
        """For the manifest."""
        tried = {f"ridge {way[0]:g}, share {way[1]:g}": round(figure, 4) for way, figure in self.tried.items()}
        figures = {"without": round(self.without, 4), "gained": round(self.gained, 4), "tried": tried}
        return {"name": self.encoder.named.name, "share": self.share, "macro_f1": figures}

    def head(self) -> EncodedHead:
        """The chosen head over all turns, on the linear margin's scale."""
        weights, biases = fit_heads(self.rows, self.run.table.gold, self.run.allowed, [self.strength])
        scaled = weights[0] * self.scales, biases[0] * self.scales
        return EncodedHead(self.encoder, scaled[0].astype(np.float32), scaled[1].astype(np.float32))


def heads_out_of_fold(run: TurnRun, rows: Matrix) -> Matrix:
    """Margins of each strength by heads that have not seen the turn's fold, float32 [strengths, turns, labels]."""
    margins = np.zeros((len(STRENGTHS), *run.table.gold.shape), np.float32)
    for fold in np.unique(run.folds):
        here, others = run.folds == fold, run.folds != fold
        weights, biases = fit_heads(rows[others], run.table.gold[others], run.allowed[others], STRENGTHS)
        margins[:, here] = rows[here] @ weights + biases[:, None, :]
    return margins


def choose_encoder(run: TurnRun, encoder: SentenceEncoder, *, directory: Path | None = None) -> EncoderChoice:
    """The encoder's opinion added to a measured run by the share that helps most, or not at all.

    Args:
        run: measured without it.
        encoder: opened.
        directory: where it lies.
    """
    rows = turn_rows(run.table, encoder)
    margins = heads_out_of_fold(run, rows)
    linear = spread(run.linear, run.allowed)
    scales: dict[float, NDArray[np.float64]] = {}
    runs: dict[Way, TurnRun] = {}
    for strength, said in zip(STRENGTHS, margins, strict=True):
        own = spread(said, run.allowed)
        scales[strength] = np.divide(linear, own, out=np.zeros_like(own), where=own > 0)
        for share in SHARES:
            runs[strength, share] = also_heard(run, (share * said * scales[strength]).astype(np.float32))
    plain = counts(run)
    told = {way: counts(one) for way, one in runs.items()}
    without, gained = macro_f1(plain.sum(axis=0)), nested_macro_f1([plain, *told.values()])
    tried = {way: macro_f1(one.sum(axis=0)) for way, one in told.items()}
    best = max(tried, key=lambda way: (tried[way], -way[1]))
    helps = gained - without >= LEAST_GAIN and tried[best] > without
    return EncoderChoice(
        run=runs[best] if helps else run,
        encoder=encoder,
        rows=rows,
        strength=best[0],
        share=best[1] if helps else 0.0,
        scales=scales[best[0]],
        without=without,
        gained=gained - without,
        tried=tried,
        directory=directory,
    )


def counts(run: TurnRun) -> NDArray[np.int64]:
    """Hits, calls and positives of each judged fold and label, [folds, labels, 3]."""
    own = run.allowed & run.judged[:, None]
    called, gold = calls(run) & own, run.table.gold & own
    parts = [run.folds == fold for fold in np.unique(run.folds[run.judged])]
    return np.asarray(
        [np.stack([(called & gold)[at].sum(0), called[at].sum(0), gold[at].sum(0)], axis=1) for at in parts], np.int64
    )


def macro_f1(found: NDArray[np.int64]) -> float:
    """The mean F1 of the labels that occur.

    Args:
        found: hits, calls and positives, [labels, 3].
    """
    hits, called, positives = found[found[:, 2] > 0].T
    return float((2 * hits / (called + positives)).mean()) if len(hits) else 0.0


def nested_macro_f1(ways: Sequence[NDArray[np.int64]]) -> float:
    """Macro-F1 where each fold is judged in the way that is best on the others.

    Args:
        ways: `counts` of each way; of equal ones the first is taken.
    """
    folds = len(ways[0])
    total = np.zeros_like(ways[0][0])
    for fold in range(folds):
        figures = [macro_f1(np.delete(way, fold, axis=0).sum(axis=0)) for way in ways]
        total = total + ways[int(np.argmax(figures))][fold]
    return macro_f1(total)
