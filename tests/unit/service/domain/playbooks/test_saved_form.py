"""A saved rule on a form and back: letter by letter where nothing changed, and nothing but the change where it did."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.strict_yaml import parse
from nlp.yaml_edit import NotChangeable, comments_in
from service.console.saved_rule_form import changes_of, shown_values
from service.domain.playbooks.conditions import FormCondition
from service.domain.playbooks.saved_cases import changed_cases, follow_cases
from service.domain.playbooks.saved_edit import Changes, edit_rule
from service.domain.playbooks.saved_form import form_of, value_at
from service.domain.playbooks.stories import failures_of
from tests.support.playbooks import a_reader
from tests.support.shelf import shipped_shelf

SHIPPED = {rule.id: rule for rule in shipped_shelf().shipped.rules}
READER = a_reader()
BUDGET = SHIPPED["budget_node_stale"].text
COMMENTED = """# 销售运营的规则：预算
id: own_rule_1   # 不要改
title: 预算停滞  # 给人看的
status: stable
description: 预算停滞
owner: 销售运营
date: 2026-03-01
serves: [P3]
subject: opportunity
when:
  # 预算字段
  budget: {field: budget_status}   # 由商机同步
  order: {absent: [order.placed], for: 30d}  # 下单
  stage: {field: stage}
condition: budget.age > hours(72)  &&  order.holds && size(stage.text) > 0   # 三件事
cause: [budget]
actions:
  # 先通知
  - notify:
      to: [owner, manager]   # 主管要知道
      text: |
        商机“{{subject}}”停滞。

        请今天确认。
cooldown: 1w
severity: high
examples:
  fires:
    - now: 2026-03-05 12:00
      note: 四天没动
      events:
        - {at: 2026-01-02 09:00, type: opportunity.created, data: {budget_status: 已报, stage: 方案}}
  stays_silent:
    - now: 2026-03-05 12:00   # 刚写过
      events:
        - {at: 2026-03-05 09:00, type: opportunity.created, data: {budget_status: 已报, stage: 方案}}
"""


def sent(text: str, changed: Mapping[str, str] | None = None) -> Changes:
    """The changes of a form that was shown and sent back."""
    form = form_of(text)
    changes, faults = changes_of(form, {**shown_values(form), **(changed or {})})
    assert faults == []
    return changes


def edited(text: str, changed: Mapping[str, str]) -> str:
    return edit_rule(text, sent(text, changed)).text


def data(text: str) -> Any:
    return parse(text, source="t").data


@pytest.mark.parametrize("rule_id", [*SHIPPED, "with comments"])
def test_a_form_that_nobody_touched_gives_back_the_same_text(rule_id: str) -> None:
    text = SHIPPED[rule_id].text if rule_id in SHIPPED else COMMENTED
    assert edit_rule(text, sent(text)).text == text


@pytest.mark.parametrize("rule_id", SHIPPED)
def test_everything_in_a_shipped_rule_is_on_its_form_or_named(rule_id: str) -> None:
    form, told = form_of(SHIPPED[rule_id].text), data(SHIPPED[rule_id].text)
    held = {(name,) for name in ("id", "status", "subject", "condition", "unless", "done_when")} | set(form.values)
    held |= {(*action.path, "to") for action in form.actions}
    rows = {row.name: row.line.kind for row in form.rows if row.line}
    for path in leaves(told, ()):
        on_form = any(path[: len(one)] == one for one in held) or (path[0] == "when" and path[1] in rows)
        named = any(".".join(map(str, path[:length])) in form.left for length in range(1, len(path) + 1))
        assert on_form or named, path


def leaves(told: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    inner = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else None
    return [path] if inner is None else [leaf for part, value in inner for leaf in leaves(value, (*path, part))]


def test_most_shipped_conditions_are_lines_or_have_numbers_to_change() -> None:
    rows = [row for rule in SHIPPED.values() for row in form_of(rule.text).of("condition")]
    assert sum(row.line is not None for row in rows) >= 0.55 * len(rows)
    assert sum(row.line is not None or bool(row.numbers) for row in rows) >= 0.75 * len(rows)


def test_the_numbers_of_a_part_that_is_no_line_are_changed_where_they_stand() -> None:
    rule = SHIPPED["concession_over_limit"]
    text = edited(rule.text, {"condition-2.number-0": "0.9"})
    assert text == rule.text.replace("target.number * 0.88", "target.number * 0.9")
    quoted = rule.text.replace("target.number * 0.88", 'target.number * 0.88 + size("7 天")')
    (row,) = [row for row in form_of(quoted).of("condition") if row.line is None]
    assert row.numbers == ("0.88",), "a number within a text is a word"
    text = edited(SHIPPED["delivery_at_risk"].text, {"condition-1.number-0": "10"})
    assert "delivery.until < days(10)" in text


def test_what_is_changed_on_the_form_is_all_that_changes() -> None:
    changed = edited(COMMENTED, {
        "title": "预算：停滞", "condition-0.amount": "96", "condition-1.amount": "45",
        "actions.0.notify.to:director": "1", "cooldown.amount": "3", "severity": "medium",
        "actions.0.notify.text": "商机“{{subject}}”停滞。\n\n请马上确认。",
    })  # fmt: skip
    differing = [new for old, new in zip(COMMENTED.split("\n"), changed.split("\n"), strict=True) if old != new]
    assert differing == [
        "title: 预算：停滞  # 给人看的",
        "  order: {absent: [order.placed], for: 45d}  # 下单",
        "condition: budget.age > hours(96)  &&  order.holds && size(stage.text) > 0   # 三件事",
        "      to: [owner, manager, director]   # 主管要知道",
        "      text: |-",
        "        请马上确认。",
        "cooldown: 3d",
        "severity: medium",
    ]
    assert comments_in(changed) == comments_in(COMMENTED)
    READER.read(changed, source="t")


def test_a_line_is_taken_away_with_its_selection_and_the_lost_comment_is_named() -> None:
    found = edit_rule(COMMENTED, sent(COMMENTED, {"condition-0.look": ""}))
    told = data(found.text)
    assert told["condition"] == "order.holds && size(stage.text) > 0"
    assert list(told["when"]) == ["order", "stage"]
    assert "cause" not in told, "nothing is left that it could name"
    assert found.lost == ("# 由商机同步",)


def test_a_selection_that_is_still_asked_stays() -> None:
    text = edited(BUDGET, {"condition-0.look": ""})
    assert "budget" in data(text)["when"], "done_when and the texts speak of it"
    assert data(text)["condition"] == "purchase.n == 0"


def test_a_line_that_asks_something_else_looks_at_something_of_its_own() -> None:
    changed = {"condition-1.look": "count", "condition-1.name": "call.logged", "condition-1.amount": "7",
               "condition-1.unit": "days", "condition-1.times": "3"}  # fmt: skip
    told = data(edited(COMMENTED, changed))
    assert told["condition"] == "budget.age > hours(72)  &&  call_logged.n >= 3 && size(stage.text) > 0"
    assert told["when"]["call_logged"] == {"count": ["call.logged"], "within": "7d"}
    assert "order" not in told["when"]


def test_lines_are_added_beside_one_that_no_form_can_show() -> None:
    text = SHIPPED["untouched_seven_days"].text.replace("contact.holds && (", "contact.holds || (")
    changes = Changes(added=(FormCondition("among", "stage", value="方案、报价"), FormCondition("empty", "grade")))
    told = data(edit_rule(text, changes).text)
    assert told["condition"].startswith("(contact.holds || (grade.text in")
    assert told["condition"].endswith(') && stage.text in ["方案", "报价"] && !grade_2.present')
    READER.read(edit_rule(text, changes).text, source="t")


def test_two_lines_over_one_selection_look_at_the_same() -> None:
    form = form_of(SHIPPED["delivery_at_risk"].text)
    assert [(row.name, row.shared) for row in form.of("condition")][:1] == [("delivery", False)]
    told = data(edited(SHIPPED["no_technical_demo"].text, {"condition-0.name": "phase", "condition-1.amount": "5"}))
    assert told["when"]["stage"] == {"field": "phase"}
    assert told["condition"].count("stage.") == 2, "the second line followed"
    assert "stage.age > days(5)" in told["condition"]


def test_an_answer_is_asked_of_a_rule_that_asked_for_none() -> None:
    text = edited(COMMENTED, {"answer_hours": "24", "then_to": "director", "cooldown.amount": ""})
    rule = READER.read(text, source="t")
    assert rule.book.clock is not None
    assert rule.book.clock.then[0].actions[0].message.to == ("director",)  # type: ignore[union-attr]
    assert rule.book.cooldown is None


@pytest.mark.parametrize(("changed", "field"), [
    ({"condition-0.amount": "72.5"}, "condition-0.amount"), ({"condition-0.amount": ""}, "condition-0.amount"),
    ({"condition-0.name": " "}, "condition-0.name"), ({"title": ""}, "title"), ({"severity": "huge"}, "severity"),
    ({"cooldown.amount": "-3"}, "cooldown.amount"), ({"answer_hours": "24"}, "then_to"),
    ({"then_to": "manager"}, "answer_hours"), ({"new-1.look": "above", "new-1.name": "amount", "new-1.value": "多"},
                                               "new-1.value"),
    ({"actions.0.notify.to:owner": "", "actions.0.notify.to:manager": ""}, "actions.0.notify.to:owner"),
])  # fmt: skip
def test_what_cannot_be_meant_is_said_beside_its_field(changed: dict[str, str], field: str) -> None:
    form = form_of(COMMENTED)
    _, faults = changes_of(form, {**shown_values(form), **changed})
    assert [fault.field for fault in faults] == [field]


def test_a_rule_is_left_with_a_condition() -> None:
    text = SHIPPED["blocker_too_long"].text.replace("size(support.text) > 50", "support.present")
    with pytest.raises(NotChangeable, match="condition"):
        edit_rule(text, sent(text, {"condition-0.look": ""}))


def test_cases_follow_what_the_rule_now_does() -> None:
    text = edited(COMMENTED, {"condition-0.amount": "9000", "condition-0.unit": "hours"})
    rule = READER.read(text, source="t")
    assert [(case.kind, case.note, case.ending) for case in changed_cases(rule)] == [("fires", "四天没动", "silent")]
    followed = follow_cases(text, rule)
    told = READER.read(followed, source="t")
    assert list(failures_of(told)) == []
    assert [story.note for story in told.book.examples.stays_silent] == ["", "四天没动"]
    assert len(told.book.examples.fires) == 1, "one was written that fires"
    assert comments_in(followed) == comments_in(text)


def test_a_case_that_promised_words_promises_those_that_are_said_now() -> None:
    rule_id = "verify_with_customer"
    changed = {"actions.0.request.text": "{{done.summary}}。对吗？请回复 1 或 2。"}
    text = edited(SHIPPED[rule_id].text, changed)
    assert [case.ending for case in changed_cases(READER.read(text, source="t"))] == ["words"]
    followed = follow_cases(text, READER.read(text, source="t"))
    assert list(failures_of(READER.read(followed, source="t"))) == []
    assert value_at(data(followed), ("examples", "fires", 0, "says")) != "是否属实"


seen = st.text(st.characters(categories=("L", "N", "P"), exclude_characters="{}$<%>、，；;,"), min_size=1, max_size=20)


@given(rule_id=st.sampled_from(sorted(SHIPPED)), pick=st.data())
@settings(max_examples=150, deadline=None)
def test_any_change_of_a_field_comes_back_on_the_form_and_touches_nothing_else(
    rule_id: str, pick: st.DataObject
) -> None:
    text = SHIPPED[rule_id].text
    shown = shown_values(form_of(text))
    free = [name for name in shown if name.endswith((".text", ".title", "title", ".tag", ".amount", ".value"))]
    names = pick.draw(st.lists(st.sampled_from(free), min_size=1, max_size=4, unique=True))
    changed = {name: str(pick.draw(st.integers(1, 700))) if name.endswith(".amount") else _value(pick, shown, name)
               for name in names}  # fmt: skip
    after = edit_rule(text, sent(text, changed))
    assert shown_values(form_of(after.text)) == {**shown, **changed}, "rows that share a selection hold it once"
    assert after.lost == ()
    back = edit_rule(after.text, sent(after.text, {name: shown[name] for name in names}))
    assert READER.read(back.text, source="t").book == SHIPPED[rule_id].book, "14 days are two weeks"


def _value(pick: st.DataObject, shown: Mapping[str, str], name: str) -> str:
    look = shown.get(name.replace(".value", ".look"), "")
    return str(pick.draw(st.integers(-9, 9_999))) if look in ("above", "below") else pick.draw(seen)
