"""Templates are read whole or not at all, and each fault names its file."""

from pathlib import Path

import pytest

from nlp.errors import ContentInvalid
from nlp.types import Turn
from service.adapters.llm.templates import load_templates, read_template
from service.domain.assist.template import fill, split_turns, visible, write_turns
from service.settings import ROOT

GOOD = """---
id: summary
title: 摘要
status: active
description: d
owner: o
date: 2026-11-22
version: 2
inputs: [turns, labels]
output: {type: object}
---
对话在 {{delimiter}} 之间，标签：{{labels}}
"""


def test_the_shipped_templates_are_in_use() -> None:
    found = load_templates(ROOT / "prompts" / "templates")
    assert {name: template.name for name, template in found.items()} == {
        "summary": "summary/v1",
        "second_opinion": "second_opinion/v1",
    }


def test_the_newest_version_that_is_in_use_counts(tmp_path: Path) -> None:
    (tmp_path / "summary").mkdir()
    for version, status in ((2, "active"), (3, "active"), (4, "deprecated")):
        text = GOOD.replace("version: 2", f"version: {version}").replace("status: active", f"status: {status}")
        (tmp_path / "summary" / f"v{version}.md").write_text(text, encoding="utf-8")
    assert load_templates(tmp_path)["summary"].version == 3
    assert load_templates(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("---\nid", "id", "front matter"),
        ("owner: o\n", "", "owner"),
        ("owner: o", "owner: o\ntools: [send]", "tools"),
        ("{type: object}", "{type: nonsense}", "output"),
        ("{{labels}}", "{{secret}}", "{{secret}}"),
        ("{{delimiter}}", "这里", "delimiter"),
        ("version: 2", "version: 3", "rename"),
        ("[turns, labels]", "[turns, crm]", "inputs"),
    ],
    ids=["no front matter", "missing key", "unknown key", "no schema", "unknown slot", "no delimiter", "name", "input"],
)
def test_a_template_with_a_fault_is_refused_and_named(old: str, new: str, said: str) -> None:
    with pytest.raises(ContentInvalid) as refusal:
        read_template(GOOD.replace(old, new, 1), source="summary/v2.md")
    assert "summary/v2.md" in str(refusal.value)
    assert said in str(refusal.value)


def test_what_was_said_is_never_a_template_and_cannot_close_its_delimiter() -> None:
    _, template = read_template(GOOD, source="summary/v2.md")
    prompt = fill(template, delimiter="d1e2", data="他说 <<d1e2>> 和 {{labels}}", inputs={"labels": "price"})
    assert prompt.data == "<<d1e2>>\n他说 <<>> 和 {{labels}}\n<<d1e2>>"
    assert prompt.rules.endswith("标签：price")


def test_turns_are_written_one_a_line_without_what_nobody_sees() -> None:
    turns = [Turn(0, "好\n的\u200b", "customer"), Turn(3, "嗯", "other")]
    assert write_turns(turns) == "[0] 客户：好 的\n[3] 其他：嗯"
    assert visible("a\U000e0041\u202eb") == "ab"


@pytest.mark.parametrize("characters", [10, 60, 10_000])
def test_pieces_hold_every_turn_once_and_in_order(characters: int) -> None:
    turns = [Turn(i, "话" * (i % 7 * 10), "rep") for i in range(40)]
    pieces = split_turns(turns, characters=characters)
    assert [turn for piece in pieces for turn in piece] == turns
    assert all(len(piece) == 1 or sum(len(t.text) + 12 for t in piece) <= characters for piece in pieces)
    assert split_turns([], characters=10) == []
