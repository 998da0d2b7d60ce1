"""Does this message deserve the manager now? Judged from the words, who sends them and what the talk is about.

Invariant: the situation is read as the turn before the message, so one kind of graph serves turns and messages.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.classify.artefact import load_artefact, session
from nlp.classify.explanation import deciding_words
from nlp.classify.linear import LinearScorer
from nlp.classify.opening import open_grams, open_labels
from nlp.classify.situation import situations
from nlp.classify.verdicts import Label, OperatingPoint, TriageVerdict
from nlp.types import Role

NOBODY = "none"


class TriageModel:
    """One score for stepping in (the first label), and one a reason (the others)."""

    def __init__(
        self, version: str, labels: Sequence[Label], calibration: NDArray[np.float64], *, linear: LinearScorer,
        point: OperatingPoint,
    ) -> None:
        self.version = version
        self.threshold = labels[0].thresholds[point]
        self._reasons = tuple(label.code for label in labels[1:])
        self._calibration = calibration
        self._linear = linear

    @classmethod
    def load(cls, directory: Path, *, point: OperatingPoint = "f1") -> "TriageModel":
        """Reads a model directory, checking every file.

        Args:
            directory: `models/triage` or one trained like it.
            point: which of the stored thresholds decides.

        Raises:
            ModelMissing: the directory holds no complete model.
            ModelRefused: a file is not the one the manifest describes.
        """
        artefact = load_artefact(directory)
        labels, calibration = open_labels(artefact)
        linear = LinearScorer(open_grams(artefact), session(artefact.files["linear.onnx"]), len(labels))
        return cls(artefact.version, labels, calibration, linear=linear, point=point)

    def judge(self, text: str, *, sender: Role, context: str = "") -> TriageVerdict:
        """Whether a manager should step in, and why.

        Args:
            text: the message, Simplified.
            sender: who wrote it.
            context: what the talk is about, in words; empty where unknown.
        """
        grams = self._linear.grams
        hits = grams.of_all([context, text])
        margins, parts = self._linear.run(hits, situations([context, text], ["other", sender]))
        odds = margins[1] * self._calibration[:, 0] + self._calibration[:, -1]
        score = float(1.0 / (1.0 + np.exp(-odds[0])))
        if score < self.threshold:
            return TriageVerdict(False, score, NOBODY)
        weights = dict(zip(hits[1].ids.tolist(), parts[1][:, 0].tolist(), strict=True))
        words = deciding_words(text, grams.places(text), weights)
        return TriageVerdict(True, score, self._reasons[int(np.argmax(odds[1:]))], words)
