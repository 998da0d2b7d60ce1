"""Turn scores: only labels the role can carry, reasons only where a label fires, spans inside the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.classify import OperatingPoint
from nlp.types import Role, Turn
from tests.support.tiny_linear import tiny_turn_models

MODELS = tiny_turn_models()


def one(text: str, role: Role = "customer") -> Turn:
    return Turn(0, text, role)


def test_a_customer_can_object_and_commit() -> None:
    scores = MODELS.score([one("太贵了")])[0]
    assert set(scores.objections) == {"price"}
    assert set(scores.signals) == {"commitment"}


def test_a_rep_cannot_object() -> None:
    scores = MODELS.score([one("太贵了", "rep")])[0]
    assert scores.objections == {}
    assert set(scores.signals) == {"commitment"}


def test_a_bystander_carries_nothing() -> None:
    scores = MODELS.score([one("太贵了", "other")])[0]
    assert (scores.objections, scores.signals) == ({}, {})


def test_a_firing_label_shows_its_clause_and_words() -> None:
    text = "我明天再说，太贵了"
    price = MODELS.score([one(text)])[0].objections["price"]
    assert price.fires
    assert text[slice(*price.span)] == "太贵了"
    assert "太贵" in price.because[0].text
    assert price.because[0].weight > 0


def test_a_silent_label_spans_the_turn_without_reasons() -> None:
    commitment = MODELS.score([one("太贵了")])[0].signals["commitment"]
    assert not commitment.fires
    assert commitment.span == (0, 3)
    assert commitment.because == ()


@pytest.mark.parametrize(("point", "threshold"), [("f1", 0.5), ("precision_90", 0.9), ("recall_90", 0.1)])
def test_the_operating_point_chooses_the_threshold(point: OperatingPoint, threshold: float) -> None:
    scores = tiny_turn_models(point).score([one("便宜")])[0]
    assert scores.objections["price"].threshold == threshold


def test_no_turns_give_no_scores() -> None:
    assert MODELS.score([]) == []
    assert MODELS.probabilities([]).shape == (0, 2)


@given(st.lists(st.tuples(st.text(max_size=40), st.sampled_from(["customer", "rep", "other"])), max_size=6))
def test_any_talk_scores_within_bounds(talk: list[tuple[str, Role]]) -> None:
    turns = [Turn(i, text, role) for i, (text, role) in enumerate(talk)]
    scores = MODELS.score(turns)
    assert len(scores) == len(turns)
    for turn, own in zip(turns, scores, strict=True):
        for label in (*own.objections.values(), *own.signals.values()):
            assert 0.0 <= label.score <= 1.0
            assert 0 <= label.span[0] <= label.span[1] <= len(turn.text)


def test_probabilities_agree_with_scores() -> None:
    turns = [one("太贵了"), Turn(1, "我明天发您", "rep")]
    table, scores = MODELS.probabilities(turns), MODELS.score(turns)
    assert scores[0].objections["price"].score == pytest.approx(float(table[0, 0]))
    assert scores[1].signals["commitment"].score == pytest.approx(float(table[1, 1]))
