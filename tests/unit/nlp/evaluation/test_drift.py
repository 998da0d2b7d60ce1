"""Drift: steady where nothing changed, drifted where rates or scores did, silent where there is too little to tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.evaluation.drift import FEWEST_SCORES, FEWEST_VISITS, Sample, distance, judge_drift, stability_index


def a_sample(visits: int, rate: float, *, scores: int = 300, low: float = 0.5, seed: int = 1) -> Sample:
    draw = np.random.default_rng(seed)
    return Sample(
        draw.binomial(40, rate, visits) / 40,  # type: ignore[arg-type]
        draw.uniform(low, 1.0, scores).tolist(),
    )


@pytest.mark.parametrize(
    ("now", "state", "words"),
    [
        (a_sample(80, 0.05, seed=2), "steady", "no more than chance"),
        (a_sample(80, 0.20, seed=2), "drifted", "5.1% before"),
        (a_sample(80, 0.05, low=0.8, seed=2), "drifted", "scores are others"),
        (a_sample(80, 0.05, low=0.54, seed=2), "moved", "scores have moved"),
        (a_sample(80, 0.05, scores=20, seed=2), "steady", "too few findings"),
        (a_sample(FEWEST_VISITS - 1, 0.9, seed=2), "too_few", "fewer than 20 visits"),
        (Sample([], []), "too_few", "fewer than 20 visits"),
    ],
    ids=["the same", "four times as often", "surer", "a little surer", "few findings", "few visits", "none"],
)
def test_each_change_is_named(now: Sample, state: str, words: str) -> None:
    found = judge_drift("objection/price", a_sample(200, 0.05), now)
    assert found.state == state
    assert words in found.said


@pytest.mark.parametrize("seed", range(10))
def test_two_samples_of_one_population_have_not_drifted(seed: int) -> None:
    before = a_sample(60, 0.08, scores=FEWEST_SCORES, seed=100 + seed)
    found = judge_drift("signal/timeline", before, a_sample(60, 0.08, scores=FEWEST_SCORES, seed=200 + seed))
    assert found.state != "drifted"


def test_a_sample_has_not_moved_from_itself() -> None:
    values = np.linspace(0, 1, 500)
    assert stability_index(values, values) == 0.0
    assert distance(values, values) == 0.0


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_scores_that_are_all_the_same_are_compared_too(value: float) -> None:
    same, others = np.full(300, value), np.linspace(0, 1, 300)
    assert stability_index(same, same) == 0.0
    assert stability_index(others, same) > 0.25


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=40),
    st.lists(st.floats(0, 1), min_size=1, max_size=40),
)
def test_distances_lie_between_none_and_whole_and_have_no_direction(one: list[float], other: list[float]) -> None:
    first, second = np.asarray(one), np.asarray(other)
    assert 0.0 <= distance(first, second) <= 1.0
    assert distance(first, second) == pytest.approx(distance(second, first))
    assert stability_index(first, second) >= 0.0


def test_populations_apart_are_as_far_as_can_be() -> None:
    assert distance(np.asarray([0.1, 0.2]), np.asarray([0.8, 0.9])) == 1.0
