"""A model directory opens only when every file is what its manifest says."""

import hashlib
import json
from pathlib import Path

import pytest

from nlp.classify.artefact import MANIFEST, load_artefact
from nlp.errors import ModelMissing, ModelRefused


def a_directory(root: Path, files: dict[str, bytes], *, named: dict[str, str] | None = None) -> Path:
    root.mkdir(exist_ok=True)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    for name, content in files.items():
        (root / name).write_bytes(content)
    (root / MANIFEST).write_text(json.dumps({"version": "t-1", "files": digests | (named or {})}), encoding="utf-8")
    return root


def test_files_come_back_as_written(tmp_path: Path) -> None:
    artefact = load_artefact(a_directory(tmp_path / "m", {"a.json": b"[1]", "b.txt": "贵".encode()}))
    assert artefact.version == "t-1"
    assert artefact.json("a.json") == [1]
    assert artefact.text("b.txt") == "贵"


def test_an_absent_directory_is_a_missing_model_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        load_artefact(tmp_path / "nothing")
    assert "models.train" in caught.value.remedy


def test_a_file_the_manifest_names_must_exist(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "m", {"a.json": b"[1]"})
    (directory / "a.json").unlink()
    with pytest.raises(ModelMissing, match=r"a\.json"):
        load_artefact(directory)


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "m", {"a.json": b"[1]"})
    (directory / "a.json").write_bytes(b"[2]")
    with pytest.raises(ModelRefused, match="SHA-256"):
        load_artefact(directory)


def test_a_name_that_leads_out_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"x")
    directory = a_directory(tmp_path / "m", {}, named={"../outside": hashlib.sha256(b"x").hexdigest()})
    with pytest.raises(ModelRefused, match="own directory"):
        load_artefact(directory)


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"x")
    directory = a_directory(tmp_path / "m", {"a.bin": b"x"})
    (directory / "a.bin").unlink()
    (directory / "a.bin").symlink_to(tmp_path / "outside")
    with pytest.raises(ModelRefused):
        load_artefact(directory)


def test_files_the_manifest_does_not_name_are_not_read(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "m", {"a.json": b"[1]"})
    (directory / "stray.pkl").write_bytes(b"boom")
    assert set(load_artefact(directory).files) == {"a.json"}
