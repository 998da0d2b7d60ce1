"""A graph that says something else than its trainer does not ship."""

import pytest

from models.training.parity import ODD_TEXTS, ParityBroken, odd_talk, require_parity
from nlp.types import Turn
from tests.support.tiny_linear import tiny_turn_models


@pytest.mark.parametrize("difference", [0.0, 3.5e-5, 1e-4], ids=["none", "usual", "just allowed"])
def test_small_differences_pass(difference: float) -> None:
    require_parity(difference)


@pytest.mark.parametrize("difference", [2e-4, 0.2, float("nan")], ids=["small", "large", "not a number"])
def test_larger_ones_are_refused(difference: float) -> None:
    with pytest.raises(ParityBroken):
        require_parity(difference)


def test_odd_texts_are_one_customer_s_talk() -> None:
    assert [turn.text for turn in odd_talk().turns] == list(ODD_TEXTS)


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_odd_texts_score_and_quote_inside_themselves(text: str) -> None:
    scores = tiny_turn_models("recall_90").score([Turn(0, text, "customer")])[0]
    for label in (*scores.objections.values(), *scores.signals.values()):
        assert 0.0 <= label.score <= 1.0
        assert 0 <= label.span[0] <= label.span[1] <= len(text)
