"""Margins become probabilities; thresholds are what their names promise, on the scores they were drawn from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.calibration import fit_platt, sigmoid, thresholds


def drawn(count: int = 2000) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Scores that come true as often as they say."""
    generator = np.random.default_rng(5)
    scores = generator.random(count)
    return scores, generator.random(count) < scores


def test_platt_recovers_the_scale_that_was_drawn() -> None:
    margins = np.random.default_rng(2).normal(size=(4000, 1)).astype(np.float32)
    gold = np.random.default_rng(3).random(4000) < sigmoid(2.0 * margins[:, 0].astype(float) - 1.0)
    scale, bias = fit_platt(margins, gold)
    assert scale == pytest.approx(2.0, abs=0.2)
    assert bias == pytest.approx(-1.0, abs=0.2)


def test_precision_90_keeps_its_word() -> None:
    scores, gold = drawn()
    called = scores >= thresholds(scores, gold)["precision_90"]
    assert gold[called].mean() >= 0.9


def test_recall_90_keeps_its_word() -> None:
    scores, gold = drawn()
    called = scores >= thresholds(scores, gold)["recall_90"]
    assert called[gold].mean() >= 0.9


def test_f1_is_no_worse_than_one_half() -> None:
    scores, gold = drawn()

    def f1(threshold: float) -> float:
        called = scores >= threshold
        return float(2 * (called & gold).sum() / (called.sum() + gold.sum()))

    assert f1(thresholds(scores, gold)["f1"]) >= f1(0.5)


def test_few_positives_draw_the_threshold_towards_one_half() -> None:
    scores = np.asarray([0.05, 0.04, *[0.01] * 50])
    gold = np.asarray([True, True, *[False] * 50])
    assert 0.4 < thresholds(scores, gold)["f1"] < 0.5


def test_an_unreachable_precision_lets_nothing_fire() -> None:
    scores, gold = np.linspace(0, 0.9, 100), np.asarray([True, False] * 50)
    assert thresholds(scores, gold)["precision_90"] > scores.max()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=40, max_size=80))
def test_thresholds_are_ordered_and_bounded(pairs: list[tuple[float, bool]]) -> None:
    scores, gold = np.asarray([s for s, _ in pairs]), np.asarray([g for _, g in pairs])
    points = thresholds(scores, gold)
    assert all(0.0 <= value <= 1.01 for value in points.values())
