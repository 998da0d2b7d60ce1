"""A sentence encoder from a directory: what it says, what it is called, and every way in which one is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.encode import NamedEncoder, load_encoder, load_named_encoder
from nlp.encode.onnx_encoder import BATCH, pooled, unit_length
from nlp.errors import ModelMissing, ModelRefused
from tests.support.tiny_encoder import POSITIONS, WIDTH, build_tiny_encoder

Break = Callable[[Path], object]


def test_what_means_the_same_lies_together_and_what_does_not_apart(tmp_path: Path) -> None:
    dear, painful, will, nothing = load_encoder(build_tiny_encoder(tmp_path)).encode(["贵", "疼", "发", ""])
    assert dear @ painful == pytest.approx(1.0, abs=1e-5)
    assert dear @ will < 0.9
    assert not nothing.any()


def test_a_text_s_vector_does_not_depend_on_its_neighbours(tmp_path: Path) -> None:
    encoder = load_encoder(build_tiny_encoder(tmp_path))
    texts = ["太贵了", "贵", "我明天发您", ""] + ["价格高" * n for n in range(1, 2 * BATCH)]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert together.shape == (len(texts), WIDTH)
    assert together == pytest.approx(alone, abs=1e-5)


def test_equal_texts_are_read_once_and_nobody_asks_for_none(tmp_path: Path) -> None:
    encoder = load_encoder(build_tiny_encoder(tmp_path))
    first, other, again = encoder.encode(["太贵了", "发您", "太贵了"])
    assert (first == again).all()
    assert (first != other).any()
    assert encoder.encode([]).shape == (0, WIDTH)


def test_a_text_is_read_as_far_as_it_may_be(tmp_path: Path) -> None:
    encoder = load_encoder(build_tiny_encoder(tmp_path, max_tokens=6))
    seen, same, megabyte = encoder.encode(["太贵了太", "太贵了太发发发", "太贵了太" + "发" * 1_000_000])
    assert (seen == same).all()
    assert (seen == megabyte).all()


@pytest.mark.parametrize("pooling", ["mean", "cls", "graph"])
def test_tokens_are_pooled_as_declared(pooling: Any) -> None:
    said = np.asarray([[[1.0, 0], [3, 0], [99, 99]], [[0, 5.0], [0, 0], [0, 0]]], np.float32)
    mask = np.asarray([[1, 1, 0], [0, 0, 0]])
    given = said[:, 0] if pooling == "graph" else said
    expected = {"mean": [[2, 0], [0, 0]], "cls": [[1, 0], [0, 0]], "graph": [[1, 0], [0, 0]]}
    assert pooled(given, mask, pooling).tolist() == expected[pooling]


def test_a_vector_of_no_numbers_says_nothing() -> None:
    rows = unit_length(np.asarray([[3.0, 4.0], [np.nan, 1.0], [0.0, 0.0], [np.inf, 0.0]], np.float32))
    assert rows.tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]


def test_pooling_is_found_in_the_graph_or_where_sentence_transformers_writes_it(tmp_path: Path) -> None:
    graph = build_tiny_encoder(tmp_path / "graph", gives="both", pooling=None)
    declared = build_tiny_encoder(tmp_path / "declared", pooling=None)
    for made in (graph, declared):
        (made / "sentence_bert_config.json").write_text('{"max_seq_length": 20}')
    (declared / "1_Pooling").mkdir()
    modes = {"word_embedding_dimension": 8, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (declared / "1_Pooling" / "config.json").write_text(json.dumps(modes))
    found = load_encoder(declared).named
    assert (load_encoder(graph).named.pooling, found.pooling, found.max_tokens) == ("graph", "mean", 20)


def test_a_vocabulary_reads_like_the_tokenizer_it_belongs_to(tmp_path: Path) -> None:
    texts = ["太贵了", "我明天发您", ""]
    json_form = load_encoder(build_tiny_encoder(tmp_path / "json"))
    text_form = load_encoder(build_tiny_encoder(tmp_path / "text", vocabulary="vocab.txt"))
    assert text_form.encode(texts) == pytest.approx(json_form.encode(texts), abs=1e-6)
    assert sorted(text_form.named.files) == ["model.onnx", "vocab.txt"]


def test_weights_in_a_file_of_their_own_are_vouched_for_too(tmp_path: Path) -> None:
    encoder = load_encoder(build_tiny_encoder(tmp_path, outside=True))
    assert sorted(encoder.named.files) == ["model.onnx", "model.onnx_data", "tokenizer.json"]
    (tmp_path / "model.onnx_data").unlink()
    with pytest.raises(ModelMissing, match=r"model\.onnx_data, which holds .* weights, is absent"):
        load_encoder(tmp_path)


def test_a_trained_model_finds_its_encoder_again_wherever_it_lies(tmp_path: Path) -> None:
    named = load_encoder(build_tiny_encoder(tmp_path / "here")).named
    moved = (tmp_path / "here").rename(tmp_path / "elsewhere")
    (moved / "encoder.json").write_text('{"pooling": "cls"}')  # the model's word counts, not the directory's
    again = load_named_encoder(NamedEncoder.of_json(json.loads(named.to_json())), moved)
    assert (again.named.pooling, again.named.max_tokens, again.named.files) == ("mean", 16, named.files)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda made: None, "none is set"),
        (lambda made: build_tiny_encoder(made, seed=2), "SHA-256 of model.onnx differs"),
        (lambda made: (made / "tokenizer.json").write_text((made / "tokenizer.json").read_text() + "\n"),
         "SHA-256 of tokenizer.json differs"),
        (lambda made: (made / "model.onnx").unlink(), "model.onnx is absent"),
        (lambda made: (made / "vocab.txt").write_text("x"), ""),
    ],
    ids=["no directory", "another graph", "another tokenizer", "no graph", "a file that is not read"],
)  # fmt: skip
def test_another_encoder_than_the_one_trained_with_is_refused_with_the_way_out(
    tmp_path: Path, change: Break, said: str
) -> None:
    named = load_encoder(build_tiny_encoder(tmp_path)).named
    change(tmp_path)
    directory = None if said == "none is set" else tmp_path
    if not said:
        assert load_named_encoder(named, directory).named == named
        return
    with pytest.raises(ModelRefused, match=said) as refused:
        load_named_encoder(named, directory)
    assert "set FIELDCUE_CONTENT__ENCODER_DIR" in str(refused.value)
    assert "fieldcue models rollback turns" in str(refused.value)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_not_there_is_named_with_the_way_to_one(tmp_path: Path, name: str) -> None:
    (build_tiny_encoder(tmp_path) / name).unlink()
    with pytest.raises(ModelMissing, match=name.partition(".")[0]) as missing:
        load_encoder(tmp_path)
    assert missing.value.remedy


def write(name: str, text: str) -> Break:
    return lambda made: (made / name).write_text(text)


@pytest.mark.parametrize(
    ("built", "change", "said"),
    [
        ({}, write("model.onnx", "no graph"), "is no ONNX file"),
        ({}, write("tokenizer.json", "{}"), "its tokenizer cannot be read"),
        ({}, write("encoder.json", "{"), "encoder.json is no JSON"),
        ({}, write("encoder.json", "[]"), "is no JSON object"),
        ({}, write("encoder.json", '{"pool": "mean"}'), "unknown key pool"),
        ({}, write("encoder.json", '{"pooling": "max"}'), "it can be mean, cls or graph"),
        ({}, write("encoder.json", '{"pooling": "mean", "max_tokens": 1}'), "max_tokens is 1"),
        ({}, write("encoder.json", '{"pooling": "mean", "max_tokens": "9"}'), "max_tokens is '9'"),
        ({"max_tokens": POSITIONS + 1}, None, f"cannot read {POSITIONS + 1} tokens.*lower max_tokens"),
        ({"pooling": None}, None, "nothing says how to pool them; write encoder.json"),
        ({"pooling": "graph"}, None, "nothing to pool by graph"),
        ({"gives": "labels"}, None, "nothing to pool by mean"),
        ({"gives": "labels", "pooling": None}, None, "nothing to pool by any way known"),
        ({"takes": ("input_ids", "attention_mask", "pixels")}, None, "takes attention_mask, input_ids, pixels"),
        ({"takes": ("input_ids",)}, None, "an encoder takes input_ids, attention_mask"),
        ({"fixed": True}, None, "export it with dynamic axes"),
    ],
    ids=lambda value: None,
)
def test_an_encoder_that_cannot_do_its_work_is_refused_by_name(
    tmp_path: Path, built: dict[str, Any], change: Break | None, said: str
) -> None:
    made = build_tiny_encoder(tmp_path / "tiny-zh", **built)
    if change is not None:
        change(made)
    with pytest.raises(ModelRefused, match=said) as refused:
        load_encoder(made)
    assert "tiny-zh" in str(refused.value)


def test_a_pooling_that_nobody_knows_here_is_refused(tmp_path: Path) -> None:
    made = build_tiny_encoder(tmp_path, pooling=None)
    (made / "1_Pooling").mkdir()
    (made / "1_Pooling" / "config.json").write_text('{"pooling_mode_max_tokens": true}')
    with pytest.raises(ModelRefused, match="wants pooling_mode_max_tokens"):
        load_encoder(made)


@pytest.mark.parametrize("said", [[], {}, {"files": {}}, {"files": 3}, "x", None], ids=str)
def test_a_damaged_name_is_refused(said: object) -> None:
    with pytest.raises(ModelRefused, match="train the model again"):
        NamedEncoder.of_json(said)
