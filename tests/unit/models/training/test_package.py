"""A model's directory: files, and a manifest that vouches for each of them and nothing else."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from models.training.package import gram_files, json_bytes, write_model
from models.training.spelling import syllable_lines
from nlp.classify.artefact import MANIFEST, Artefact, load_artefact
from nlp.classify.cues import Cues
from nlp.classify.folding import folding_table
from nlp.classify.grams import Grams, Spelling, build_vocabulary, parse_syllables
from nlp.classify.opening import open_grams
from nlp.errors import ModelRefused

FILES = {"linear.onnx": b"\x00\x01", "labels.json": b"[]"}
TABLE = folding_table()
SPELLING = Spelling(TABLE, parse_syllables(syllable_lines()), Cues(["expensive: 贵"], TABLE))


def test_what_was_written_is_what_is_loaded(tmp_path: Path) -> None:
    directory = write_model("turns", FILES, about={"turns": 3}, root=tmp_path)
    artefact = load_artefact(directory)
    assert directory == tmp_path / "turns"
    assert dict(artefact.files) == FILES


def test_the_manifest_names_each_file_with_its_hash_and_what_it_is_about(tmp_path: Path) -> None:
    directory = write_model("turns", FILES, about={"turns": 3}, root=tmp_path)
    manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    assert manifest["about"] == {"turns": 3}


def test_the_same_files_are_the_same_version_in_any_order(tmp_path: Path) -> None:
    first = write_model("turns", FILES, about={"seed": 1}, root=tmp_path / "a")
    second = write_model("turns", dict(reversed(FILES.items())), about={"seed": 2}, root=tmp_path / "b")
    assert load_artefact(first).version == load_artefact(second).version
    assert load_artefact(first).version.startswith("turns-")


@pytest.mark.parametrize("name", sorted(FILES))
def test_one_other_byte_is_another_version(name: str, tmp_path: Path) -> None:
    first = write_model("turns", FILES, about={}, root=tmp_path / "a")
    second = write_model("turns", {**FILES, name: FILES[name] + b"."}, about={}, root=tmp_path / "b")
    assert load_artefact(first).version != load_artefact(second).version


def test_training_again_replaces_the_model_and_forgets_files_it_no_longer_has(tmp_path: Path) -> None:
    write_model("turns", {**FILES, "old.txt": b"."}, about={}, root=tmp_path)
    directory = write_model("turns", {**FILES, "labels.json": b"[1]"}, about={}, root=tmp_path)
    artefact = load_artefact(directory)
    assert artefact.json("labels.json") == [1]
    assert "old.txt" not in artefact.files


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_changed_after_training_is_refused(name: str, tmp_path: Path) -> None:
    directory = write_model("turns", FILES, about={}, root=tmp_path)
    (directory / name).write_bytes(FILES[name] + b"\n")
    with pytest.raises(ModelRefused, match=name):
        load_artefact(directory)


def test_a_training_that_broke_off_before_the_manifest_is_refused(tmp_path: Path) -> None:
    directory = write_model("turns", FILES, about={}, root=tmp_path)
    (directory / "linear.onnx").write_bytes(b"\x00\x02")
    with pytest.raises(ModelRefused):
        load_artefact(directory)


def test_a_vocabulary_survives_its_files_whatever_was_said() -> None:
    marks = [*map(chr, range(0x3100)), *map(chr, range(0xE000, 0x10000)), "🙂", "\U0010ffff"]
    texts = ["太贵了" + "".join(marks[at : at + 40]) for at in range(0, len(marks), 40)]
    vocabulary, idf = build_vocabulary(texts, SPELLING, minimum=1, context_size=8)
    stored = gram_files(vocabulary, idf, 8)
    restored = open_grams(Artefact("t-1", {**stored, "cues.txt": "expensive: 贵".encode()}))
    ours = Grams(vocabulary, idf, spelling=SPELLING, context_size=8)
    assert (restored.size, restored.context_size) == (len(vocabulary), 8)
    for one, other in zip(ours.of_all(texts), restored.of_all(texts), strict=True):
        assert np.array_equal(one.ids, other.ids)
        assert np.array_equal(one.values, other.values)


def test_json_is_the_same_for_the_same_value() -> None:
    assert json_bytes({"b": "贵", "a": 1}) == json_bytes({"a": 1, "b": "贵"})
    assert "贵" in json_bytes({"b": "贵"}).decode()
