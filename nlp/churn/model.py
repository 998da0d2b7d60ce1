"""Churn risk of one visit as a small additive model whose every point can be read aloud.

Invariant: probability is that of not-low; the level follows from two calibrated cuts; reasons name the turn they quote.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.churn.features import NAMES, TITLES, Measure, measures
from nlp.classify.artefact import load_artefact
from nlp.classify.verdicts import TurnScores
from nlp.types import Because, ChurnRisk, RiskLevel, Turn

Floats = NDArray[np.float64]
MOST_REASONS = 4
QUOTE_LENGTH = 30
SMALLEST_MOVE = 0.02


class ChurnModel:
    """Two logistic scales over the same features: not-low, and high."""

    def __init__(self, version: str, weights: Mapping[str, object]) -> None:
        self.version = version
        self._weights = np.asarray(weights["weights"], dtype=np.float64)
        self._bias = np.asarray(weights["bias"], dtype=np.float64)
        self._centre = np.asarray(weights["centre"], dtype=np.float64)
        self._cuts = np.asarray(weights["cuts"], dtype=np.float64)

    @classmethod
    def load(cls, directory: Path) -> "ChurnModel":
        """Reads a model directory, checking every file.

        Args:
            directory: `models/churn` or one trained like it.

        Raises:
            ModelMissing: the directory holds no complete model.
            ModelRefused: a file is not the one the manifest describes.
        """
        artefact = load_artefact(directory)
        return cls(artefact.version, artefact.json("weights.json"))

    def assess(self, turns: Sequence[Turn], scores: Sequence[TurnScores]) -> ChurnRisk:
        """The risk of one talk; a talk without turns is as risky as the average one.

        Args:
            turns: one talk, in order, with roles.
            scores: `TurnModels.score` of the same turns.
        """
        found = measures(turns, scores)
        values = np.asarray([found[name].value for name in NAMES]) if turns else self._centre
        not_low, high = 1.0 / (1.0 + np.exp(-(self._weights @ values + self._bias)))
        level: RiskLevel = "low" if not_low < self._cuts[0] else "high" if high >= self._cuts[1] else "medium"
        reasons = self._reasons(turns, found, values, raising=level != "low") if turns else ()
        return ChurnRisk(level, float(not_low), reasons)

    def _reasons(
        self, turns: Sequence[Turn], found: Mapping[str, Measure], values: Floats, *, raising: bool
    ) -> tuple[Because, ...]:
        """What moved this talk away from the average, strongest first, only in the direction of its level."""
        moved = self._weights[0] * (values - self._centre)
        order = np.argsort(-moved if raising else moved)
        reasons: list[Because] = []
        for at in order[:MOST_REASONS]:
            if bool(moved[at] > 0) != raising or abs(moved[at]) < SMALLEST_MOVE:
                continue
            measure = found[NAMES[at]]
            title = TITLES[NAMES[at]] if values[at] >= self._centre[at] else f"少见：{TITLES[NAMES[at]]}"
            quote = "" if measure.turn is None or measure.value < 0.3 else turns[measure.turn].text[:QUOTE_LENGTH]
            reasons.append(Because(f"{title}：「{quote}」" if quote else title, round(float(moved[at]), 3)))
        return tuple(reasons)
