"""Weights over grams, of the turn itself and of its neighbours, run by onnxruntime.

Invariant: the graph holds all weights; `LinearScorer` only says which grams stand where. One projection per turn
serves the turn itself, the one after it and the one before it.
"""

from collections.abc import Sequence

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from nlp.classify.grams import GramHits, Grams

Scores = NDArray[np.float32]


class LinearScorer:
    """Margins [turns, labels] of a conversation from its grams and situations."""

    def __init__(self, grams: Grams, session: ort.InferenceSession, labels: int) -> None:
        self.grams = grams
        self._session = session
        self._labels = labels

    def feeds(self, hits: Sequence[GramHits], situations: Scores) -> dict[str, NDArray[np.generic]]:
        """What the graph reads for one conversation.

        Args:
            hits: the grams of each turn, in order.
            situations: float32 [turns, features].
        """
        count = len(hits)
        ids = np.concatenate([np.zeros(0, np.int64), *(hit.ids for hit in hits)])
        values = np.concatenate([np.zeros(0, np.float32), *(hit.values for hit in hits)])[:, None]
        rows = np.repeat(np.arange(count, dtype=np.int64), [len(hit.ids) for hit in hits])[:, None]
        near = ids < self.grams.context_size
        return {
            "ids": ids,
            "values": values,
            "rows": rows,
            "near_ids": ids[near],
            "near_values": values[near],
            "near_rows": rows[near],
            "blank": np.zeros((count + 1, self._labels), np.float32),
            "near_blank": np.zeros((count + 1, 2 * self._labels), np.float32),
            "before": np.asarray([count, *range(count - 1)][:count], np.int64),
            "after": np.asarray([*range(1, count), count][:count], np.int64),
            "situations": situations,
        }

    def run(self, hits: Sequence[GramHits], situations: Scores) -> tuple[Scores, list[Scores]]:
        """Margins float32 [turns, labels], and per turn what each of its grams adds, float32 [its grams, labels].

        Args:
            hits: the grams of each turn, in order.
            situations: float32 [turns, features].
        """
        if not hits:
            return np.zeros((0, self._labels), np.float32), []
        margins, parts = self._session.run(["margins", "contributions"], self.feeds(hits, situations))
        return margins, np.split(parts, np.cumsum([len(hit.ids) for hit in hits])[:-1])
