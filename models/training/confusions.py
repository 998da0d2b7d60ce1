"""What a label is taken for, and what is taken for it, with sentences of files that the judging model had not learnt.

Invariant: every quote is the text of a judged turn; counts are turns whose role can carry the label.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.training.labels import TrainedLabel
from models.training.report import Figures, is_talk
from models.training.turns import TurnRun, calls

NOTHING = "none"
MOST = 2
LONGEST = 44
Mask = NDArray[np.bool_]


def confusions(run: TurnRun, labels: Sequence[TrainedLabel]) -> dict[str, dict[str, list[Figures]]]:
    """Per code `missed` (what the turns that carry it were called instead) and `wrongly` (what the turns that were
    called it carry), the commonest first, each with its count and the surest example.

    Args:
        run: the measured model.
        labels: its columns.
    """
    judged = is_talk(run.table.sources) & run.judged
    called, gold = calls(run) & run.allowed, run.table.gold & run.allowed
    scores = run.probabilities()
    found: dict[str, dict[str, list[Figures]]] = {}
    for k, label in enumerate(labels):
        missed = np.flatnonzero(judged & gold[:, k] & ~called[:, k])
        wrongly = np.flatnonzero(judged & called[:, k] & ~gold[:, k])
        kind = np.asarray([other.kind == label.kind for other in labels])
        found[label.code] = {
            "missed": _commonest(run, labels, missed, called & ~gold & kind, sure=1.0 - scores[:, k]),
            "wrongly": _commonest(run, labels, wrongly, gold & kind, sure=scores[:, k]),
        }
    return found


def _commonest(
    run: TurnRun, labels: Sequence[TrainedLabel], at: NDArray[np.int64], others: Mask, *, sure: NDArray[np.float64]
) -> list[Figures]:
    """The commonest labels of the turns `at` among `others`, each with the example of which the model was surest."""
    codes = {
        int(i): [label.code for label, holds in zip(labels, others[i], strict=True) if holds] or [NOTHING] for i in at
    }
    counts = Counter(code for own in codes.values() for code in own)
    rows: list[Figures] = []
    for code, times in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]:
        example = max((i for i, own in codes.items() if code in own), key=lambda i: (float(sure[i]), -i))
        rows.append({"code": code, "turns": times, "quote": _quote(run, example)})
    return rows


def _quote(run: TurnRun, at: int) -> str:
    text = run.table.texts[at].replace("|", "／").replace("\n", " ")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
