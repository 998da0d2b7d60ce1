"""Rules written from a form: each reads, proves itself both ways, and says what was filled in."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.strict_yaml import parse, without_unseen
from service.domain.playbooks.conditions import FormCondition, atoms_of, condition_of, holds, selection
from service.domain.playbooks.explain import explain
from service.domain.playbooks.stories import failures_of
from service.domain.playbooks.writing import RuleForm, write_rule
from tests.support.playbooks import a_reader

READER = a_reader()
TODAY = date(2026, 3, 1)
STALE = FormCondition("stale", "budget_status", 72, "hours")
NO_ORDER = FormCondition("absent", "order.created, payment.received", 30, "days")
CALLS = FormCondition("count", "call.logged", 7, "days", times=3)
IN_PROPOSAL = FormCondition("equals", "stage", value="方案“二”")
NOT_WON = FormCondition("differs", "stage", value="赢单")
FEWER = FormCondition("fewer", "call.logged", 7, "days", times=2)
AMONG = FormCondition("among", "stage", value="方案、报价")
FILLED, EMPTY = FormCondition("filled", "contact_name"), FormCondition("empty", "grade")
HAPPENED, PENDING = FormCondition("happened", "visit.completed"), FormCondition("pending", "demo.held, order.placed")
ABOVE, BELOW = FormCondition("above", "amount", value="50000"), FormCondition("below", "production_pct", value="0.5")
SAME_FIELD = FormCondition("stale", "at", 5, "days")


def a_form(*conditions: FormCondition, **changes: object) -> RuleForm:
    said = {"id": "own_rule_1", "title": "试一试：'引号\"", "subject": "opportunity", "conditions": conditions,
            "to": ("owner", "manager", "sales_ops"), "text": "看看“{{subject}}”：# 不是注释"}  # fmt: skip
    return RuleForm(**{**said, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "conditions",
    [(STALE,), (NO_ORDER,), (CALLS,), (IN_PROPOSAL,), (NOT_WON,), (STALE, NO_ORDER), (NO_ORDER, STALE, NOT_WON),
     (CALLS, STALE), (IN_PROPOSAL, CALLS), (STALE, NO_ORDER, CALLS), (SAME_FIELD, STALE), (NOT_WON, STALE),
     (FEWER,), (AMONG,), (FILLED,), (FILLED, EMPTY), (HAPPENED,), (HAPPENED, PENDING), (ABOVE,), (BELOW,),
     (FEWER, AMONG, FILLED),
     (EMPTY, HAPPENED, PENDING), (BELOW, ABOVE, CALLS), (HAPPENED, FEWER, EMPTY)],
    ids=lambda conditions: "-".join(one.look for one in conditions),
)  # fmt: skip
def test_what_is_written_reads_and_its_stories_hold(conditions: tuple[FormCondition, ...]) -> None:
    rule = READER.read(write_rule(a_form(*conditions), today=TODAY), source="form")
    assert list(failures_of(rule)) == []
    assert rule.book.status == "experimental"


def test_clock_and_cooldown_are_written_and_said() -> None:
    form = a_form(STALE, NO_ORDER, answer_hours=24, then_to="director", cooldown_days=7, severity="high")
    rule = READER.read(write_rule(form, today=TODAY), source="form")
    assert list(failures_of(rule)) == []
    said = explain(rule.book)
    for words in ("超过72小时", "负责人、主管、销售运营", "要求1天内处理", "通知总监", "7天内不重复", "级别高"):
        assert words in said


texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="{}$<%>"), min_size=1, max_size=40)


seen = texts.filter(lambda text: without_unseen(text).strip())


@given(title=seen, value=seen, hours=st.integers(1, 9_000))
@settings(max_examples=40, deadline=None)
def test_no_words_of_a_form_break_its_file(title: str, value: str, hours: int) -> None:
    form = a_form(FormCondition("stale", "budget", hours, "hours"), FormCondition("equals", "stage", value=value),
                  title=title, text=title)  # fmt: skip
    rule = READER.read(write_rule(form, today=TODAY), source="form")
    assert rule.book.title == without_unseen(title).strip()


@pytest.mark.parametrize("one", [STALE, NO_ORDER, CALLS, FEWER, IN_PROPOSAL, NOT_WON, AMONG, FILLED, EMPTY, HAPPENED,
                                 PENDING, ABOVE, BELOW], ids=lambda one: one.look)  # fmt: skip
def test_every_line_is_found_again_in_what_it_was_written_as(one: FormCondition) -> None:
    when = parse(f"chosen: {selection(one)}", source="t").data
    found = condition_of(holds("chosen", one), when)
    assert found is not None
    name, line = found
    assert (name, line.look, line.types, line.time, line.times, line.value) == (
        "chosen", one.look, one.types, one.time, one.times, one.value)  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("a.present && b.n > 2", ["a.present", "b.n > 2"]),
        ('a.text == "x && y"&&b.present', ['a.text == "x && y"', "b.present"]),
        ("a.present && (b.present || c.present)", ["a.present", "(b.present || c.present)"]),
        ("a.present && b.present || c.present", ["a.present && b.present || c.present"]),
        ("a.present ? b.present : c.present && d.present", ["a.present ? b.present : c.present && d.present"]),
        (r"a.text == 'it\'s && so' && b.present", [r"a.text == 'it\'s && so'", "b.present"]),
    ],
)
def test_parts_are_what_all_has_to_hold(expression: str, parts: list[str]) -> None:
    assert [expression[begin:end] for begin, end in atoms_of(expression)] == parts


@pytest.mark.parametrize("part", ["a.n == 2", "a.age >= hours(3)", "a.text.contains(b.text)", "size(a.text) > 5",
                                  "b.present", 'a.text in ["x、y", "z"]', "a.n > -1"])  # fmt: skip
def test_what_no_line_says_is_left_to_the_text(part: str) -> None:
    assert condition_of(part, parse("a: {field: stage}", source="t").data) is None
