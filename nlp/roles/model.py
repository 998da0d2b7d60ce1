"""Tells rep, customer and others apart by what they say, for transcripts that come without roles.

Invariant: a role's score is its calibrated posterior over the whole talk, never of one turn alone.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.classify.artefact import load_artefact, session
from nlp.classify.linear import LinearScorer
from nlp.classify.opening import open_grams
from nlp.classify.situation import situations
from nlp.roles.smoothing import averaged_posterior
from nlp.types import Role

Floats = NDArray[np.float64]
ROLE_ORDER: tuple[Role, ...] = ("rep", "customer", "other")
SIDES = (0, 1)
"""The two that answer each other, as places in `ROLE_ORDER`."""


class RoleModel:
    """Linear evidence per turn, smoothed over the talk."""

    def __init__(self, version: str, linear: LinearScorer, smoothing: Mapping[str, list[list[float]]]) -> None:
        self.version = version
        self._linear = linear
        self._calibration = np.asarray(smoothing["calibration"], dtype=np.float64)
        self._start = np.asarray(smoothing["start"][0], dtype=np.float64)
        self._moves = np.asarray(smoothing["moves"], dtype=np.float64)

    @classmethod
    def load(cls, directory: Path) -> "RoleModel":
        """Reads a model directory, checking every file.

        Args:
            directory: `models/roles` or one trained like it.

        Raises:
            ModelMissing: the directory holds no complete model.
            ModelRefused: a file is not the one the manifest describes.
        """
        artefact = load_artefact(directory)
        linear = LinearScorer(open_grams(artefact), session(artefact.content("linear.onnx")), len(ROLE_ORDER))
        return cls(artefact.version, linear, artefact.json("smoothing.json"))

    def margins(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Raw evidence, float32 [turns, roles in `ROLE_ORDER`]."""
        unknown: list[Role] = ["other"] * len(texts)
        hits = self._linear.grams.of_all(texts)
        return self._linear.run(hits, situations(texts, unknown))[0]

    def predict(self, texts: Sequence[str]) -> list[tuple[Role, float]]:
        """The role of every turn with its probability.

        Args:
            texts: the turns of one talk, in order, Simplified.
        """
        if not texts:
            return []
        odds = self.margins(texts) @ self._calibration[:-1] + self._calibration[-1]
        evidence = np.exp(odds - odds.max(axis=1, keepdims=True))
        scores = averaged_posterior(evidence, self._start, self._moves, sides=SIDES)
        return [(ROLE_ORDER[int(row.argmax())], float(row.max())) for row in scores]
