"""Seven in ten must mean seven in ten."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.evaluation import expected_calibration_error, reliability


@pytest.mark.parametrize(
    ("scores", "gold", "error"),
    [
        ([0.0, 1.0], [0, 1], 0.0),
        ([1.0, 1.0], [0, 0], 1.0),
        ([0.5, 0.5], [0, 1], 0.0),
        ([0.75] * 4, [1, 1, 1, 0], 0.0),
        ([0.9, 0.9], [1, 0], 0.4),
        ([], [], 0.0),
    ],
    ids=["sure and right", "sure and wrong", "even", "three of four", "too sure", "no scores"],
)
def test_expected_calibration_error(scores: list[float], gold: list[int], error: float) -> None:
    assert expected_calibration_error(np.asarray(scores), np.asarray(gold, dtype=bool)) == pytest.approx(error)


def test_bins_are_filled_in_order_and_count_everything() -> None:
    filled = reliability(np.asarray([0.05, 0.95, 0.06, 1.0]), np.asarray([0, 1, 0, 1], dtype=bool))
    assert [own.count for own in filled] == [2, 2]
    assert filled[0].low == 0.0
    assert filled[-1].high == 1.0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=100))
def test_the_error_is_a_share(pairs: list[tuple[float, bool]]) -> None:
    scores, gold = np.asarray([s for s, _ in pairs]), np.asarray([g for _, g in pairs], dtype=bool)
    assert 0.0 <= expected_calibration_error(scores, gold) <= 1.0
