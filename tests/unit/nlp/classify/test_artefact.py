"""What a damaged or tampered model directory is answered with: a typed refusal that says the way out."""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.training.graphs import linear_graph
from nlp.churn import ChurnModel
from nlp.classify import TriageModel, TurnModels
from nlp.classify.artefact import MANIFEST, Artefact, load_artefact, session
from nlp.classify.opening import open_grams, open_labels
from nlp.errors import ModelMissing, ModelRefused
from nlp.roles import RoleModel

GRAMS = {
    "grams.txt": "太\n贵".encode(),
    "idf.bin": b"\x00\x00\x80?\x00\x00\x00@",
    "grams.json": b'{"context_size": 1}',
    "syllables.txt": "贵跪".encode(),
    "cues.txt": "expensive: 太贵".encode(),
}
LABEL = {
    "code": "price",
    "kind": "objection",
    "roles": ["customer"],
    "calibration": [2.0, -1.0],
    "thresholds": {"f1": 0.5, "precision_90": 0.9, "recall_90": 0.1},
}


def a_directory(root: Path, files: dict[str, bytes]) -> Path:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    for name, content in files.items():
        (root / name).write_bytes(content)
    (root / MANIFEST).write_text(json.dumps({"version": "t-1", "files": digests}), encoding="utf-8")
    return root


def test_grams_are_restored_as_they_were_stored() -> None:
    grams = open_grams(Artefact("t-1", GRAMS))
    assert (grams.size, grams.context_size) == (2, 1)
    assert grams.of("太贵").ids.tolist() == [0, 1]
    first, second = grams.of("太贵").values.tolist()
    assert second == pytest.approx(2 * first)


def test_labels_are_restored_in_the_order_of_the_graphs_columns() -> None:
    other = {**LABEL, "code": "commitment", "kind": "signal", "roles": ["rep", "customer"], "calibration": [1.0, 0.0]}
    labels, calibration = open_labels(Artefact("t-1", {"labels.json": json.dumps([LABEL, other]).encode()}))
    assert [(label.code, label.kind, label.roles) for label in labels] == [
        ("price", "objection", frozenset({"customer"})),
        ("commitment", "signal", frozenset({"rep", "customer"})),
    ]
    assert calibration.tolist() == [[2.0, -1.0], [1.0, 0.0]]


@pytest.mark.parametrize("name", sorted(GRAMS))
def test_a_vocabulary_file_that_the_manifest_does_not_name_is_refused_by_name(name: str) -> None:
    rest = {other: content for other, content in GRAMS.items() if other != name}
    with pytest.raises(ModelRefused, match=name) as caught:
        open_grams(Artefact("turns-1", rest))
    assert "turns-1" in str(caught.value)
    assert "models.train" in str(caught.value)


@pytest.mark.parametrize(
    ("load", "absent"),
    [
        (TurnModels.load, "labels.json"),
        (TriageModel.load, "labels.json"),
        (ChurnModel.load, "weights.json"),
    ],
    ids=["turns", "triage", "churn"],
)
def test_a_model_whose_manifest_forgot_a_file_is_refused_by_name(
    load: Callable[[Path], object], absent: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelRefused, match=absent):
        load(a_directory(tmp_path, {"about.txt": b"."}))


@pytest.mark.parametrize("load", [TurnModels.load, TriageModel.load, RoleModel.load], ids=["turns", "triage", "roles"])
def test_a_model_without_its_graph_is_refused_by_name(load: Callable[[Path], object], tmp_path: Path) -> None:
    files = {**GRAMS, "labels.json": json.dumps([LABEL]).encode(), "smoothing.json": b"{}"}
    with pytest.raises(ModelRefused, match=r"linear\.onnx"):
        load(a_directory(tmp_path, files))


@pytest.mark.parametrize(
    "written",
    ["", "{", "[]", "null", "{}", '{"version": "t-1"}', '{"files": {}}', '{"version": 1, "files": 7}', "\ufeff{}"],
    ids=["empty", "cut off", "a list", "null", "nothing", "no files", "no version", "files a number", "a mark before"],
)
def test_a_damaged_manifest_is_refused_with_the_way_out(written: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(written, encoding="utf-8")
    with pytest.raises(ModelRefused, match=r"manifest\.json is damaged; run `python -m models\.train"):
        load_artefact(tmp_path)


def test_a_manifest_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelRefused, match="damaged"):
        load_artefact(tmp_path)


@pytest.mark.parametrize("at", [0, 3, -1], ids=["first byte", "inside", "last byte"])
def test_one_flipped_bit_anywhere_is_refused_with_the_way_out(at: int, tmp_path: Path) -> None:
    directory = a_directory(tmp_path, {"idf.bin": GRAMS["idf.bin"]})
    content = bytearray(GRAMS["idf.bin"])
    content[at] ^= 1
    (directory / "idf.bin").write_bytes(content)
    with pytest.raises(ModelRefused, match=r"SHA-256 of idf\.bin.*models\.train"):
        load_artefact(directory)


@pytest.mark.parametrize("name", ["../x", "sub/x", "/x", "./x"], ids=["above", "below", "absolute", "here"])
def test_a_name_with_a_way_in_it_is_refused_whatever_lies_there(name: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps({"version": "t-1", "files": {name: "00"}}), encoding="utf-8")
    with pytest.raises(ModelRefused, match="own directory"):
        load_artefact(tmp_path)


@pytest.mark.parametrize("name", [".", ".."], ids=["itself", "its parent"])
def test_a_directory_named_as_a_file_is_not_read(name: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps({"version": "t-1", "files": {name: "00"}}), encoding="utf-8")
    with pytest.raises((ModelMissing, ModelRefused)):
        load_artefact(tmp_path)


def test_an_open_session_does_not_keep_the_bytes_of_its_file() -> None:
    model = bytes(
        linear_graph(
            *(np.ones((2, 1), np.float32) for _ in range(3)), np.ones((1, 1), np.float32), np.ones(1, np.float32)
        )
    )
    held = sys.getrefcount(model)
    opened = session(model)
    assert sys.getrefcount(model) == held
    assert [output.name for output in opened.get_outputs()] == ["margins", "contributions"]
