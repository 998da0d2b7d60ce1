"""One value changes, and every other character stands: comments, quotes, order, blank lines, blocks and braces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.strict_yaml import parse, without_unseen
from nlp.yaml_edit import (
    NotChangeable,
    add_item,
    add_key,
    comments_in,
    drop,
    move_item,
    places_of,
    set_raw,
    set_value,
)

TEXT = """# 文件头
id: first_rule   # 行末注释
title: '引号：''单'' '
to: [owner, "manager"]   # 谁
when:
  # 上面的注释
  a: {field: stage, "b": [x, y]}

  b:
    event:
      - call.logged  # 电话
      - visit.completed
text: |
  第一行
    缩进

  第二行
cases:
  - now: 1   # 一
    note: >-
      折叠
      的话
  - {now: 2, note: "二 # 不是注释"}
others:
    - now: 3
empty:
last: 完
"""


def data(text: str) -> dict[str, object]:
    return dict(parse(text, source="t").data)


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("id",), "second_rule", "id: second_rule   # 行末注释"),
        (("id",), "true", 'id: "true"   # 行末注释'),
        (("id",), "a # b", 'id: "a # b"   # 行末注释'),
        (("id",), "72h", "id: 72h   # 行末注释"),
        (("id",), "72", 'id: "72"   # 行末注释'),
        (("title",), "it's", "title: 'it''s'"),
        (("when", "a", "field"), "amount", '  a: {field: amount, "b": [x, y]}'),
        (("when", "a", "field"), "a, b", '  a: {field: "a, b", "b": [x, y]}'),
        (("when", "b", "event", 0), "order.placed", "      - order.placed  # 电话"),
        (("to",), ["owner", "on: off"], 'to: [owner, "on: off"]   # 谁'),
        (("empty",), "有了", "empty: 有了"),
        (("cases", 1, "note"), "短", '  - {now: 2, note: "短"}'),
    ],
)
def test_a_value_is_written_as_it_was_written_before(path: tuple[str | int, ...], value: str, line: str) -> None:
    changed = set_value(TEXT, path, value)
    differing = [new for old, new in zip(TEXT.split("\n"), changed.split("\n"), strict=True) if old != new]
    assert differing == [line]
    assert comments_in(changed) == comments_in(TEXT)


def test_a_block_of_lines_stays_one() -> None:
    changed = set_value(TEXT, ("text",), "一\n\n二")
    assert "text: |-\n  一\n\n  二\ncases:" in changed
    assert data(changed)["text"] == "一\n\n二"


def test_keys_and_items_come_and_go_with_their_own_lines_only() -> None:
    longer = add_key(TEXT, ("when", "c"), "{field: grade}", after="a")
    assert '  a: {field: stage, "b": [x, y]}\n  c: {field: grade}\n\n  b:' in longer
    assert drop(longer, ("when", "c")) == TEXT
    assert '{field: stage, "b": [x, y], for: 3d}' in add_key(TEXT, ("when", "a", "for"), "3d")
    assert '{"b": [x, y]}' in drop(TEXT, ("when", "a", "field"))
    assert "{field: stage}" in drop(TEXT, ("when", "a", "b"))
    assert "[owner]   # 谁" in drop(TEXT, ("to", 1))
    gone = drop(TEXT, ("when", "b"))
    assert "call.logged" not in gone
    assert comments_in(gone) == [one for one in comments_in(TEXT) if one != "# 电话"]
    more = add_item(TEXT, ("others",), "{now: 4}")
    assert "    - now: 3\n    - {now: 4}\nempty:" in more
    assert "x, y, z]" in add_item(TEXT, ("when", "a", "b"), "z")


def test_an_item_moves_with_its_comments_and_takes_the_indent_of_its_new_place() -> None:
    moved = move_item(TEXT, ("cases", 0), ("others",))
    assert "    - now: 1   # 一\n      note: >-\n        折叠\n        的话\nempty:" in moved
    assert data(moved)["others"] == [{"now": 3}, {"now": 1, "note": "折叠 的话"}]
    assert sorted(comments_in(moved)) == sorted(comments_in(TEXT))


@pytest.mark.parametrize(
    "change",
    [
        lambda: drop(TEXT, ("others", 0)),
        lambda: drop(TEXT, ("cases", 0, "now")),
        lambda: set_value(TEXT, ("nobody",), "x"),
        lambda: set_value(TEXT, ("id",), "看不见\u202e"),
        lambda: set_raw(TEXT, ("id",), "{a: 1, a: 2}"),
        lambda: set_raw(TEXT, ("id",), "x\nfoo: bar"),
        lambda: add_key(TEXT, ("id", "x"), "1"),
        lambda: add_key(TEXT, ("title",), "1"),
        lambda: move_item("a: [1, 2]\nb: [3]\n", ("a", 0), ("c",)),
    ],
    ids=range(9),
)  # fmt: skip
def test_what_cannot_be_done_cleanly_is_refused(change: object) -> None:
    with pytest.raises(NotChangeable):
        change()  # type: ignore[operator]


words = st.text(st.characters(exclude_categories=("Cs", "Cc"), codec="utf-8"), min_size=1, max_size=30)
PATHS = [path for path, place in places_of(TEXT).items() if place.kind == "scalar"]


@given(path=st.sampled_from(PATHS), value=words)
@settings(max_examples=300, deadline=None)
def test_any_words_anywhere_read_back_as_they_are_and_change_nothing_else(
    path: tuple[str | int, ...], value: str
) -> None:
    value = without_unseen(value)
    changed = set_value(TEXT, path, value)
    told: object = data(changed)
    for part in path:
        told = told[part]  # type: ignore[index]
    assert told == value
    assert comments_in(changed) == comments_in(TEXT)
    assert data(set_value(changed, path, "x")) == data(set_value(TEXT, path, "x"))
