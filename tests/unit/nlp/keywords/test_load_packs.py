"""Packs out of a folder: each file in the order of its path, one name once, every fault with its file."""

from pathlib import Path

import pytest

from nlp.errors import ContentInvalid
from nlp.keywords.pack import load_pack, load_packs


def a_pack(path: Path, pack_id: str, term: str = "峰谷电价") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"id: {pack_id}\ntitle: 用电\nstatus: active\ncategory: tariff\nseverity: notice\nterms: [{term}]\n"
        f"examples: {{fires: [{term}差六毛], stays_silent: [您好]}}\n",
        encoding="utf-8",
    )
    return path


def test_packs_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    a_pack(tmp_path / "medical" / "admission.yaml", "admission", "准入")
    a_pack(tmp_path / "energy" / "power.yaml", "power")
    (tmp_path / "README.md").write_text("not a pack", encoding="utf-8")
    assert [pack.id for pack in load_packs(tmp_path)] == ["power", "admission"]


def test_an_empty_folder_holds_no_pack(tmp_path: Path) -> None:
    assert load_packs(tmp_path) == []


def test_two_packs_of_one_name_are_refused(tmp_path: Path) -> None:
    a_pack(tmp_path / "a" / "power.yaml", "power")
    a_pack(tmp_path / "b" / "power.yaml", "power", "电价")
    with pytest.raises(ContentInvalid, match="'power' names two packs; rename one"):
        load_packs(tmp_path)


def test_a_fault_names_its_file(tmp_path: Path) -> None:
    path = a_pack(tmp_path / "power.yaml", "power")
    path.write_text(path.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")
    with pytest.raises(ContentInvalid, match=r"power\.yaml.*colour"):
        load_pack(path)


def test_a_file_in_another_encoding_is_named_with_the_way_out(tmp_path: Path) -> None:
    path = a_pack(tmp_path / "power.yaml", "power")
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    with pytest.raises(ContentInvalid, match=r"power\.yaml: not UTF-8; save the file as UTF-8"):
        load_packs(tmp_path)
