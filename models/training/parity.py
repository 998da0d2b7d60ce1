"""The build's proof that the shipped linear graph says what the trainer said; an export that differs is refused.

Invariant: compared on whole talks and on texts that tripped converters before (empty, blanks, emoji, rare, very long).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.linear import LinearWeights
from models.training.matrix import TurnTable, design, turn_table
from nlp.classify import TurnModels
from nlp.classify.grams import Grams
from nlp.classify.rivals import LABELS, RivalMemory
from nlp.types import Turn

Floats = NDArray[np.float64]
TOLERANCE = 1e-4
ODD_TEXTS = (
    "",
    " ",
    "　",
    "\t\n",
    "🙂🙂",
    "㍿㌀",
    "ＡＢＣ１２３",
    "a  b   c",
    "𠮷野家",
    "贵" * 900,
    "^$",
    "\ue900\ue000",
)


class ParityBroken(Exception):
    """The graph and the trainer disagree; the artefact must not ship."""


def odd_talk() -> Conversation:
    """A talk of texts that tripped converters before."""
    return Conversation("odd_1", tuple(LabelledTurn("customer", text, frozenset()) for text in ODD_TEXTS))


def largest_difference(
    talks: Sequence[Conversation],
    weights: LinearWeights,
    grams: Grams,
    calibration: Floats,
    models: TurnModels,
    labels: Sequence[TrainedLabel],
    *,
    encoded: Callable[[TurnTable], NDArray[np.float32]] | None = None,
    memory: RivalMemory | None = None,
) -> float:
    """The largest difference of any probability between trainer and graph.

    Args:
        talks: what to compare on; `odd_talk` is always added.
        weights: as trained.
        grams: the trainer's vocabulary.
        calibration: as shipped, [labels, opinions + 1].
        models: as loaded from what was written.
        labels: columns.
        encoded: the trainer's head over the sentence encoder; None where there is none.
        memory: of rivals' names, as trained; None where there is none.
    """
    worst = 0.0
    for talk in (*talks, odd_talk()):
        table = turn_table([talk], labels)
        margins = weights.margins(design(table, grams))
        turns = [Turn(i, turn.text, turn.role) for i, turn in enumerate(talk.turns)]
        second = models.second_opinion(turns) * (calibration[:, 1] if calibration.shape[1] > 2 else 0.0)
        third = encoded(table) * calibration[:, -2] if encoded else 0.0
        odds = margins * calibration[:, 0] + second + third + calibration[:, -1]
        if memory is not None:
            about = [at for code in LABELS for at, label in enumerate(labels) if label.code == code]
            may = np.stack([np.isin(table.roles, labels[at].roles) for at in about], axis=1)
            told = memory.weigh(table.texts, np.where(may, odds[:, about], -np.inf))
            odds[:, about] = np.where(may, told, odds[:, about])
        expected = 1.0 / (1.0 + np.exp(-odds))
        shipped = models.probabilities(turns)
        worst = max(worst, float(np.abs(expected - shipped).max()))
    return worst


def require_parity(difference: float) -> None:
    """Refuses a difference above `TOLERANCE`.

    Raises:
        ParityBroken: with the difference.
    """
    if not difference <= TOLERANCE:
        raise ParityBroken(f"graph and trainer differ by {difference:.2e}, allowed {TOLERANCE:.0e}")
