"""One doubtful turn is settled by the turns around it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.roles.smoothing import averaged_posterior, posterior

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


COUNTED = np.asarray([[0.01, 0.99], [0.99, 0.01]])
REP, CUSTOMER, DOUBT = [0.9, 0.1], [0.1, 0.9], [0.5, 0.5]


def test_a_speech_that_was_cut_into_pieces_stays_with_its_speaker() -> None:
    evidence = np.asarray([*[REP] * 5, DOUBT, REP, *[CUSTOMER] * 5, DOUBT, CUSTOMER])
    strict = posterior(evidence, EVEN, COUNTED)
    assert strict.argmax(axis=1).tolist() != [0] * 7 + [1] * 7
    scores = averaged_posterior(evidence, EVEN, COUNTED, sides=(0, 1))
    assert scores.argmax(axis=1).tolist() == [0] * 7 + [1] * 7


def test_a_talk_turn_by_turn_is_judged_as_before() -> None:
    evidence = np.asarray([REP, DOUBT, REP, CUSTOMER, DOUBT, CUSTOMER, DOUBT, CUSTOMER])
    scores = averaged_posterior(evidence, EVEN, COUNTED, sides=(0, 1))
    assert scores.argmax(axis=1).tolist() == [0, 1, 0, 1, 0, 1, 0, 1]
    assert scores == pytest.approx(posterior(evidence, EVEN, COUNTED), abs=0.05)


def test_moves_to_a_third_role_are_as_they_were_counted() -> None:
    moves = np.asarray([[0.1, 0.6, 0.3], [0.6, 0.1, 0.3], [0.4, 0.4, 0.2]])
    evidence = np.asarray([[0.2, 0.2, 0.6]])
    scores = averaged_posterior(evidence, np.asarray([0.3, 0.3, 0.4]), moves, sides=(0, 1))
    assert scores == pytest.approx(posterior(evidence, np.asarray([0.3, 0.3, 0.4]), moves))


@given(st.lists(st.tuples(st.floats(1e-6, 1.0), st.floats(1e-6, 1.0)), max_size=300))
def test_averaged_scores_are_probabilities_too(evidence: list[tuple[float, float]]) -> None:
    scores = averaged_posterior(np.asarray(evidence).reshape(-1, 2), EVEN, COUNTED, sides=(0, 1))
    assert scores.shape == (len(evidence), 2)
    assert scores.sum(axis=1) == pytest.approx(np.ones(len(evidence)))
