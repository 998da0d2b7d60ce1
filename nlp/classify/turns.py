"""Scores every turn of a talk for objections and signals, offline, with calibrated probabilities.

Invariant: the opinions (linear, and network and sentence encoder where there are any) are added by stored weights, the
labels about rivals are weighed again by what the talk said of their names, and all pass one sigmoid per label, so
thresholds mean the same here as where they were measured; the linear opinion gives reasons.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from nlp.classify.encoded import EncodedScorer
from nlp.classify.explanation import decision
from nlp.classify.grams import GramHits, Reading
from nlp.classify.linear import LinearScorer
from nlp.classify.network import NetworkScorer
from nlp.classify.opening import load_classifier
from nlp.classify.rivals import LABELS, RivalMemory
from nlp.classify.situation import situations
from nlp.classify.verdicts import Label, LabelKind, LabelScore, OperatingPoints, TurnScores
from nlp.types import Role, Turn

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
        network: NetworkScorer | None = None,
        encoded: EncodedScorer | None = None,
        rivals: RivalMemory | None = None,
        points: OperatingPoints | None = None,
    ) -> None:
        """Holds what `load` read.

        Args:
            version: of the directory.
            labels: in the order of the margins' columns.
            calibration: log-odds per unit of each opinion's margin, and last the bias, [labels, opinions + 1].
            linear: first opinion, and the one that gives the reasons.
            network: second opinion; None for models trained without one.
            encoded: a sentence encoder's opinion; None for models trained without one.
            rivals: the memory of rivals' names; None for models trained without one.
            points: which of the stored thresholds decide; None for the best F1 of each label.
        """
        self.version = version
        self.labels = tuple(labels)
        self._calibration = calibration
        self._linear = linear
        self._network = network
        self._encoded = encoded
        self._rivals = rivals
        codes = [label.code for label in self.labels]
        self._about_rivals = [codes.index(code) for code in LABELS] if rivals is not None else []
        chosen = points or OperatingPoints()
        thresholds = [chosen.threshold(label) for label in self.labels]
        self._doubts = [chosen.doubt(label) for label in self.labels]
        self._of_role = {
            role: [(k, label, thresholds[k]) for k, label in enumerate(self.labels) if role in label.roles]
            for role in get_args(Role)
        }
        self._columns = {
            role: [
                [(k, label.code, threshold) for k, label, threshold in rows if label.kind == kind]
                for kind in get_args(LabelKind)
            ]
            for role, rows in self._of_role.items()
        }

    @classmethod
    def load(
        cls, directory: Path, *, points: OperatingPoints | None = None, encoder: Path | None = None
    ) -> "TurnModels":
        """Reads a model directory, checking every file.

        Args:
            directory: `models/turns` or one trained like it.
            points: which of the stored thresholds decide; None for the best F1 of each label.
            encoder: where the sentence encoder lies; read only by a model that was trained with one.

        Raises:
            ModelMissing: the directory holds no complete model.
            ModelRefused: a file is not the one the manifest describes, or the model names an encoder that is not there.
        """
        made = load_classifier(directory, encoder=encoder)
        return cls(
            made.version,
            made.labels,
            made.calibration,
            linear=made.linear,
            network=made.network,
            encoded=made.encoded,
            rivals=made.rivals,
            points=points,
        )

    def probabilities(self, turns: Sequence[Turn]) -> Scores:
        """Calibrated scores of all labels, float32 [turns, labels], whatever the role.

        Args:
            turns: one conversation, in order, with roles.
        """
        return self._opinions(turns)[0]

    def score(self, turns: Sequence[Turn]) -> list[TurnScores]:
        """All labels that each turn's role can carry, with the words that decided where a label fires.

        Args:
            turns: one conversation, in order, with roles; an empty one gives an empty list.
        """
        scores, hits, parts = self._opinions(turns)
        readings = self._linear.grams.read_all([turn.text for turn in turns])
        return [
            self._turn_scores(turn, row, hit, part, reading)
            for turn, row, hit, part, reading in zip(turns, scores.tolist(), hits, parts, readings, strict=True)
        ]

    def doubts(self, turns: Sequence[Turn]) -> list[TurnScores]:
        """Labels of each turn that do not fire and are not ruled out: what another opinion may decide.

        Their scores are below the threshold, at or above that of the recall point; none where precision was asked for.

        Args:
            turns: one conversation, in order, with roles.
        """
        return [self._doubted(turn, row) for turn, row in zip(turns, self.probabilities(turns).tolist(), strict=True)]

    def _doubted(self, turn: Turn, row: Sequence[float]) -> TurnScores:
        scores, whole = TurnScores(), (0, len(turn.text))
        for column, label, threshold in self._of_role[turn.role]:
            if self._doubts[column] <= row[column] < threshold:
                verdict = LabelScore(row[column], threshold, whole)
                (scores.objections if label.kind == "objection" else scores.signals)[label.code] = verdict
        return scores

    def second_opinion(self, turns: Sequence[Turn]) -> Scores:
        """The network's own margins, float32 [turns, labels]; zeros where there is none or nothing to read.

        Args:
            turns: one conversation, in order, with roles.
        """
        if self._network is None or not turns:
            return np.zeros((len(turns), len(self.labels)), np.float32)
        return self._network.margins([turn.text for turn in turns], [turn.role for turn in turns])

    def _opinions(self, turns: Sequence[Turn]) -> tuple[Scores, list[GramHits], list[Scores]]:
        """Calibrated scores, tokens of each turn, and what each token adds to the linear margin."""
        texts, roles = [turn.text for turn in turns], [turn.role for turn in turns]
        hits = self._linear.grams.of_all(texts)
        margins, parts = self._linear.run(hits, situations(texts, roles))
        odds = margins * self._calibration[:, 0] + self._calibration[:, -1]
        if self._network is not None:
            odds = odds + self.second_opinion(turns) * self._calibration[:, 1]
        if self._encoded is not None and turns:
            odds = odds + self._encoded.margins(texts) * self._calibration[:, -2]
        if self._rivals is not None and turns:
            odds[:, self._about_rivals] = self._remembered(self._rivals, texts, roles, odds[:, self._about_rivals])
        return (1.0 / (1.0 + np.exp(-odds))).astype(np.float32), hits, parts

    def _turn_scores(
        self, turn: Turn, row: Sequence[float], hit: GramHits, parts: Scores, reading: Reading
    ) -> TurnScores:
        whole, text, grams = (0, len(turn.text)), turn.text, self._linear.grams
        objections, signals = (
            {code: LabelScore(row[column], threshold, whole) for column, code, threshold in columns}
            for columns in self._columns[turn.role]
        )
        for column, label, threshold in self._of_role[turn.role]:
            if row[column] >= threshold:
                added = parts[:, column] * np.float32(self._calibration[column, 0])
                why = decision(text, hit, added, grams, reading=reading)
                of_kind = objections if label.kind == "objection" else signals
                of_kind[label.code] = LabelScore(row[column], threshold, why.span, why.because)
        return TurnScores(objections, signals)

    def _remembered(
        self, memory: RivalMemory, texts: Sequence[str], roles: Sequence[Role], odds: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The log-odds about rivals, weighed again where the role can carry the label."""
        may = np.asarray([[role in self.labels[k].roles for k in self._about_rivals] for role in roles])
        return np.where(may, memory.weigh(texts, np.where(may, odds, -np.inf)), odds)
