"""The training rows say what the scorer will compute: own tokens, neighbours of the same talk, place."""

import numpy as np
import pytest
import scipy.sparse as sp

from models.training.corpus import Conversation, LabelledTurn
from models.training.labels import TrainedLabel
from models.training.matrix import AFTER_SCALE, BEFORE_SCALE, design, shifted, turn_table
from nlp.classify.situation import NAMES
from tests.support.tiny_linear import some_grams

PRICE = TrainedLabel("price", "objection", ("customer",))


def talks() -> list[Conversation]:
    return [
        Conversation(
            "visits_1",
            (LabelledTurn("rep", "便宜", frozenset()), LabelledTurn("customer", "太贵了", frozenset({"price"}))),
        ),
        Conversation("visits_2", (LabelledTurn("customer", "明天再说", frozenset()),)),
    ]


def test_turns_are_flat_with_their_labels_and_sources() -> None:
    table = turn_table(talks(), [PRICE])
    assert table.gold[:, 0].tolist() == [False, True, False]
    assert table.conversation.tolist() == [0, 0, 1]
    assert table.sources.tolist() == ["visits_1", "visits_1", "visits_2"]


@pytest.mark.parametrize(("step", "expected"), [(-1, [[0], [1], [0]]), (1, [[2], [0], [0]])], ids=["before", "after"])
def test_neighbours_never_come_from_another_talk(step: int, expected: list[list[int]]) -> None:
    rows = sp.csr_matrix(np.asarray([[1], [2], [3]], dtype=np.float32))
    assert shifted(rows, np.asarray([0, 0, 1]), step).toarray().tolist() == expected


def test_the_design_lays_own_before_after_and_place_side_by_side() -> None:
    grams = some_grams()
    rows = design(turn_table(talks(), [PRICE]), grams).toarray()
    assert rows.shape == (3, grams.size + 2 * grams.context_size + len(NAMES))
    own = rows[:, : grams.size]
    before = rows[:, grams.size : grams.size + grams.context_size]
    after = rows[:, grams.size + grams.context_size : grams.size + 2 * grams.context_size]
    assert before[1] == pytest.approx(own[0, : grams.context_size] * BEFORE_SCALE)
    assert after[0] == pytest.approx(own[1, : grams.context_size] * AFTER_SCALE)
    assert not before[0].any()
    assert not after[1].any()
