"""The network's two ONNX graphs, node by node from trained arrays; no exporter, so nothing is rewritten silently."""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from models.training.graphs import IR_VERSION, OPSET

Arrays = Mapping[str, NDArray[np.float32]]
DILATIONS = (1, 1, 2)
HEADS = 4
FAR_BELOW = 1e4
EPSILON = 1e-5


class _Builder:
    """Collects nodes and constants; every node's output gets a name of its own."""

    def __init__(self, arrays: Arrays) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, NDArray[np.generic]] = {}
        self._arrays = arrays

    def add(self, kind: str, *inputs: str, out: str | None = None, **attributes: object) -> str:
        name = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: object, kind: type = np.float32) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = np.asarray(value, dtype=kind)
        return name

    def weights(self, name: str) -> str:
        self.constants[name] = np.ascontiguousarray(self._arrays[name], dtype=np.float32)
        return name

    def linear(self, rows: str, layer: str) -> str:
        turned = f"{layer}.turned"
        self.constants[turned] = np.ascontiguousarray(self._arrays[f"{layer}.weight"].T, dtype=np.float32)
        return self.add("Add", self.add("MatMul", rows, turned), self.weights(f"{layer}.bias"))

    def normal(self, rows: str, layer: str) -> str:
        parts = (rows, self.weights(f"{layer}.weight"), self.weights(f"{layer}.bias"))
        return self.add("LayerNormalization", *parts, axis=-1, epsilon=EPSILON)

    def gelu(self, rows: str) -> str:
        erf = self.add("Erf", self.add("Mul", rows, self.constant(1 / np.sqrt(2))))
        return self.add("Mul", self.add("Mul", rows, self.add("Add", erf, self.constant(1.0))), self.constant(0.5))

    def neighbours(self, rows: str, step: int, axis: int, rank: int) -> str:
        """Each position beside the one `step` before and the one `step` after, zeros beyond the ends."""
        pads = [0] * (2 * rank)
        pads[axis] = pads[rank + axis] = step
        wide = self.add("Pad", rows, self.constant(pads, np.int64))
        axes, end = self.constant([axis], np.int64), self.constant([np.iinfo(np.int64).max], np.int64)
        zero = self.constant([0], np.int64)
        before = self.add("Slice", wide, zero, self.constant([-2 * step], np.int64), axes)
        after = self.add("Slice", wide, self.constant([2 * step], np.int64), end, axes)
        return self.add("Concat", before, rows, after, axis=-1)

    def model(self, name: str, inputs: list[onnx.ValueInfoProto], output: onnx.ValueInfoProto) -> bytes:
        held = [numpy_helper.from_array(value, key) for key, value in self.constants.items()]
        graph = helper.make_graph(self.nodes, name, inputs, [output], held)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def reader_graph(arrays: Arrays) -> bytes:
    """Characters and sounds, [turns, places], to `vectors`, [turns, width].

    Args:
        arrays: the trained network, by the names of `models/training/network.py`.
    """
    build = _Builder(arrays)
    width = arrays["ce.weight"].shape[1]
    seen = build.add("Greater", "written", build.constant(0, np.int64))
    last = build.constant([2], np.int64)
    mask = build.add("Unsqueeze", build.add("Cast", seen, to=TensorProto.FLOAT), last)
    spelt = build.add("Gather", build.weights("ce.weight"), "written")
    rows = build.add("Add", spelt, build.add("Gather", build.weights("se.weight"), "sounded"))
    for layer, dilation in enumerate(DILATIONS):
        calm = build.add("Mul", build.normal(rows, f"n.{layer}"), mask)
        step = build.gelu(build.linear(build.neighbours(calm, dilation, 1, 3), f"c.{layer}"))
        rows = build.add("Mul", build.add("Add", rows, step), mask)
    hidden = build.add("Mul", build.add("Sub", mask, build.constant(1.0)), build.constant(FAR_BELOW))
    heads = build.add("Softmax", build.add("Add", build.linear(rows, "att"), hidden), axis=1)
    pooled = build.add("MatMul", build.add("Transpose", heads, perm=[0, 2, 1]), rows)
    flat = build.add("Reshape", pooled, build.constant([-1, HEADS * width], np.int64))
    peak = build.add("ReduceMax", build.add("Add", rows, hidden), axes=[1], keepdims=0)
    build.add("Identity", build.gelu(build.linear(build.add("Concat", flat, peak, axis=1), "tv")), out="vectors")
    matrices = [helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "l"]) for name in ("written", "sounded")]
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["b", arrays["tv.bias"].shape[0]])
    return build.model("reader", matrices, vectors)


def talk_graph(arrays: Arrays) -> bytes:
    """Vectors of a talk's turns, [turns, width], and roles, [turns], to `margins`, [turns, labels].

    Args:
        arrays: the trained network.
    """
    build = _Builder(arrays)
    first = build.add("Add", "vectors", build.add("Gather", build.weights("re.weight"), "roles"))
    rows = first
    for layer in range(2):
        near = build.neighbours(build.normal(rows, f"m.{layer}"), 1, 0, 2)
        rows = build.add("Add", rows, build.gelu(build.linear(near, f"t.{layer}")))
    build.add("Identity", build.linear(build.add("Concat", first, rows, axis=1), "out"), out="margins")
    width, labels = arrays["tv.bias"].shape[0], arrays["out.bias"].shape[0]
    inputs = [
        helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["t", width]),
        helper.make_tensor_value_info("roles", TensorProto.INT64, ["t"]),
    ]
    return build.model("talk", inputs, helper.make_tensor_value_info("margins", TensorProto.FLOAT, ["t", labels]))
