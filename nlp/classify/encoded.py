"""The opinion of a sentence encoder: what a turn and the one before it mean, weighed label by label.

Why the turn before: 「那家」 says nothing alone. Invariant: training and scoring lay vectors side by side alike.
"""

from collections.abc import Sequence

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from nlp.encode.encoder import SentenceEncoder, Vectors

BEFORE_SHARE = np.float32(0.5)


def beside_the_turn_before(vectors: Vectors, opens: NDArray[np.bool_]) -> Vectors:
    """Each turn's vector and, half as loud, that of the turn before it; float32 [turns, 2 * width].

    Args:
        vectors: of turns in order, [turns, width].
        opens: whether a talk begins with the turn, so that nothing is before it, [turns].
    """
    before = np.zeros_like(vectors)
    before[1:] = vectors[:-1] * BEFORE_SHARE
    before[opens] = 0
    return np.concatenate([vectors, before], axis=1)


class EncodedScorer:
    """Margins of a talk from its vectors."""

    def __init__(self, encoder: SentenceEncoder, head: ort.InferenceSession) -> None:
        self.encoder = encoder
        self._head = head

    def margins(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Uncalibrated margins of at least one turn, float32 [turns, labels].

        Args:
            texts: the turns of one talk, in order.
        """
        opens = np.arange(len(texts)) == 0
        rows = beside_the_turn_before(self.encoder.encode(texts), opens)
        margins: NDArray[np.float32] = self._head.run(["margins"], {"vectors": rows})[0]
        return margins
