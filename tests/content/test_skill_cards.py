"""Every skill card shows visits in which its rules see something, and near misses in which none of them does."""

import pytest

from service.domain.cases.observing import skill_failures_in
from service.domain.content.scorecards import SkillCard, SkillCases
from tests.support.shelf import shipped_content

CARDS = [pytest.param(card, id=card.id) for card in shipped_content().skill_cards]


@pytest.mark.parametrize("card", CARDS)
def test_its_rules_see_what_its_cases_say(card: SkillCard) -> None:
    assert card.examples is not None
    assert [str(fault) for fault in skill_failures_in(card)] == []


@pytest.mark.parametrize("card", CARDS)
def test_every_rule_is_shown_and_one_case_gives_a_value(card: SkillCard) -> None:
    assert card.examples is not None
    shown = {rule for case in card.examples.fires for rule in case.gives}
    assert shown == {rule.id for rule in card.rules}


def test_most_cards_show_a_value() -> None:
    valued = [card.values[0].id for card in CARDS if any(case.score for case in card.values[0].examples.fires)]  # type: ignore[union-attr]
    assert len(valued) >= 6, valued


@pytest.mark.parametrize("card", CARDS)
def test_a_case_in_the_wrong_place_is_found_out(card: SkillCard) -> None:
    assert card.examples is not None
    silent = [case.model_copy(update={"gives": {}}) for case in card.examples.fires]
    changed = card.model_copy(update={"examples": SkillCases(fires=card.examples.stays_silent, stays_silent=silent)})
    found = {fault.path for fault in skill_failures_in(changed)}
    assert {("examples", "fires", number, "gives") for number in range(len(card.examples.stays_silent))} <= found
    assert {("examples", "stays_silent", number, "gives") for number in range(len(silent))} <= found
