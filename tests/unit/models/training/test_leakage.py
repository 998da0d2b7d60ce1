"""Turns written twice are found when they would judge themselves, and only then."""

import numpy as np
import pytest

from models.training.leakage import SHORTEST, near_duplicates, pair_rows

SAID = "这个价格我拿回去没法跟我们领导交代的呀"
ALMOST = "这个价格我拿回去没法跟我们老板交代的呀"
OTHER = "周四四点以后我让小何去占示教室"


def test_the_same_words_in_two_folds_are_found() -> None:
    ((first, second, score),) = near_duplicates([SAID, OTHER, SAID], np.asarray([0, 1, 2]))
    assert (first, second) == (0, 2)
    assert score == pytest.approx(1.0)


def test_the_same_words_in_one_fold_are_no_leak() -> None:
    assert near_duplicates([SAID, SAID], np.asarray([1, 1])) == []


def test_almost_the_same_words_are_found_with_their_likeness() -> None:
    ((first, second, score),) = near_duplicates([OTHER, SAID, ALMOST], np.asarray([0, 0, 1]))
    assert (first, second) == (1, 2)
    assert score == pytest.approx((len(SAID) - 4) / (len(SAID) + 2))


@pytest.mark.parametrize("text", ["好的好的", "一二三四五六七八九十一"], ids=["short", "one below the limit"])
def test_short_turns_prove_nothing(text: str) -> None:
    assert len(text) < SHORTEST
    assert near_duplicates([text, text], np.asarray([0, 1])) == []


def test_different_words_are_left_alone() -> None:
    assert near_duplicates([SAID, OTHER], np.asarray([0, 1])) == []


def test_no_turns_hold_no_leak() -> None:
    assert near_duplicates([], np.zeros(0, np.int64)) == []


def test_a_pair_is_counted_once_however_often_it_is_said() -> None:
    rows = pair_rows(["好的好的", "的好", "好"]).toarray()
    assert rows.max() == 1.0
    assert rows.sum(axis=1).tolist() == [2.0, 1.0, 0.0]
