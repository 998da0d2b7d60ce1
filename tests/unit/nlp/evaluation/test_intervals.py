"""Bootstrap intervals over conversations."""

import numpy as np
import pytest

from nlp.evaluation.intervals import macro_f1_interval, mean_interval


def test_the_interval_holds_the_mean_and_narrows_with_more_conversations() -> None:
    chance = np.random.default_rng(3)
    few, many = (chance.random(n) < 0.7 for n in (40, 4_000))
    low, high = mean_interval(few.astype(float), np.arange(40))
    assert low <= few.mean() <= high
    tight = mean_interval(many.astype(float), np.arange(4_000))
    assert tight[1] - tight[0] < (high - low) / 3


def test_turns_of_one_conversation_count_as_one() -> None:
    values = np.repeat([1.0, 0.0], 50)
    alone = mean_interval(values, np.arange(100))
    together = mean_interval(values, np.repeat([0, 1], 50))
    assert together == (0.0, 1.0)
    assert alone[1] - alone[0] < 0.3


def test_a_model_that_is_always_right_has_no_spread() -> None:
    gold = np.array([[True, False], [False, True], [True, True]])
    assert macro_f1_interval(gold, gold, np.array([0, 1, 2])) == pytest.approx((0.667, 1.0), abs=0.35)
    assert mean_interval(np.ones(3), np.array([0, 1, 2])) == (1.0, 1.0)


def test_macro_f1_lies_within_its_interval() -> None:
    chance = np.random.default_rng(5)
    gold = chance.random((300, 4)) < 0.3
    called = gold ^ (chance.random((300, 4)) < 0.1)
    f1 = np.mean(2 * (called & gold).sum(axis=0) / (called.sum(axis=0) + gold.sum(axis=0)))
    low, high = macro_f1_interval(called, gold, np.repeat(np.arange(60), 5))
    assert low < f1 < high
    assert high - low < 0.2


def test_nothing_to_judge_gives_no_interval() -> None:
    nothing = np.zeros((0, 2), dtype=bool)
    assert mean_interval(np.zeros(0), np.zeros(0, dtype=np.int64)) == (0.0, 0.0)
    assert macro_f1_interval(nothing, nothing, np.zeros(0, dtype=np.int64)) == (0.0, 0.0)
