"""Margins become probabilities, and each operating point keeps what its name promises."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.training.calibration import FEW_POSITIVES, fit_platt, sigmoid, thresholds

Scores = NDArray[np.float64]
Gold = NDArray[np.bool_]
RANKED = st.lists(st.tuples(st.integers(1, 100), st.booleans()), min_size=1, max_size=60)
MANY = st.lists(st.tuples(st.integers(1, 100), st.booleans()), min_size=60, max_size=120)


def columns(rows: list[tuple[int, bool]]) -> tuple[Scores, Gold]:
    return np.asarray([score / 100 for score, _ in rows]), np.asarray([hit for _, hit in rows], dtype=bool)


def f1_at(cut: float, scores: Scores, gold: Gold) -> float:
    called = scores >= cut
    return 2 * int((called & gold).sum()) / max(1, int(called.sum() + gold.sum()))


@given(RANKED)
def test_at_the_precise_point_nine_of_ten_calls_are_right_or_none_is_made(rows: list[tuple[int, bool]]) -> None:
    scores, gold = columns(rows)
    called = scores >= thresholds(scores, gold)["precision_90"]
    assert not called.any() or gold[called].mean() >= 0.9


@given(RANKED)
def test_at_the_complete_point_nine_of_ten_are_found(rows: list[tuple[int, bool]]) -> None:
    scores, gold = columns(rows)
    called = scores >= thresholds(scores, gold)["recall_90"]
    assert called[gold].sum() >= 0.9 * gold.sum()


@given(RANKED)
def test_no_higher_cut_would_find_nine_of_ten(rows: list[tuple[int, bool]]) -> None:
    scores, gold = columns(rows)
    cut = thresholds(scores, gold)["recall_90"]
    for higher in np.unique(scores[scores >= cut])[1:]:
        assert (scores[gold] >= higher).sum() < 0.9 * gold.sum()


@given(MANY)
def test_with_enough_positives_no_cut_has_a_better_f1(rows: list[tuple[int, bool]]) -> None:
    scores, gold = columns([*rows, *((score, True) for score, _ in rows[:FEW_POSITIVES])])
    best = max(f1_at(cut, scores, gold) for cut in np.unique(scores))
    assert f1_at(thresholds(scores, gold)["f1"], scores, gold) == pytest.approx(best)


@given(RANKED, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_no_matter(rows: list[tuple[int, bool]], shuffler: Random) -> None:
    again = list(rows)
    shuffler.shuffle(again)
    assert thresholds(*columns(rows)) == thresholds(*columns(again))


def test_rows_of_one_score_fall_together() -> None:
    scores, gold = np.full(5, 0.5), np.asarray([True, True, False, False, False])
    assert thresholds(scores, gold)["precision_90"] > 0.5


def test_few_positives_draw_the_threshold_towards_a_half() -> None:
    scores, gold = np.asarray([0.9, 0.8, 0.1, 0.1]), np.asarray([True, True, False, False])
    alone = thresholds(scores, gold)["f1"]
    many = thresholds(np.tile(scores, 20), np.tile(gold, 20))["f1"]
    assert many == pytest.approx(0.45)
    assert alone == pytest.approx((2 * 0.45 + 28 * 0.5) / FEW_POSITIVES, abs=1e-4)


def test_a_label_that_never_holds_never_fires_at_the_precise_point() -> None:
    scores = np.asarray([0.9, 0.4, 0.2])
    points = thresholds(scores, np.zeros(3, dtype=bool))
    assert not (scores >= points["precision_90"]).any()
    assert points["f1"] == 0.5


def test_a_perfect_ranking_needs_no_compromise() -> None:
    scores, gold = np.linspace(0.99, 0.01, 100), np.arange(100) < 40
    points = thresholds(scores, gold)
    assert np.array_equal(scores >= points["f1"], gold)
    assert (scores >= points["precision_90"]).sum() == 44
    assert (scores >= points["recall_90"]).sum() == 36


def test_platt_turns_margins_into_how_often_the_label_holds() -> None:
    source = np.random.default_rng(5)
    margins = source.normal(size=(4000, 1)).astype(np.float32)
    gold = source.random(4000) < sigmoid(2.0 * margins[:, 0].astype(np.float64) - 1.0)
    weight, bias = fit_platt(margins, gold)
    assert [weight, bias] == pytest.approx([2.0, -1.0], abs=0.2)


def test_platt_weighs_every_column() -> None:
    source = np.random.default_rng(6)
    margins = source.normal(size=(2000, 2)).astype(np.float32)
    first, second, _ = fit_platt(margins, margins[:, 0] - margins[:, 1] > source.normal(size=2000) / 2)
    assert first > 1 > -1 > second


@given(st.floats(-30, 30))
def test_odds_and_their_opposite_add_to_one(odds: float) -> None:
    both = sigmoid(np.asarray([odds, -odds]))
    assert both.sum() == pytest.approx(1.0)
    assert (both[0] > 0.5) == (odds > 0) or odds == pytest.approx(0, abs=1e-12)
