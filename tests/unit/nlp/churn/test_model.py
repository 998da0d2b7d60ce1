"""Levels follow the cuts, reasons speak for the level and quote the turn."""

import pytest

from nlp.churn import ChurnModel
from nlp.churn.features import NAMES
from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.types import Turn


def a_model() -> ChurnModel:
    """Churn signals raise the risk, intent lowers it; the average talk has a little of both."""
    rows = [[4.0 if name == "churn_signal" else -4.0 if name == "intent" else 0.0 for name in NAMES] for _ in range(2)]
    centre = [0.2 if name in {"churn_signal", "intent"} else 0.0 for name in NAMES]
    return ChurnModel("tiny-1", {"weights": rows, "bias": [0.0, -1.5], "centre": centre, "cuts": [0.5, 0.5]})


def a_talk(churn: float, intent: float) -> tuple[list[Turn], list[TurnScores]]:
    signals = {"churn_signal": LabelScore(churn, 0.5, (0, 1)), "buying_intent": LabelScore(intent, 0.5, (0, 1))}
    return [Turn(0, "下个月不续了", "customer")], [TurnScores({}, signals)]


@pytest.mark.parametrize(
    ("churn", "intent", "level"),
    [
        (0.9, 0.0, "high"),
        (0.3, 0.1, "medium"),
        (0.0, 0.9, "low"),
    ],
    ids=["signal", "a little", "intent"],
)
def test_the_level_follows_the_cuts(churn: float, intent: float, level: str) -> None:
    assert a_model().assess(*a_talk(churn, intent)).level == level


def test_the_probability_is_that_of_not_low() -> None:
    risks = [a_model().assess(*a_talk(value, 0.0)).probability for value in (0.0, 0.5, 1.0)]
    assert risks == sorted(risks)
    assert risks[0] == pytest.approx(0.5)


def test_a_high_risk_quotes_the_turn_that_raised_it() -> None:
    because = a_model().assess(*a_talk(0.9, 0.0)).because
    assert because[0].text == "流失信号：「下个月不续了」"
    assert because[0].weight > 0


def test_what_is_missing_is_a_reason_too() -> None:
    because = a_model().assess(*a_talk(0.9, 0.0)).because
    assert because[1].text == "少见：购买意向"


def test_a_low_risk_names_what_lowers_it() -> None:
    because = a_model().assess(*a_talk(0.0, 0.9)).because
    assert because[0].text.startswith("购买意向")
    assert all(reason.weight < 0 for reason in because)


def test_a_talk_without_turns_is_as_risky_as_the_average() -> None:
    risk = a_model().assess([], [])
    assert risk.because == ()
    assert risk.probability == pytest.approx(0.5)
