"""Skill values need three observations, fade with time, lean on the team, and open into what was said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.coaching.skills import Observation, SkillScore, observe, observe_skill, score_observed
from service.domain.content.scorecards import SkillCard
from service.domain.visit import VisitRecord
from tests.support.talks import NOW, a_talk, day

ASK = {"id": "asked", "note": "问了", "match": {"signal": "discovery_question"}, "value": 100, "cap": 3}
MISS = {
    "id": "dropped",
    "note": "没问",
    "match": {"signal": "pain_point"},
    "value": 0,
    "unless_after": {"signal": "discovery_question"},
    "within_turns": 2,
}
CLEAN = {"id": "clean", "note": "全程没有", "match": {"signal": "compliance_risk"}, "value": 100, "clean": True}


def a_card(*rules: dict[str, Any], **changes: Any) -> SkillCard:
    keys: dict[str, Any] = {
        "id": "discovery",
        "title": "需求洞察",
        "status": "active",
        "description": "问",
        "owner": "销售赋能组",
        "date": "2026-11-21",
        "skill": "discovery",
        "rules": list(rules) or [ASK, MISS],
    }
    return SkillCard.model_validate({**keys, **changes})


def score(
    *visits: VisitRecord, card: SkillCard | None = None, ticks: Sequence[Observation] = (), **more: Any
) -> SkillScore:
    cards = [card or a_card()]
    (result,) = score_observed(cards, [*observe(cards, visits), *ticks], now=NOW, **more)
    return result


ASKED_THREE = a_talk(
    "r||discovery_question|怎么做的？", "r||discovery_question|多久？", "r||discovery_question|为什么？"
)


def test_two_observations_are_not_enough_for_a_number() -> None:
    result = score(a_talk("r||discovery_question|怎么做的？", "r||discovery_question|多久？"))
    assert (result.score, result.band, result.n) == (None, None, 2)
    assert result.insufficient_data
    assert len(result.evidence) == 2


def test_three_observations_give_a_number_between_the_rep_and_the_prior() -> None:
    result = score(ASKED_THREE)
    assert result.score == pytest.approx(78.9, abs=0.2)  # three at 100, each 0.9 sure, against a prior of three at 60
    assert result.n == 3


def test_a_strong_team_pulls_the_number_up() -> None:
    low, high = score(ASKED_THREE, team_means={"discovery": 30.0}), score(ASKED_THREE, team_means={"discovery": 90.0})
    assert low.score is not None
    assert high.score is not None
    assert low.score < high.score


def test_many_observations_outweigh_the_team() -> None:
    visits = [replace(ASKED_THREE, visit_id=f"visit_{number}") for number in range(20)]
    result = score(*visits, team_means={"discovery": 0.0})
    assert result.score is not None
    assert result.score > 90


def test_old_observations_count_half_after_a_half_life() -> None:
    misses = a_talk("c||pain_point|漏单。", "c||pain_point|返工。", "c||pain_point|排队。")
    old = replace(misses, visit_id="old", visited_at=NOW - timedelta(days=90))
    fresh = replace(misses, visit_id="fresh", visited_at=NOW)
    assert score(ASKED_THREE, old).score > score(ASKED_THREE, fresh).score  # type: ignore[operator]


def test_a_pain_followed_by_a_question_is_no_miss() -> None:
    visit = a_talk("c||pain_point|盘点要两天。", "r||discovery_question|几家店？")
    assert [seen.rule for seen in observe_skill(a_card(), [visit])] == ["asked"]


def test_a_question_too_late_does_not_undo_the_miss() -> None:
    visit = a_talk("c||pain_point|盘点要两天。", "r|||嗯。", "c|||唉。", "r||discovery_question|几家店？")
    assert sorted(seen.rule for seen in observe_skill(a_card(), [visit])) == ["asked", "dropped"]


def test_only_after_counts_what_was_followed_up() -> None:
    explored = {**MISS, "id": "explored", "value": 100, "only_after": MISS["unless_after"], "unless_after": None}
    card = a_card(explored, ASK)
    followed = a_talk("c||pain_point|盘点要两天。", "r||discovery_question|几家店？")
    dropped = a_talk("c||pain_point|盘点要两天。", "r|||嗯。")
    assert [seen.rule for seen in observe_skill(card, [followed])] == ["explored", "asked"]
    assert observe_skill(card, [dropped]) == []


def test_a_rule_counts_at_most_its_cap_in_one_visit() -> None:
    visit = a_talk(*["r||discovery_question|怎么做的？"] * 7)
    assert len(observe_skill(a_card(), [visit])) == 3


@pytest.mark.parametrize(
    ("lines", "n"),
    [
        pytest.param(["r|||您好。"] * 5, 1, id="a_clean_visit"),
        pytest.param(["r|||您好。"] * 4, 0, id="too_short_to_judge"),
        pytest.param([*["r|||您好。"] * 5, "r||compliance_risk|绝对不会坏。"], 0, id="not_clean"),
    ],
)
def test_a_clean_visit_is_an_observation_without_words(lines: list[str], n: int) -> None:
    seen = observe_skill(a_card(CLEAN, ASK), [a_talk(*lines)])
    assert [(one.turn, one.quote) for one in seen] == [(None, "")] * n


def test_evidence_shows_what_was_missed_beside_what_was_done() -> None:
    misses = a_talk("c||pain_point|漏单。", "c||pain_point|返工。", "c||pain_point|排队。", on=day(17))
    values = [seen.value for seen in score(ASKED_THREE, misses).evidence]
    assert values == [0, 100, 0, 100, 0, 100]


def test_ticks_count_beside_what_was_heard() -> None:
    tick = Observation("discovery", "tick", "勾选", 100, 1.0, "visit_tick", NOW)
    other = replace(tick, skill="closing")
    two = a_talk("r||discovery_question|怎么做的？", "r||discovery_question|多久？")
    assert score(two, ticks=[tick, other]).n == 3


def test_deprecated_cards_score_nothing() -> None:
    cards = [a_card(status="deprecated")]
    assert score_observed(cards, observe(cards, [ASKED_THREE]), now=NOW) == []


def test_the_band_narrows_with_more_observations() -> None:
    few = score(ASKED_THREE).band
    many = score(*[replace(ASKED_THREE, visit_id=f"visit_{number}") for number in range(10)]).band
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]


@given(asked=st.integers(0, 3), missed=st.integers(0, 3), team=st.floats(0, 100), age=st.integers(0, 400))
def test_a_score_stays_between_0_and_100_and_inside_its_band(asked: int, missed: int, team: float, age: int) -> None:
    lines = ["r||discovery_question|怎么做的？"] * asked + ["c|||嗯。"] * 3 + ["c||pain_point|漏单。"] * missed
    visit = replace(a_talk(*lines), visited_at=NOW - timedelta(days=age))
    result = score(visit, team_means={"discovery": team})
    if result.n < 3:
        assert result.score is None
    else:
        assert result.score is not None
        assert result.band is not None
        assert 0 <= result.band[0] <= result.score <= result.band[1] <= 100
