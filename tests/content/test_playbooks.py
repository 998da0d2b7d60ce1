"""Every shipped playbook: its examples hold, it says in Chinese what it does, and each promised row is served."""

import pytest

from service.domain.playbooks.explain import explain
from service.domain.playbooks.rules import Rule
from service.domain.playbooks.stories import failures_of
from tests.support.shelf import shipped_shelf

RULES = shipped_shelf().shipped.rules
ROWS = {"P3", "P4", "P5", "P6", "P7", "P8", "P9", "P13", "P14", "P15", "P16", "V8", "C7", "C8"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_its_stories_fire_and_stay_silent(rule: Rule) -> None:
    assert list(failures_of(rule)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_it_is_explained_in_chinese_without_a_sign_left_over(rule: Rule) -> None:
    said = explain(rule.book)

    assert rule.book.title in said
    assert "触发" in said
    for line in said.splitlines():
        if not line.startswith(("触发后", "到")):  # what it says to people holds its own names
            assert "&&" not in line
            assert "||" not in line


def test_every_promised_row_is_served() -> None:
    served = {row for rule in RULES for row in rule.book.serves if rule.book.in_use}
    assert served >= ROWS


def test_every_message_reaches_somebody_and_every_clock_says_what_follows_or_only_measures() -> None:
    for rule in RULES:
        steps = rule.book.clock.then if rule.book.clock else ()
        actions = [*rule.book.actions, *(action for step in steps for action in step.actions)]
        assert all(action.message.to for action in actions if action.message), rule.id
