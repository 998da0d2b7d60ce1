"""Counts, F1 and intervals that grow when turns of one talk hang together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.evaluation import LabelReport, average_precision, label_report, macro_f1


def report(called: list[int], gold: list[int], groups: list[int] | None = None) -> LabelReport:
    place = np.asarray(groups if groups is not None else range(len(gold)), dtype=np.int64)
    return label_report(np.asarray(called, dtype=bool), np.asarray(gold, dtype=bool), place)


@pytest.mark.parametrize(
    ("called", "gold", "expected"),
    [
        ([1, 1, 0, 0], [1, 0, 1, 0], (0.5, 0.5, 0.5)),
        ([1, 1], [1, 1], (1.0, 1.0, 1.0)),
        ([0, 0], [1, 1], (0.0, 0.0, 0.0)),
        ([1, 1, 1, 1], [1, 0, 0, 0], (0.25, 1.0, 0.4)),
        ([0, 0], [0, 0], (0.0, 0.0, 0.0)),
    ],
    ids=["half", "all right", "nothing called", "everything called", "nothing to find"],
)
def test_precision_recall_and_f1(called: list[int], gold: list[int], expected: tuple[float, float, float]) -> None:
    found = report(called, gold)
    assert (found.precision, found.recall, found.f1) == pytest.approx(expected)


def test_no_turns_give_zeros() -> None:
    assert report([], []).f1 == 0.0


def test_the_interval_holds_the_estimate() -> None:
    generator = np.random.default_rng(1)
    gold = (generator.random(400) < 0.3).astype(int)
    called = np.where(generator.random(400) < 0.8, gold, 1 - gold)
    found = report(called.tolist(), gold.tolist())
    assert found.f1_low < found.f1 < found.f1_high


def test_turns_that_hang_together_widen_the_interval() -> None:
    gold = [1] * 200
    called = [1] * 100 + [0] * 100
    alone, together = report(called, gold), report(called, gold, [at // 50 for at in range(200)])
    assert together.f1_high - together.f1_low > alone.f1_high - alone.f1_low


def test_the_same_seed_gives_the_same_interval() -> None:
    assert report([1, 0, 1], [1, 1, 0]) == report([1, 0, 1], [1, 1, 0])


def test_macro_f1_is_the_plain_mean() -> None:
    assert macro_f1([report([1], [1]), report([0], [1])]) == 0.5
    assert macro_f1([]) == 0.0


@pytest.mark.parametrize(
    ("scores", "gold", "expected"),
    [
        ([0.9, 0.8, 0.1], [1, 1, 0], 1.0),
        ([0.9, 0.8, 0.1], [0, 0, 1], 1 / 3),
        ([0.9, 0.8], [0, 1], 0.5),
        ([0.9], [0], 0.0),
    ],
    ids=["perfect", "last", "second", "nothing to find"],
)
def test_average_precision(scores: list[float], gold: list[int], expected: float) -> None:
    assert average_precision(np.asarray(scores), np.asarray(gold, dtype=bool)) == pytest.approx(expected)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=50))
def test_f1_lies_between_precision_and_recall(pairs: list[tuple[bool, bool]]) -> None:
    found = report([int(called) for called, _ in pairs], [int(gold) for _, gold in pairs])
    low, high = sorted((found.precision, found.recall))
    assert low - 1e-9 <= found.f1 <= high + 1e-9 or found.f1 == 0.0
