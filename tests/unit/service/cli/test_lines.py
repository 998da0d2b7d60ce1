"""JSON lines in, JSON lines out: whole files or none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.errors import InputInvalid
from service.cli.lines import convert_lines


def echo(line: str, number: int) -> dict[str, Any]:
    if line == "wrong":
        raise InputInvalid(f"line {number}: wrong")
    return {"n": number, "line": line}


def converted(tmp_path: Path, raw: bytes) -> list[dict[str, Any]]:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(raw)
    convert_lines(source, target, echo)
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


READ = {
    "nothing": (b"", []),
    "blank lines only": (b"\n \n\r\n", []),
    "no last line end": ("甲\n乙".encode(), [(1, "甲"), (2, "乙")]),
    "blank lines count": (b"a\n\n\nb\n", [(1, "a"), (4, "b")]),
    "byte order mark": (b"\xef\xbb\xbfa\n", [(1, "a")]),
    "line separators inside a text": ("a\u2028b\x0bc\n".encode(), [(1, "a\u2028b\x0bc")]),
}


@pytest.mark.parametrize(("raw", "expected"), READ.values(), ids=READ)
def test_lines_are_numbered_as_an_editor_does(tmp_path: Path, raw: bytes, expected: list[tuple[int, str]]) -> None:
    assert [(found["n"], found["line"]) for found in converted(tmp_path, raw)] == expected


def test_windows_line_ends_reach_no_answer_that_matters(tmp_path: Path) -> None:
    assert [found["line"].rstrip("\r") for found in converted(tmp_path, b"a\r\nb\r\n")] == ["a", "b"]


def test_a_wrong_line_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("a\nwrong\n", encoding="utf-8")
    (tmp_path / "out").write_text("old", encoding="utf-8")
    with pytest.raises(InputInvalid, match="line 2"):
        convert_lines(tmp_path / "in", tmp_path / "out", echo)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_an_answer_may_replace_its_own_input(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.write_text("a\nb\n", encoding="utf-8")
    convert_lines(source, source, echo)
    assert len(source.read_text(encoding="utf-8").splitlines()) == 2


UNREADABLE = {
    "missing": lambda folder: folder / "none",
    "directory": lambda folder: folder,
    "GBK": lambda folder: gbk(folder / "gbk"),
}


def gbk(path: Path) -> Path:
    path.write_bytes("太贵了\n".encode("gbk"))
    return path


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_named(tmp_path: Path, make: Any) -> None:
    source = make(tmp_path)
    with pytest.raises(InputInvalid) as refusal:
        convert_lines(source, tmp_path / "out", echo)
    assert str(source) in str(refusal.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("target", ["no/such/out", "."])
def test_where_nothing_can_be_written_is_named(tmp_path: Path, target: str) -> None:
    (tmp_path / "in").write_text("a\n", encoding="utf-8")
    with pytest.raises(InputInvalid) as refusal:
        convert_lines(tmp_path / "in", tmp_path / target, echo)
    assert str(tmp_path / target) in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), min_size=1), max_size=8))
def test_any_text_goes_through_unchanged(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    kept = [line for line in lines if line.strip() and line != "wrong" and not line.startswith("\ufeff")]
    found = converted(tmp_path_factory.mktemp("lines"), "\n".join(kept).encode())
    assert [answer["line"] for answer in found] == kept
