"""A struck finding: the visit reads as if it had never been made, and the scores that rested on it are named."""

import pytest

from service.domain.coaching.observations import observation_id
from service.domain.coaching.skills import observe
from service.domain.coaching.struck import resting_on, without_findings
from service.domain.content.scorecards import SkillCard
from service.domain.visit import VisitRecord
from tests.support.talks import a_talk
from tests.unit.service.domain.coaching.test_skills import ASK, MISS, a_card

TWO_QUESTIONS = ("r||discovery_question|怎么做的？", "c|price||太贵了。", "r||discovery_question|多久一次？")


def finding_of(visit: VisitRecord, code: str, turn: int) -> str:
    return next(one.id for one in visit.analysis.findings if (one.code, one.turn) == (code, turn))


@pytest.fixture
def card() -> SkillCard:
    return a_card(ASK, MISS)


def test_a_visit_without_a_finding_keeps_everything_else() -> None:
    visit = a_talk(*TWO_QUESTIONS)
    gone = finding_of(visit, "discovery_question", 0)
    seen = without_findings(visit, {gone})
    assert {one.id for one in visit.analysis.findings} - {one.id for one in seen.analysis.findings} == {gone}
    assert seen.analysis.turns == visit.analysis.turns
    assert without_findings(visit, {"of another visit"}) is visit


def test_the_observations_that_rest_on_a_finding_are_named(card: SkillCard) -> None:
    visit = a_talk(*TWO_QUESTIONS)
    mine = [observation_id(seen, source="talk") for seen in observe([card], [visit]) if seen.turn == 2]
    assert mine
    assert list(resting_on(visit, finding_of(visit, "discovery_question", 2), [card])) == mine


def test_a_finding_that_no_rule_reads_carries_no_score(card: SkillCard) -> None:
    visit = a_talk(*TWO_QUESTIONS)
    assert resting_on(visit, finding_of(visit, "price", 1), [card]) == ()
    assert resting_on(visit, "of another visit", [card]) == ()
