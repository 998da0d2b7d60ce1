"""The role model reads words without knowing roles, and smooths over the talk."""

import pytest

from nlp.roles import RoleModel
from tests.support.tiny_linear import a_scorer

SMOOTHING = {
    "calibration": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    "start": [[0.5, 0.4, 0.1]],
    "moves": [[0.05, 0.9, 0.05], [0.9, 0.05, 0.05], [0.45, 0.45, 0.1]],
}


def a_model() -> RoleModel:
    scorer = a_scorer({"发您": (9.0, 0.0, 0.0), "太贵": (0.0, 9.0, 0.0)}, bias=(0.0, 0.0, -2.0))
    return RoleModel("tiny-1", scorer, SMOOTHING)


def test_each_speaker_is_known_by_their_words() -> None:
    assert [role for role, _ in a_model().predict(["我明天发您", "太贵了"])] == ["rep", "customer"]


def test_a_wordless_turn_follows_the_talk() -> None:
    assert [role for role, _ in a_model().predict(["太贵了", "嗯", "太贵了"])] == ["customer", "rep", "customer"]


@pytest.mark.parametrize("texts", [["太贵了"], ["太贵了", "嗯"], ["", "", ""]], ids=["one", "two", "empty turns"])
def test_scores_are_the_winner_s_probability(texts: list[str]) -> None:
    for role, score in a_model().predict(texts):
        assert role in {"rep", "customer", "other"}
        assert 1 / 3 <= score <= 1.0


def test_no_turns_give_no_roles() -> None:
    assert a_model().predict([]) == []
