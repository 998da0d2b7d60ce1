"""ONNX graphs built by hand: n-gram ids are looked up in Python, weights and sums live in the graph.

A converter's graph (TfidfVectorizer) is dense over the vocabulary and differs silently on white space and locale; this
one costs what the turn's own grams cost.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Matrix = NDArray[np.float32]
OPSET = 17
IR_VERSION = 9


def _inputs(features: int) -> list[onnx.ValueInfoProto]:
    integers = [
        ("ids", ["n"]),
        ("rows", ["n", 1]),
        ("near_ids", ["m"]),
        ("near_rows", ["m", 1]),
        ("before", ["t"]),
        ("after", ["t"]),
    ]
    floats = [
        ("values", ["n", 1]),
        ("near_values", ["m", 1]),
        ("blank", ["u", "k"]),
        ("near_blank", ["u", "j"]),
        ("situations", ["t", features]),
    ]
    return [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name, shape in integers] + [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in floats
    ]


def head_graph(weights: Matrix, bias: Matrix) -> bytes:
    """A graph from `vectors` [turns, numbers] to `margins` [turns, labels].

    Args:
        weights: [numbers, labels].
        bias: [labels].
    """
    numbers, labels = weights.shape
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["vectors", "weights", "bias"], ["margins"])],
        "head",
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["t", numbers])],
        [helper.make_tensor_value_info("margins", TensorProto.FLOAT, ["t", labels])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def linear_graph(own: Matrix, before: Matrix, after: Matrix, situation: Matrix, bias: Matrix) -> bytes:
    """A graph whose output `margins` sums own, neighbouring and situation weights; `contributions` shows the own ones.

    Args:
        own: [grams, labels] weights of a turn's own grams.
        before: [frequent grams, labels] weights of the turn before.
        after: [frequent grams, labels] weights of the turn after.
        situation: [features, labels].
        bias: [labels].
    """
    labels = own.shape[1]
    near = np.concatenate([before, after], axis=1)
    constants = {
        "own_weights": own.astype(np.float16),
        "near_weights": near.astype(np.float16),
        "situation_weights": situation,
        "bias": bias,
        "split": np.asarray([labels, labels], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Gather", ["own_weights", "ids"], ["own_half"]),
        node("Cast", ["own_half"], ["own_rows"], to=TensorProto.FLOAT),
        node("Mul", ["own_rows", "values"], ["contributions"]),
        node("ScatterND", ["blank", "rows", "contributions"], ["own_sums"], reduction="add"),
        node("Gather", ["near_weights", "near_ids"], ["near_half"]),
        node("Cast", ["near_half"], ["near_rows_weights"], to=TensorProto.FLOAT),
        node("Mul", ["near_rows_weights", "near_values"], ["near_parts"]),
        node("ScatterND", ["near_blank", "near_rows", "near_parts"], ["near_sums"], reduction="add"),
        node("Split", ["near_sums", "split"], ["before_sums", "after_sums"], axis=1),
        node("Gather", ["before_sums", "before"], ["before_part"]),
        node("Gather", ["after_sums", "after"], ["after_part"]),
        node("Gemm", ["situations", "situation_weights", "bias"], ["situation_part"]),
        node("Shape", ["before"], ["count"]),
        node("Slice", ["own_sums", "zero", "count", "zero"], ["own_part"]),
        node("Sum", ["own_part", "before_part", "after_part", "situation_part"], ["margins"]),
    ]
    constants["zero"] = np.asarray([0], np.int64)
    graph = helper.make_graph(
        nodes,
        "linear",
        _inputs(situation.shape[0]),
        [
            helper.make_tensor_value_info("margins", TensorProto.FLOAT, ["t", labels]),
            helper.make_tensor_value_info("contributions", TensorProto.FLOAT, ["n", labels]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
