"""The playbooks' README says of every part of the engine where it is shown: the table is held to what there is."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.domain.content.owned import OWNED
from service.domain.content.playbook_actions import Action, ResponseClock
from service.domain.content.playbook_selections import OPTIONS
from service.domain.content.playbooks import Playbook

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "prompts" / "playbooks"
ROW = re.compile(r"^\| (?P<item>[^|`]+) \| `(?P<key>[a-z_.*]+)` \| (?:`(?P<file>[a-z_/]+)`)? ?\| `(?P<test>[^`]+)` \|$",
                 re.MULTILINE)  # fmt: skip
README = (FOLDER / "README.md").read_text("utf-8")
PACKS = re.compile(r"^\| ((?:[PR][0-9]+(?:, )?)+) \| ([^|]+) \| [^|]+ \| `([^`]+)` \|$", re.MULTILINE)
ROWS = [found.groupdict() for found in ROW.finditer(README)]


def uses(rule: Any, key: str) -> bool:
    """Whether a rule's plain data holds the key; actions may stand in the steps of its clock."""
    first, *rest = key.split(".")
    if first == "when":
        return any(rest[-1] in when for when in rule["when"].values())
    if first == "actions":
        steps = [action for step in rule.get("clock", {}).get("then", []) for action in step["actions"]]
        return any(rest[-1] in action for action in [*rule["actions"], *steps])
    if first == "clock":
        return rest[-1] in rule.get("clock", {})
    return first in rule


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["item"]))
def test_each_row_names_a_file_that_uses_the_key_and_a_test_that_is_there(row: dict[str, str]) -> None:
    if row["file"]:
        rule = yaml.safe_load((FOLDER / f"{row['file']}.yaml").read_text("utf-8"))
        assert uses(rule, row["key"])
        assert rule["status"] == "stable"
    path, _, name = row["test"].partition("::")
    tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
    assert [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name.startswith(name)]


def test_every_pack_that_is_no_rule_is_in_the_second_table_with_the_rows_it_serves_and_a_test() -> None:
    told = {row: (re.findall(r"`([a-z_/]+)/`", packs), test) for rows, packs, test in PACKS.findall(README)
            for row in rows.split(", ")}  # fmt: skip
    served: dict[str, set[str]] = {}
    for folder in {folder for folders, _ in told.values() for folder in folders}:
        for file in (FOLDER.parent / folder).glob("*.yaml"):
            for row in yaml.safe_load(file.read_text("utf-8"))["serves"]:
                served.setdefault(row, set()).add(folder)
    kinds = {kind.folder for name, kind in OWNED.items() if name != "office"}
    assert {folder for folders, _ in told.values() for folder in folders} == kinds
    for row, (folders, test) in told.items():
        assert served[row] & set(folders), row
        path, _, name = test.partition("::")
        tree = ast.parse((ROOT / "tests" / path).read_text("utf-8"))
        assert [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name.startswith(name)], test


def test_no_part_of_the_engine_is_left_out() -> None:
    keys = {row["key"] for row in ROWS}
    assert {f"when.*.{kind}" for kind in OPTIONS} <= keys
    assert {f"actions.{kind}" for kind in Action.model_fields} <= keys
    assert {f"clock.{name}" for name in ResponseClock.model_fields} <= keys
    assert {"every", "cooldown", "unless", "severity"} <= keys
    known = set(Playbook.model_fields)
    assert {key.split(".")[0] for key in keys} <= known
