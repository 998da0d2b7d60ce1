"""Scores every turn of a talk for objections and signals, offline, with calibrated probabilities.

Invariant: scores come from `margins` through one affine map and a sigmoid per label, so thresholds stored beside the
model mean the same here as where they were measured.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.classify.artefact import load_artefact, session
from nlp.classify.explanation import decision
from nlp.classify.grams import GramHits
from nlp.classify.linear import LinearScorer
from nlp.classify.opening import open_grams, open_labels
from nlp.classify.situation import situations
from nlp.classify.verdicts import Label, LabelScore, OperatingPoint, TurnScores
from nlp.types import Turn

Scores = NDArray[np.float32]


class TurnModels:
    """The shipped turn classifiers behind one call."""

    def __init__(
        self,
        version: str,
        labels: Sequence[Label],
        calibration: NDArray[np.float64],
        *,
        linear: LinearScorer,
        point: OperatingPoint,
    ) -> None:
        self.version = version
        self.labels = tuple(labels)
        self._calibration = calibration
        self._linear = linear
        self._point: OperatingPoint = point

    @classmethod
    def load(cls, directory: Path, *, point: OperatingPoint = "f1") -> "TurnModels":
        """Reads a model directory, checking every file.

        Args:
            directory: `models/turns` or one trained like it.
            point: which of the stored thresholds decide.

        Raises:
            ModelMissing: the directory holds no complete model.
            ModelRefused: a file is not the one the manifest describes.
        """
        artefact = load_artefact(directory)
        labels, calibration = open_labels(artefact)
        linear = LinearScorer(open_grams(artefact), session(artefact.content("linear.onnx")), len(labels))
        return cls(artefact.version, labels, calibration, linear=linear, point=point)

    def probabilities(self, turns: Sequence[Turn]) -> Scores:
        """Calibrated scores of all labels, float32 [turns, labels], whatever the role.

        Args:
            turns: one conversation, in order, with roles.
        """
        margins, _, _ = self._margins(turns)
        return self._calibrated(margins)

    def score(self, turns: Sequence[Turn]) -> list[TurnScores]:
        """All labels that each turn's role can carry, with the words that decided where a label fires.

        Args:
            turns: one conversation, in order, with roles; an empty one gives an empty list.
        """
        margins, hits, parts = self._margins(turns)
        scores = self._calibrated(margins)
        return [
            self._turn_scores(turn, row, hit, part)
            for turn, row, hit, part in zip(turns, scores, hits, parts, strict=True)
        ]

    def _margins(self, turns: Sequence[Turn]) -> tuple[Scores, list[GramHits], list[Scores]]:
        texts = [turn.text for turn in turns]
        hits = self._linear.grams.of_all(texts)
        margins, parts = self._linear.run(hits, situations(texts, [turn.role for turn in turns]))
        return margins, hits, parts

    def _calibrated(self, margins: Scores) -> Scores:
        odds = margins * self._calibration[:, 0] + self._calibration[:, -1]
        return (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)

    def _turn_scores(self, turn: Turn, row: Scores, hit: GramHits, parts: Scores) -> TurnScores:
        scores = TurnScores()
        whole = (0, len(turn.text))
        for column, label in enumerate(self.labels):
            if turn.role not in label.roles:
                continue
            score, threshold = float(row[column]), label.thresholds[self._point]
            verdict = LabelScore(score, threshold, whole)
            if score >= threshold:
                added = parts[:, column] * np.float32(self._calibration[column, 0])
                why = decision(turn.text, hit, added, self._linear.grams)
                verdict = LabelScore(score, threshold, why.span, why.because)
            (scores.objections if label.kind == "objection" else scores.signals)[label.code] = verdict
        return scores
