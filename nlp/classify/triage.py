"""Does this message deserve the manager now? Judged from the words, who sends them and what the talk is about.

Invariant: the situation is read as the turn before the message, so one kind of graph serves turns and messages; what
alarms in a customer's message soothes in a rep's, so each sender has weights of its own.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.classify.explanation import decision
from nlp.classify.linear import LinearScorer
from nlp.classify.opening import load_classifier
from nlp.classify.situation import situations
from nlp.classify.verdicts import Label, OperatingPoints, TriageVerdict
from nlp.types import Role

NOBODY = "none"
STEP_IN = "step_in"
_DEFAULT_SENDER: Role = "customer"


class TriageModel:
    """Per sender one score for stepping in and one a reason."""

    def __init__(
        self,
        version: str,
        labels: Sequence[Label],
        calibration: NDArray[np.float64],
        *,
        linear: LinearScorer,
        points: OperatingPoints | None = None,
    ) -> None:
        self.version = version
        self.labels = tuple(labels)
        self._calibration = calibration
        self._linear = linear
        self._thresholds = [(points or OperatingPoints()).threshold(label) for label in self.labels]

    @classmethod
    def load(cls, directory: Path, *, points: OperatingPoints | None = None) -> "TriageModel":
        """Reads a model directory, checking every file.

        Args:
            directory: `models/triage` or one trained like it.
            points: which of the stored thresholds decides; None for the best F1.

        Raises:
            ModelMissing: the directory holds no complete model.
            ModelRefused: a file is not the one the manifest describes.
        """
        made = load_classifier(directory)
        return cls(made.version, made.labels, made.calibration, linear=made.linear, points=points)

    def judge(self, text: str, *, sender: Role, context: str = "") -> TriageVerdict:
        """Whether a manager should step in, and why.

        Args:
            text: the message, Simplified.
            sender: who wrote it; anyone but the rep is judged as the customer.
            context: what the talk is about, in words; empty where unknown.
        """
        writer: Role = "rep" if sender == "rep" else _DEFAULT_SENDER
        columns = [k for k, label in enumerate(self.labels) if writer in label.roles]
        grams = self._linear.grams
        hits = grams.of_all([context, text])
        margins, parts = self._linear.run(hits, situations([context, text], ["other", writer]))
        odds = margins[1] * self._calibration[:, 0] + self._calibration[:, -1]
        decisive = next(k for k in columns if self.labels[k].code == STEP_IN)
        score = float(1.0 / (1.0 + np.exp(-odds[decisive])))
        if score < self._thresholds[decisive]:
            return TriageVerdict(False, score, NOBODY)
        words = decision(text, hits[1], parts[1][:, decisive], grams).because
        reasons = [k for k in columns if k != decisive]
        return TriageVerdict(True, score, self.labels[max(reasons, key=lambda k: float(odds[k]))].code, words)
