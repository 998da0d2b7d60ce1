"""A sentence encoder that a test builds in a moment: every character has a vector, and a test says which share one.

Laid out as transformers' exports are: `model.onnx` over `input_ids` and `attention_mask`, and a tokenizer of one
character a token between [CLS] and [SEP]. Positions are looked up in a table, so a text longer than the table breaks
the graph, as it does in the real ones.

Invariant: a character that no meaning holds has a random vector of its own, the same in every build.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import tokenizers
from onnx import TensorProto, helper, numpy_helper
from tokenizers import models, pre_tokenizers, processors

WIDTH, POSITIONS = 8, 32
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
MEANINGS: Mapping[str, str] = {"dear": "贵高肉疼", "will": "发送带给", "well": "好行谢"}
Gives = Literal["tokens", "sentences", "both", "labels"]


def build_tiny_encoder(
    directory: Path,
    *,
    meanings: Mapping[str, str] = MEANINGS,
    pooling: str | None = "mean",
    vocabulary: Literal["tokenizer.json", "vocab.txt"] = "tokenizer.json",
    gives: Gives = "tokens",
    takes: Sequence[str] = ("input_ids", "attention_mask"),
    max_tokens: int | None = 16,
    seed: int = 1,
    fixed: bool = False,
    outside: bool = False,
) -> Path:
    """A directory that `nlp.encode.load_encoder` opens, or refuses where a test wants it to.

    Args:
        meanings: characters of one meaning have one vector.
        pooling: what `encoder.json` declares; None writes none.
        vocabulary: in which form the tokenizer lies there.
        gives: a vector a token, one a text, both, or numbers that are no vectors.
        takes: the graph's inputs.
        max_tokens: declared, where pooling is.
        seed: another one makes another encoder of the same form.
        fixed: whether it takes one text of eight tokens and nothing else.
        outside: whether the weights lie in a file of their own.
    """
    directory.mkdir(parents=True, exist_ok=True)
    characters = sorted(
        {*"".join(meanings.values()), *"太了的价格我明天周四来您报合同这个点受不得离谱理解一二三四五号，"}
    )
    tokens = [*SPECIAL, *characters]
    vectors = np.stack([_vector(token, meanings, seed) for token in tokens]).astype(np.float32)
    vectors[:4] = 0
    model = _model(vectors, gives=gives, takes=takes, fixed=fixed)
    path = directory / "model.onnx"
    if outside:
        onnx.save_model(model, path, save_as_external_data=True, location="model.onnx_data", size_threshold=100)
    else:
        path.write_bytes(model.SerializeToString())
    if vocabulary == "vocab.txt":
        (directory / vocabulary).write_text("\n".join(tokens), encoding="utf-8")
    else:
        _tokenizer(tokens).save(str(directory / vocabulary))
    if pooling is not None:
        said = {"pooling": pooling, **({"max_tokens": max_tokens} if max_tokens is not None else {})}
        (directory / "encoder.json").write_text(json.dumps(said), encoding="utf-8")
    return directory


def _vector(token: str, meanings: Mapping[str, str], seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    name = next((name for name, held in meanings.items() if token in held), token)
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return np.random.default_rng(list(digest)).standard_normal(WIDTH) * (1.0 if name != token else 0.1)


def _tokenizer(tokens: Sequence[str]) -> tokenizers.Tokenizer:
    ids = {token: number for number, token in enumerate(tokens)}
    made = tokenizers.Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    return made


def _model(vectors: np.ndarray, *, gives: Gives, takes: Sequence[str], fixed: bool) -> onnx.ModelProto:  # type: ignore[type-arg]
    node = helper.make_node
    shape = [1, 8] if fixed else ["texts", "tokens"]
    constants = {
        "vectors": vectors,
        "places": np.zeros((POSITIONS, WIDTH), np.float32),
        "zero": np.asarray([0], np.int64),
        "one": np.asarray([1], np.int64),
    }
    nodes = [
        node("Gather", ["vectors", "input_ids"], ["words"]),
        node("Shape", ["input_ids"], ["shape"]),
        node("Gather", ["shape", "one"], ["count"]),
        node("Slice", ["places", "zero", "count", "zero"], ["here"]),
        node("Add", ["words", "here"], ["last_hidden_state"]),
        node("ReduceSum", ["last_hidden_state", "one"], ["sentence_embedding"], keepdims=0),
        node("ReduceSum", ["sentence_embedding", "one"], ["labels"], keepdims=0),
    ]
    outputs = {
        "last_hidden_state": ["texts", "tokens", WIDTH],
        "sentence_embedding": ["texts", WIDTH],
        "labels": ["texts"],
    }
    shown = {
        "tokens": ["last_hidden_state"],
        "sentences": ["sentence_embedding"],
        "both": ["last_hidden_state", "sentence_embedding"],
        "labels": ["labels"],
    }[gives]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in takes],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, outputs[name]) for name in shown],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
