"""CTC models that a test builds in a moment, in every form that sherpa-onnx reads without a published model.

The network says a known sentence for every stretch it is given, one character each fifth of a second from the
stretch's start, and then nothing: what it says does not depend on the audio, where and whether it is asked does. The
library around it is the real one: features, batching, greedy search, timestamps, the token table.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SENTENCE = "这台设备报价偏高我们想先看交期再谈合同"
FRAMES_A_CHARACTER = 5
SUBSAMPLING = 4
METADATA: Mapping[str, Mapping[str, str]] = {
    "zipformer_ctc": {"model_type": "zipformer2_ctc"},
    "wenet_ctc": {"model_type": "wenet_ctc", "subsampling_factor": str(SUBSAMPLING)},
    "nemo_ctc": {
        "model_type": "EncDecCTCModelBPE",
        "subsampling_factor": str(SUBSAMPLING),
        "normalize_type": "per_feature",
    },
}


def build_tiny_sherpa(
    directory: Path,
    *,
    kind: str = "zipformer_ctc",
    sentence: str = SENTENCE,
    manifest: Mapping[str, Any] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """A model directory as `nlp.asr.engines.sherpa` reads it.

    Args:
        manifest: keys of `engine.json` beside kind and model; None writes no manifest at all.
        metadata: in place of the keys that a model of this kind must carry.
    """
    directory.mkdir(parents=True, exist_ok=True)
    symbols = ["<blk>", *dict.fromkeys(sentence)]
    lines = "".join(f"{symbol} {n}\n" for n, symbol in enumerate(symbols))
    (directory / "tokens.txt").write_text(lines, encoding="utf-8")
    given = {**METADATA[kind], "vocab_size": str(len(symbols))} if metadata is None else metadata
    model = _network(symbols, sentence, channels_first=kind == "nemo_ctc")
    helper.set_model_props(model, dict(given))
    onnx.save(model, directory / "model.onnx")
    if manifest is not None:
        document = {"kind": kind, "model": "model.onnx", **manifest}
        (directory / "engine.json").write_text(json.dumps(document), encoding="utf-8")
    return directory


def _network(symbols: list[str], sentence: str, *, channels_first: bool) -> onnx.ModelProto:
    """Row `min(frame, last)` of a table, for every frame that is left after subsampling."""
    rows = [0]  # blank first: a token at frame 0 would begin before anybody speaks
    for character in sentence:
        rows += [symbols.index(character)] + [0] * (FRAMES_A_CHARACTER - 1)
    table = np.full((len(rows) + 1, len(symbols)), -10.0, np.float32)
    table[np.arange(len(rows)), rows] = 0.0
    table[-1, 0] = 0.0
    axis = 2 if channels_first else 1
    inits = {
        "table": table,
        "axis": np.array(axis, np.int64),
        "zero": np.array(0, np.int64),
        "one": np.array(1, np.int64),
        "last": np.array(len(rows), np.int64),
        "factor": np.array(SUBSAMPLING, np.int64),
        "first_dim": np.array([0], np.int64),
        "lead": np.array([1], np.int64),
        "tail": np.array([1, len(symbols)], np.int64),
    }
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "axis"], ["frames"], axis=0),
        helper.make_node("Div", ["frames", "factor"], ["left"]),
        helper.make_node("Range", ["zero", "left", "one"], ["at"]),
        helper.make_node("Min", ["at", "last"], ["row"]),
        helper.make_node("Gather", ["table", "row"], ["spoken"], axis=0),
        helper.make_node("Unsqueeze", ["spoken", "first_dim"], ["once"]),
        helper.make_node("Slice", ["shape", "first_dim", "lead"], ["batch"]),
        helper.make_node("Concat", ["batch", "tail"], ["repeats"], axis=0),
        helper.make_node("Slice", ["repeats", "first_dim", "two"], ["pair"]),
        helper.make_node("Concat", ["pair", "lead"], ["tiles"], axis=0),
        helper.make_node("Tile", ["once", "tiles"], ["log_probs"]),
        helper.make_node("Div", ["x_lens", "factor"], ["log_probs_len"]),
    ]
    inits["two"] = np.array([2], np.int64)
    shape = ["N", 80, "T"] if channels_first else ["N", "T", 80]
    outputs = [helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["N", "T2", len(symbols)])]
    if not channels_first:
        outputs.append(helper.make_tensor_value_info("log_probs_len", TensorProto.INT64, ["N"]))
    else:
        nodes.pop()
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("x_lens", TensorProto.INT64, ["N"]),
        ],
        outputs,
        [numpy_helper.from_array(value, name) for name, value in inits.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model
