"""The network's two ONNX graphs, node by node from trained arrays; no exporter, so nothing is rewritten silently."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from models.training.graphs import IR_VERSION, OPSET
from nlp.classify.grams import Spelling
from nlp.classify.network import PAD, UNKNOWN, numbers_of

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
        self.arrays = arrays

    def add(self, kind: str, *inputs: str, out: str | None = None, **attributes: object) -> str:
        name = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: object, kind: type = np.float32) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants[name] = np.asarray(value, dtype=kind)
        return name

    def weights(self, name: str) -> str:
        self.constants[name] = np.ascontiguousarray(self.arrays[name], dtype=np.float32)
        return name

    def linear(self, rows: str, layer: str) -> str:
        turned = f"{layer}.turned"
        self.constants[turned] = np.ascontiguousarray(self.arrays[f"{layer}.weight"].T, dtype=np.float32)
        return self.add("Add", self.add("MatMul", rows, turned), self.weights(f"{layer}.bias"))

    def normal(self, rows: str, layer: str) -> str:
        parts = (rows, self.weights(f"{layer}.weight"), self.weights(f"{layer}.bias"))
        return self.add("LayerNormalization", *parts, axis=-1, epsilon=EPSILON)

    def gelu(self, rows: str) -> str:
        erf = self.add("Erf", self.add("Div", rows, self.constant(np.sqrt(2))))  # in this form it runs as one step
        return self.add("Mul", self.add("Mul", rows, self.add("Add", erf, self.constant(1.0))), self.constant(0.5))

    def neighbours(self, rows: str, step: int, axis: int, rank: int) -> str:
        """Each position beside the one `step` before and the one `step` after, zeros beyond the ends."""
        before, after = self.shifted(rows, rows, step, axis, rank)
        return self.add("Concat", before, rows, after, axis=-1)

    def shifted(self, early: str, late: str, step: int, axis: int, rank: int) -> tuple[str, str]:
        """`early` moved `step` places on and `late` as many back, zeros where nothing comes in."""
        axes, end = self.constant([axis], np.int64), self.constant([np.iinfo(np.int64).max], np.int64)
        zero = self.constant([0], np.int64)
        in_front, behind = [0] * (2 * rank), [0] * (2 * rank)
        in_front[axis] = behind[rank + axis] = step
        moved_on = self.add("Pad", early, self.constant(in_front, np.int64))
        moved_back = self.add("Pad", late, self.constant(behind, np.int64))
        return (
            self.add("Slice", moved_on, zero, self.constant([-step], np.int64), axes),
            self.add("Slice", moved_back, self.constant([step], np.int64), end, axes),
        )

    def model(self, name: str, inputs: list[onnx.ValueInfoProto], output: onnx.ValueInfoProto) -> bytes:
        held = [numpy_helper.from_array(value, key) for key, value in self.constants.items()]
        graph = helper.make_graph(self.nodes, name, inputs, [output], held)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def sounds_of(characters: Sequence[str], spelling: Spelling) -> list[int]:
    """The sound number of every character number, those of `PAD` and `UNKNOWN` in front."""
    return [PAD, UNKNOWN, *(numbers_of(mark, {}, spelling)[1][0] for mark in characters)]


def reader_graph(arrays: Arrays, sounds: Sequence[int]) -> bytes:
    """Characters and sounds, [turns, places], to `vectors`, [turns, width].

    What the first convolution makes of one character depends on nothing else, so it stands in a table (which
    onnxruntime works out when it opens the graph): a third of the arithmetic of a talk.

    Args:
        arrays: the trained network, by the names of `models/training/network.py`.
        sounds: of `sounds_of`, for the characters that the network knows.
    """
    build = _Builder(arrays)
    width = arrays["ce.weight"].shape[1]
    seen = build.add("Greater", "written", build.constant(0, np.int64))
    mask = build.add("Unsqueeze", build.add("Cast", seen, to=TensorProto.FLOAT), build.constant([2], np.int64))
    rows = _first_layer(build, sounds, mask)
    for layer, dilation in enumerate(DILATIONS[1:], 1):
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


def _first_layer(build: _Builder, sounds: Sequence[int], mask: str) -> str:
    """Rows after the first convolution, looked up character by character and put together with their neighbours."""
    arrays = build.arrays
    spelt, heard, weights = arrays["ce.weight"], arrays["se.weight"], arrays["c.0.weight"].T
    known, width = spelt.shape
    # A known character has one sound; one that is not known is told by its sound alone.
    build.constants["characters"] = np.concatenate([spelt + heard[list(sounds)], spelt[UNKNOWN] + heard])
    build.constants["aside"] = (np.arange(known + len(heard)) != PAD).astype(np.float32)[:, None]
    build.constants["c.0.apart"] = np.ascontiguousarray(np.concatenate(np.split(weights, 3), axis=1))
    calm = build.add("Mul", build.normal("characters", "n.0"), "aside")
    table = build.add("MatMul", calm, "c.0.apart")
    unknown = build.add("Equal", "written", build.constant(UNKNOWN, np.int64))
    by_sound = build.add("Add", "sounded", build.constant(known, np.int64))
    places = build.add("Where", unknown, by_sound, "written")
    parts = [f"first_{name}" for name in ("before", "own", "after")]
    looked_up = build.add("Gather", table, places)
    build.nodes.append(helper.make_node("Split", [looked_up, build.constant([width] * 3, np.int64)], parts, axis=2))
    before, after = build.shifted(parts[0], parts[2], DILATIONS[0], 1, 3)
    near = build.add("Add", build.add("Add", before, after), build.add("Add", parts[1], build.weights("c.0.bias")))
    rows = build.add("Gather", "characters", places)
    return build.add("Mul", build.add("Add", rows, build.gelu(near)), mask)


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
