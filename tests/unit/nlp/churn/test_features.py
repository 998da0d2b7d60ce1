"""What a manager would count: open objections, late signals, promises; each with the turn that shows it."""

import pytest

from nlp.churn.features import NAMES, TITLES, measures
from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.types import Role, Turn

Scores = dict[str, float]


def said(role: Role, *, objections: Scores | None = None, signals: Scores | None = None) -> tuple[Role, TurnScores]:
    def scored(labels: dict[str, float] | None) -> dict[str, LabelScore]:
        return {code: LabelScore(score, 0.5, (0, 1)) for code, score in (labels or {}).items()}

    return role, TurnScores(scored(objections), scored(signals))


def measured(*talk: tuple[Role, TurnScores]) -> dict[str, tuple[float, int | None]]:
    turns = [Turn(i, "字", role) for i, (role, _) in enumerate(talk)]
    found = measures(turns, [scores for _, scores in talk])
    return {name: (measure.value, measure.turn) for name, measure in found.items()}


def test_every_feature_has_a_title_and_a_value() -> None:
    assert set(measured(said("customer"))) == set(NAMES) == set(TITLES)


def test_an_answered_objection_is_hardly_open() -> None:
    found = measured(said("customer", objections={"price": 0.9}), said("rep", signals={"objection_handling": 0.9}))
    assert found["open_objections"][0] == pytest.approx(0.09)


def test_an_unanswered_objection_is_open_and_points_at_its_turn() -> None:
    weak_answer = said("rep", signals={"objection_handling": 0.1})
    found = measured(said("rep"), said("customer", objections={"price": 0.9}), weak_answer)
    assert found["open_objections"] == (pytest.approx(0.81), 1)


def test_an_answer_too_late_does_not_count() -> None:
    late_answer = said("rep", signals={"objection_handling": 1.0})
    talk = [said("customer", objections={"trust": 0.8}), *[said("rep") for _ in range(3)], late_answer]
    assert measured(*talk)["open_objections"] == (pytest.approx(0.8), 0)


def test_an_early_churn_signal_is_not_a_late_one() -> None:
    talk = [said("customer", signals={"churn_signal": 0.9}), *[said("customer") for _ in range(9)]]
    found = measured(*talk)
    assert found["churn_signal"] == (0.9, 0)
    assert found["churn_signal_late"] == (0.0, None)


def test_a_late_churn_signal_is_both() -> None:
    talk = [*[said("customer") for _ in range(9)], said("customer", signals={"churn_signal": 0.9})]
    found = measured(*talk)
    assert found["churn_signal"] == found["churn_signal_late"] == (0.9, 9)


def test_the_rep_s_promise_is_not_the_customer_s() -> None:
    found = measured(said("rep", signals={"commitment": 0.9}))
    assert found["mutual_step"][0] == 0.9
    assert found["customer_promise"][0] == 0.0


def test_objection_share_is_over_customer_turns() -> None:
    first, last = (said("customer", objections={"price": score}) for score in (1.0, 0.0))
    talk = [first, said("rep"), said("rep"), last]
    assert measured(*talk)["objection_share"][0] == pytest.approx(0.5)


def test_an_empty_talk_measures_nothing() -> None:
    assert {value for value, _ in measured().values()} == {0.0}


def test_values_stay_within_bounds() -> None:
    talk = [said("customer", objections={"price": 1.0, "trust": 1.0}, signals={"churn_signal": 1.0})] * 5
    assert all(0.0 <= value <= 1.0 for value, _ in measured(*talk).values())
