"""How much better the turn models get with more conversations: the linear opinion on growing shares of the corpus.

Why the linear one alone: the network takes half an hour for one share. Invariant: a larger share holds the smaller
ones, and every share is judged on the same turns of files that trained nothing.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.training.corpus import Conversation
from models.training.labels import TrainedLabel
from models.training.report import Figures, is_talk, macro, turn_reports
from models.training.turns import TurnRun, measure, one_opinion

SHARES = (0.125, 0.25, 0.5)


def drawn(conversations: Sequence[Conversation], share: float) -> NDArray[np.bool_]:
    """Which conversations are in a share of them, bool [conversations]; drawn by their words, so always the same.

    Args:
        conversations: the corpus.
        share: in (0, 1].
    """
    names = [f"{talk.source}\n{talk.turns[0].text}\n{at}" for at, talk in enumerate(conversations)]
    order = np.argsort([hashlib.sha256(name.encode()).hexdigest() for name in names])
    kept = np.zeros(len(names), dtype=bool)
    kept[order[: round(share * len(names))]] = True
    return kept


def learning_curve(
    conversations: list[Conversation], labels: list[TrainedLabel], run: TurnRun, shares: Sequence[float] = SHARES
) -> list[Figures]:
    """Macro-F1 of the linear opinion by share of the conversations it learnt from, the whole of them last.

    Args:
        conversations: the corpus that `run` was measured on.
        labels: columns.
        run: the shipped model, measured; its judged turns judge every share.
        shares: below 1, ascending.
    """
    judged = is_talk(run.table.sources) & run.judged
    rows: list[Figures] = []
    for share in (*shares, 1.0):
        kept = drawn(conversations, share)
        part = one_opinion(run, run.linear if share == 1.0 else measure(conversations, labels, learnt=kept).linear)
        turns = int((kept[run.table.conversation] & run.table.labelled).sum())
        rows.append({"share": share, "turns": turns, "macro_f1": macro(turn_reports(part, labels, judged))})
    return rows
