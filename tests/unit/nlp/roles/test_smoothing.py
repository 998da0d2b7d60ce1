"""One doubtful turn is settled by the turns around it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.roles.smoothing import posterior

EVEN = np.asarray([0.5, 0.5])
ALTERNATING = np.asarray([[0.1, 0.9], [0.9, 0.1]])


def test_a_doubtful_turn_between_two_sure_ones_takes_the_other_role() -> None:
    scores = posterior(np.asarray([[0.9, 0.1], [0.5, 0.5], [0.9, 0.1]]), EVEN, ALTERNATING)
    assert scores.argmax(axis=1).tolist() == [0, 1, 0]


def test_strong_words_overrule_the_pattern() -> None:
    scores = posterior(np.asarray([[0.9, 0.1], [1.0, 0.0001], [0.9, 0.1]]), EVEN, ALTERNATING)
    assert scores[1].argmax() == 0


def test_a_single_turn_is_judged_by_start_and_words() -> None:
    scores = posterior(np.asarray([[0.2, 0.2]]), np.asarray([0.7, 0.3]), ALTERNATING)
    assert scores[0] == pytest.approx([0.7, 0.3])


def test_no_turns_give_no_scores() -> None:
    assert posterior(np.zeros((0, 2)), EVEN, ALTERNATING).shape == (0, 2)


def test_it_agrees_with_summing_over_every_path() -> None:
    evidence = np.asarray([[0.6, 0.4], [0.3, 0.7], [0.5, 0.2]])
    words, moves = evidence, ALTERNATING
    paths = {
        (a, b, c): EVEN[a] * words[0, a] * moves[a, b] * words[1, b] * moves[b, c] * words[2, c]
        for a, b, c in product((0, 1), repeat=3)
    }
    total = sum(paths.values())
    expected = [sum(value for path, value in paths.items() if path[at] == 0) / total for at in range(3)]
    assert posterior(evidence, EVEN, ALTERNATING)[:, 0] == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(1e-6, 1.0), st.floats(1e-6, 1.0)), min_size=1, max_size=300))
def test_scores_are_probabilities_however_long_the_talk(evidence: list[tuple[float, float]]) -> None:
    scores = posterior(np.asarray(evidence), EVEN, ALTERNATING)
    assert np.isfinite(scores).all()
    assert scores.sum(axis=1) == pytest.approx(np.ones(len(evidence)))
