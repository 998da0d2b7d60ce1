"""What a model directory holds, and what is wrong with it, told before any library is asked."""

import json
from pathlib import Path

import pytest

from nlp.asr.engines.sherpa import check_language
from nlp.asr.engines.sherpa_model import FORMS, load_model_facts, load_onnx_metadata
from nlp.errors import ModelMissing, ModelRefused
from tests.support.tiny_sherpa import METADATA, build_tiny_sherpa


@pytest.mark.parametrize("kind", METADATA)
def test_a_published_directory_is_known_by_its_metadata(tmp_path: Path, kind: str) -> None:
    model = load_model_facts(str(build_tiny_sherpa(tmp_path / "published-model", kind=kind)))
    assert (model.kind, model.name) == (kind, "published-model")
    assert model.files == {"model": tmp_path / "published-model" / "model.onnx"}
    assert model.language == ""


def test_a_manifest_says_more_than_the_files(tmp_path: Path) -> None:
    manifest = {"name": "demo-1", "language": "zh", "note": "synthetic voices only", "punctuates": False}
    model = load_model_facts(str(build_tiny_sherpa(tmp_path, manifest=manifest)))
    assert (model.name, model.language, model.note) == ("demo-1", "zh", "synthetic voices only")
    assert not model.punctuates


def test_of_two_precisions_the_small_one_is_taken(tmp_path: Path) -> None:
    build_tiny_sherpa(tmp_path)
    (tmp_path / "model.int8.onnx").write_bytes((tmp_path / "model.onnx").read_bytes())
    assert load_model_facts(str(tmp_path)).files["model"].name == "model.int8.onnx"


def test_three_parts_are_a_transducer(tmp_path: Path) -> None:
    build_tiny_sherpa(tmp_path)
    data = (tmp_path / "model.onnx").read_bytes()
    (tmp_path / "model.onnx").unlink()
    for name in ("encoder-epoch-9.onnx", "encoder-epoch-9.int8.onnx", "decoder-epoch-9.onnx", "joiner-epoch-9.onnx"):
        (tmp_path / name).write_bytes(data)
    model = load_model_facts(str(tmp_path))
    assert model.kind == "transducer"
    assert model.files["encoder"].name == "encoder-epoch-9.int8.onnx"


def test_a_directory_that_is_not_there_is_missing_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="there is no such directory") as caught:
        load_model_facts(str(tmp_path / "nowhere"))
    assert "FIELDCUE_ASR__MODEL" in caught.value.remedy
    assert all(kind in caught.value.remedy for kind in FORMS)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("tokens.txt", "tokens.txt is missing"), ("model.onnx", "no .onnx file")],
)
def test_a_file_that_is_not_there_is_missing(tmp_path: Path, name: str, reason: str) -> None:
    build_tiny_sherpa(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ModelMissing, match=reason):
        load_model_facts(str(tmp_path))


def test_a_file_that_the_manifest_names_is_missing(tmp_path: Path) -> None:
    build_tiny_sherpa(tmp_path, manifest={"model": "other.onnx"})
    with pytest.raises(ModelMissing, match=r"other\.onnx is missing"):
        load_model_facts(str(tmp_path))


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        pytest.param({"kind": "whisper"}, "names the kind 'whisper'; known kinds: sense_voice", id="unknown kind"),
        pytest.param({"modle": "x"}, "unknown keys modle; known", id="a misspelt key"),
        pytest.param({"sample_rate": 8000}, "only models for 16000 Hz", id="another rate"),
        pytest.param({"model": 5}, "must name the file of its model", id="no file name"),
        pytest.param({"model": "../escape.onnx"}, "leads out of the model's directory", id="a way out"),
        pytest.param({"tokens": "/etc/passwd"}, "leads out of the model's directory", id="an absolute way out"),
        pytest.param({"kind": "transducer"}, "must name the file of its encoder", id="parts not named"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_fault(tmp_path: Path, manifest: dict[str, object], reason: str) -> None:
    build_tiny_sherpa(tmp_path / "model", manifest=manifest)
    with pytest.raises(ModelRefused, match=reason):
        load_model_facts(str(tmp_path / "model"))


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_a_manifest_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    build_tiny_sherpa(tmp_path)
    (tmp_path / "engine.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelRefused, match=r"engine\.json"):
        load_model_facts(str(tmp_path))


def test_a_link_out_of_the_directory_is_refused(tmp_path: Path) -> None:
    build_tiny_sherpa(tmp_path / "a", manifest={})
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "engine.json").write_text(json.dumps({"kind": "zipformer_ctc", "model": "model.onnx"}))
    (tmp_path / "b" / "tokens.txt").write_text("<blk> 0\n")
    (tmp_path / "b" / "model.onnx").symlink_to(tmp_path / "a" / "model.onnx")
    with pytest.raises(ModelRefused, match="leads out"):
        load_model_facts(str(tmp_path / "b"))


@pytest.mark.parametrize("kind", ["wenet_ctc", "nemo_ctc"])
def test_metadata_that_the_library_would_end_the_process_over_is_named(tmp_path: Path, kind: str) -> None:
    metadata = {key: value for key, value in METADATA[kind].items() if key != "subsampling_factor"}
    build_tiny_sherpa(tmp_path, kind=kind, metadata={**metadata, "vocab_size": "20"})
    with pytest.raises(ModelRefused, match="lacks the metadata subsampling_factor"):
        load_model_facts(str(tmp_path))


def test_a_model_that_does_not_say_what_it_is_needs_a_manifest(tmp_path: Path) -> None:
    build_tiny_sherpa(tmp_path, metadata={})
    with pytest.raises(ModelRefused, match=r"write .*engine\.json"):
        load_model_facts(str(tmp_path))
    build_tiny_sherpa(tmp_path, metadata={}, manifest={})
    assert load_model_facts(str(tmp_path)).kind == "zipformer_ctc"


def test_two_models_in_one_directory_need_a_manifest(tmp_path: Path) -> None:
    build_tiny_sherpa(tmp_path)
    (tmp_path / "other.onnx").write_bytes((tmp_path / "model.onnx").read_bytes())
    with pytest.raises(ModelRefused, match=r"several models \(model.onnx, other.onnx\)"):
        load_model_facts(str(tmp_path))


@pytest.mark.parametrize(
    ("tokens", "reason"),
    [
        pytest.param("我 1\n你 2\n", "no blank", id="no blank"),
        pytest.param("", "line 1", id="empty"),
        pytest.param("<blk> 0\n我\n", "line 2", id="a symbol without number"),
    ],
)
def test_a_wrong_token_table_is_refused(tmp_path: Path, tokens: str, reason: str) -> None:
    build_tiny_sherpa(tmp_path)
    (tmp_path / "tokens.txt").write_text(tokens, encoding="utf-8")
    with pytest.raises(ModelRefused, match=reason):
        load_model_facts(str(tmp_path))


def test_a_token_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    build_tiny_sherpa(tmp_path)
    (tmp_path / "tokens.txt").write_bytes("<blk> 0\n我 1\n".encode("gbk"))
    with pytest.raises(ModelRefused, match="not UTF-8"):
        load_model_facts(str(tmp_path))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[: len(data) // 2], id="cut off"),
        pytest.param(lambda _: b"\xff" * 200, id="noise"),
        pytest.param(lambda _: b"\x72\x84\x01", id="a promise of more"),
        pytest.param(lambda _: b"<html>not found</html>", id="a download page"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: object) -> None:
    path = build_tiny_sherpa(tmp_path) / "model.onnx"
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ModelRefused, match="no whole ONNX file"):
        load_onnx_metadata(path)


def test_long_metadata_is_read_whole(tmp_path: Path) -> None:
    long = ",".join(str(n) for n in range(20_000))
    build_tiny_sherpa(tmp_path, metadata={"neg_mean": long, "model_type": "paraformer"})
    assert load_onnx_metadata(tmp_path / "model.onnx") == {"neg_mean": long, "model_type": "paraformer"}


@pytest.mark.parametrize(
    ("language", "fits"), [("", True), ("zh", True), ("zh-en", True), ("auto", True), ("en", False), ("ja,ko", False)]
)
def test_a_model_is_refused_for_a_language_that_it_does_not_name(tmp_path: Path, language: str, fits: bool) -> None:
    model = load_model_facts(str(build_tiny_sherpa(tmp_path, manifest={"language": language})))
    if fits:
        check_language(model, "zh")
    else:
        with pytest.raises(ModelRefused):
            check_language(model, "zh")
