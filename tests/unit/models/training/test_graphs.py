"""The exported graph says what the weights said: the same margins, turn by turn, for any talk."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.training.corpus import Conversation, LabelledTurn
from models.training.linear import LinearWeights, fit_linear, graph_of
from models.training.matrix import design, turn_table
from nlp.classify.artefact import session
from nlp.classify.linear import LinearScorer
from nlp.classify.situation import NAMES, situations
from nlp.types import Role
from tests.support.tiny_linear import NEAR, TEXTS, some_grams

LABELS = 3
GRAMS = some_grams()
SAID = st.one_of(st.sampled_from(TEXTS), st.text("太贵跪便宜点明天发您吧了，。？a3🙂", max_size=20))
TALK = st.lists(st.tuples(st.sampled_from(["customer", "rep", "other"]), SAID), min_size=1, max_size=8)


def some_weights(seed: int) -> LinearWeights:
    """Random weights in the half precision that is stored."""
    rows = GRAMS.size + 2 * NEAR + len(NAMES)
    source = np.random.default_rng(seed)
    weights = source.normal(size=(rows, LABELS)).astype(np.float16).astype(np.float32)
    return LinearWeights(weights, source.normal(size=LABELS).astype(np.float32))


SCORERS = {
    seed: (some_weights(seed), LinearScorer(GRAMS, session(graph_of(some_weights(seed), GRAMS)), LABELS))
    for seed in range(3)
}


def margins_of(weights: LinearWeights, talk: list[tuple[Role, str]]) -> NDArray[np.float32]:
    turns = tuple(LabelledTurn(role, text, frozenset()) for role, text in talk)
    return weights.margins(design(turn_table([Conversation("visits_1", turns)], []), GRAMS))


@given(TALK, st.sampled_from(sorted(SCORERS)))
def test_the_graph_scores_a_talk_as_training_did(talk: list[tuple[Role, str]], seed: int) -> None:
    weights, scorer = SCORERS[seed]
    texts = [text for _, text in talk]
    margins, _ = scorer.run(GRAMS.of_all(texts), situations(texts, [role for role, _ in talk]))
    assert margins == pytest.approx(margins_of(weights, talk), abs=5e-3)


@given(TALK)
def test_what_each_gram_adds_is_its_weight_times_its_value(talk: list[tuple[Role, str]]) -> None:
    weights, scorer = SCORERS[0]
    texts = [text for _, text in talk]
    hits = GRAMS.of_all(texts)
    _, parts = scorer.run(hits, situations(texts, [role for role, _ in talk]))
    assert [part.shape for part in parts] == [(len(hit.ids), LABELS) for hit in hits]
    for hit, part in zip(hits, parts, strict=True):
        assert part == pytest.approx(weights.weights[hit.ids] * hit.values[:, None], abs=1e-4)


def test_talks_scored_together_in_training_are_scored_apart_in_the_service() -> None:
    talks: list[list[tuple[Role, str]]] = [[("customer", "太贵了"), ("rep", "便宜点吧")], [("customer", "明天再说")]]
    weights, scorer = SCORERS[1]
    together = weights.margins(
        design(
            turn_table(
                [
                    Conversation("visits_1", tuple(LabelledTurn(role, text, frozenset()) for role, text in talk))
                    for talk in talks
                ],
                [],
            ),
            GRAMS,
        )
    )
    apart = [
        scorer.run(GRAMS.of_all([text for _, text in talk]), situations([t for _, t in talk], [r for r, _ in talk]))[0]
        for talk in talks
    ]
    assert np.concatenate(apart) == pytest.approx(together, abs=5e-3)


def test_what_is_fitted_is_already_in_the_precision_that_is_stored() -> None:
    source = np.random.default_rng(4)
    rows = source.normal(size=(40, 6)).astype(np.float32)
    fitted = fit_linear(rows, rows[:, :2] > 0, np.ones((40, 2), dtype=bool))
    assert np.array_equal(fitted.weights, fitted.weights.astype(np.float16).astype(np.float32))
    assert np.array_equal(fitted.margins(rows) > 0, rows[:, :2] > 0)


def test_turns_that_cannot_carry_a_label_do_not_train_it() -> None:
    source = np.random.default_rng(5)
    rows = source.normal(size=(60, 4)).astype(np.float32)
    gold = (rows[:, :1] > 0).copy()
    allowed = np.ones((60, 1), dtype=bool)
    allowed[40:] = False
    disturbed = gold.copy()
    disturbed[40:] = ~disturbed[40:]
    one, other = fit_linear(rows, gold, allowed), fit_linear(rows, disturbed, allowed)
    assert np.array_equal(one.weights, other.weights)
    assert not np.array_equal(one.weights, fit_linear(rows, disturbed, np.ones((60, 1), dtype=bool)).weights)
