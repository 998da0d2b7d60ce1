"""Labels are data with borders: what a file may say, and how the codes and their lock stay in step."""

import pytest

from nlp.errors import ContentInvalid, LabelUnknown
from nlp.taxonomy import Label, LabelKind, Taxonomy, border_faults, lock_faults, parse_label

PRICE = """\
id: price
title: 价格
status: active
owner: 销售赋能组
date: 2026-11-21
description: 嫌贵。
roles: [customer]
is: [说贵]
is_not:
  - {neighbour: budget, text: 没批钱归预算}
cues: [太贵]
examples:
  fires: [这也太贵了。]
  stays_silent:
    - {text: 钱还没批。, instead: budget}
    - {role: rep, text: 您嫌贵?, instead: none}
"""


def a_label(
    code: str = "price", kind: LabelKind = "objection", *, status: str = "active", near: str = "budget"
) -> Label:
    text = PRICE.replace("neighbour: budget", f"neighbour: {near}").replace("instead: budget", f"instead: {near}")
    if kind == "skill":
        text = text.replace("roles: [customer]\n", "")
    text = text.replace("id: price", f"id: {code}").replace("status: active", f"status: {status}")
    return parse_label(text, source=f"{code}.yaml", kind=kind)


def test_a_label_keeps_its_chinese_name_roles_and_examples() -> None:
    label = a_label()
    assert (label.title, label.roles, label.is_not[0].code) == ("价格", ("customer",), "budget")
    assert label.fires[0].turns[0].text == "这也太贵了。"
    assert (label.stays_silent[1].turns[0].role, label.stays_silent[1].instead) == ("rep", "none")


def test_an_example_may_be_a_short_talk() -> None:
    text = PRICE.replace("[这也太贵了。]", "[{turns: [{customer: 不续了。}, {rep: 为什么}]}]")
    label = parse_label(text, source="high.yaml", kind="objection")
    assert [(turn.role, turn.text) for turn in label.fires[0].turns] == [("customer", "不续了。"), ("rep", "为什么")]


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        pytest.param("cues: [太贵]", "cue: [太贵]", 11, "unknown key", id="misspelt_key"),
        pytest.param("title: 价格\n", "", 1, "missing", id="missing_title"),
        pytest.param("title: 价格", "title: 2026", 2, "quotes", id="title_that_is_a_number"),
        pytest.param("status: active", "status: live", 3, "not one of", id="unknown_status"),
        pytest.param("roles: [customer]", "roles: [boss]", 7, "boss", id="unknown_role"),
        pytest.param("cues: [太贵]", "cues: []", 11, "list of texts", id="no_cues"),
        pytest.param(
            "is_not:\n  - {neighbour: budget, text: 没批钱归预算}", "is_not: []", 9, "list", id="no_neighbour"
        ),
        pytest.param(
            "{neighbour: budget, text: 没批钱归预算}", "budget", 9, "neighbour", id="neighbour_without_border"
        ),
        pytest.param("  stays_silent:", "  silent:", 12, "exactly the keys", id="misspelt_example_list"),
        pytest.param("[这也太贵了。]", "太贵", 12, "must be a list", id="example_list_that_is_text"),
        pytest.param("[这也太贵了。]", "[{turns: [贵]}]", 12, "each turn", id="talk_without_speakers"),
        pytest.param("[这也太贵了。]", "[{turns: [{boss: 贵}]}]", 12, "boss", id="talk_by_an_unknown_role"),
        pytest.param("[这也太贵了。]", "[{words: 贵}]", 12, "unknown keys", id="example_with_an_unknown_key"),
        pytest.param(", instead: none}", "}", 12, "near miss", id="near_miss_that_does_not_say_what_it_is"),
    ],
)
def test_a_malformed_label_names_file_line_key_and_reason(before: str, after: str, line: int, reason: str) -> None:
    with pytest.raises(ContentInvalid, match=reason) as fault:
        parse_label(PRICE.replace(before, after), source="objections/price.yaml", kind="objection")
    assert str(fault.value).startswith(f"objections/price.yaml:{line}: key `")


def test_deprecated_codes_leave_the_lists_and_keep_their_title() -> None:
    taxonomy = Taxonomy((a_label("budget", near="price"), a_label("price", status="deprecated")))
    assert taxonomy.objections == ("budget",)
    assert taxonomy.title("objection", "price") == "价格"


def test_codes_are_listed_by_kind() -> None:
    taxonomy = Taxonomy((a_label("price"), a_label("pain_point", "signal"), a_label("closing", "skill")))
    assert (taxonomy.objections, taxonomy.signals, taxonomy.skills) == (("price",), ("pain_point",), ("closing",))


def test_a_code_is_allowed_only_for_its_roles() -> None:
    taxonomy = Taxonomy((a_label(),))
    assert taxonomy.allows("objection", "price", "customer")
    assert not taxonomy.allows("objection", "price", "rep")
    assert not taxonomy.allows("objection", "colour", "customer")


def test_an_unknown_code_names_the_known_ones() -> None:
    with pytest.raises(LabelUnknown, match="known codes: price"):
        Taxonomy((a_label(),)).label("objection", "colour")


def test_a_neighbour_without_a_file_is_a_fault() -> None:
    assert list(border_faults([a_label(near="money")])) == [
        "objection price: names the neighbour 'money', which no file describes; correct the code"
    ]


def test_objections_and_signals_border_on_each_other_but_not_on_skills() -> None:
    signal = a_label("budget_info", "signal", near="price")
    assert not list(border_faults([signal, a_label(near="budget_info")]))
    skill = a_label("closing", "skill", near="budget")
    assert len(list(border_faults([skill, a_label("budget", near="budget")]))) == 1


@pytest.mark.parametrize(
    ("locked", "expected"),
    [
        pytest.param("objection/price", [], id="in_step"),
        pytest.param("# a note\n\nobjection/price\n", [], id="notes_and_blank_lines"),
        pytest.param("", ["objection/price is new"], id="new_code_not_locked"),
        pytest.param("objection/price\nobjection/colour", ["objection/colour was published"], id="published_code_gone"),
    ],
)
def test_labels_and_lock_agree_or_say_what_to_do(locked: str, expected: list[str]) -> None:
    faults = list(lock_faults(locked, ["objection/price"]))
    assert len(faults) == len(expected)
    assert all(part in fault for part, fault in zip(expected, faults, strict=True))
