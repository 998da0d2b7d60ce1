"""Triage: each sender has its own scale, the situation counts as the turn before, and a reason is always named."""

import numpy as np
import pytest

from nlp.classify import TriageModel
from nlp.classify.triage import NOBODY, STEP_IN
from nlp.classify.verdicts import Label
from nlp.types import Role
from tests.support.tiny_linear import THRESHOLDS, a_scorer


def a_model() -> TriageModel:
    """Customers alarm by 太贵 (a deal at risk), reps by 便宜 (an unapproved discount); 明天 before it alarms too."""
    columns = (
        ("customer", STEP_IN),
        ("customer", "deal_at_risk"),
        ("customer", "complaint"),
        ("rep", STEP_IN),
        ("rep", "unapproved_discount"),
    )
    labels = [Label(code, "signal", frozenset({sender}), dict(THRESHOLDS)) for sender, code in columns]  # type: ignore[arg-type]
    scorer = a_scorer(
        {"太贵": (9.0, 5.0, 0.0, 0.0, 0.0), "便宜": (0.0, 0.0, 0.0, 9.0, 5.0)},
        before={"明天": (9.0, 0.0, 5.0, 0.0, 0.0)},
        bias=(-2.0, -2.0, -2.0, -2.0, -2.0),
    )
    calibration = np.asarray([[1.0, 0.0]] * len(columns))
    return TriageModel("tiny-1", labels, calibration, linear=scorer)


@pytest.mark.parametrize(
    ("text", "sender", "alarmed", "reason"),
    [
        ("太贵了", "customer", True, "deal_at_risk"),
        ("太贵了", "rep", False, NOBODY),
        ("便宜点吧", "rep", True, "unapproved_discount"),
        ("便宜点吧", "customer", False, NOBODY),
        ("", "customer", False, NOBODY),
    ],
    ids=["customer's alarm", "not the rep's", "rep's alarm", "not the customer's", "empty"],
)
def test_each_sender_is_judged_on_its_own_scale(text: str, sender: Role, alarmed: bool, reason: str) -> None:
    verdict = a_model().judge(text, sender=sender)
    assert (verdict.should_step_in, verdict.reason) == (alarmed, reason)
    assert 0.0 <= verdict.score <= 1.0


def test_the_situation_is_read_as_what_came_before() -> None:
    verdict = a_model().judge("吧", sender="customer", context="明天")
    assert verdict.should_step_in
    assert verdict.reason == "complaint"


def test_anyone_but_the_rep_is_judged_as_the_customer() -> None:
    assert a_model().judge("太贵了", sender="other").should_step_in


def test_an_alarm_names_the_words_behind_it() -> None:
    because = a_model().judge("你们太贵了", sender="customer").because
    assert "太贵" in because[0].text


def test_no_alarm_gives_no_reasons() -> None:
    assert a_model().judge("好的", sender="customer").because == ()
