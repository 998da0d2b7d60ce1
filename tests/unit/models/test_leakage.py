"""Turns written twice are found when a fold lies between them, and only then."""

import numpy as np
import pytest

from models.training.leakage import near_duplicates

LONG = "这个价格我们真的接受不了你再想想办法"


@pytest.mark.parametrize(
    ("texts", "folds", "found"),
    [
        ([LONG, LONG], [0, 1], 1),
        ([LONG, LONG], [0, 0], 0),
        ([LONG, LONG[:-1]], [0, 1], 1),
        ([LONG, "明天上午十点我带工程师过来给您装好"], [0, 1], 0),
        (["好的好的", "好的好的"], [0, 1], 0),
        ([], [], 0),
    ],
    ids=["twice", "one fold", "nearly", "different", "too short", "none"],
)
def test_pairs_between_folds(texts: list[str], folds: list[int], found: int) -> None:
    assert len(near_duplicates(texts, np.asarray(folds, dtype=np.int64))) == found


def test_a_pair_says_which_turns_and_how_alike() -> None:
    first, second, score = near_duplicates(["短", LONG, LONG], np.asarray([0, 0, 1]))[0]
    assert (first, second) == (1, 2)
    assert score == pytest.approx(1.0)
