"""The network as an ONNX graph, written node by node: bare samples in, scores of syllables every 20 ms out.

Weights are in half precision, which the runtime unfolds once when it loads; it computes the tables of the spectrum too.
Invariant: the same as `features`, `tones` and `network`, for one utterance without padding.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from models.asr_demo.features import (
    FLOOR,
    HEARD,
    HOP,
    PITCH_FLOOR,
    PITCHES,
    SOUND,
    VOICE,
    Window,
    mel_bank,
    pitch_bank,
)  # fmt: skip
from models.asr_demo.sizes import (
    AFTER,
    BEFORE,
    BLOCKS,
    FAINT,
    FAR,
    HEIGHT_REACH,
    KERNEL,
    NEAR,
    REACH,
    SCALE,
    STRIDE,
    WIDTH,
)  # fmt: skip
from models.training.graphs import IR_VERSION, OPSET

Arrays = Mapping[str, NDArray[np.float32]]


class Builder:
    """Collects nodes and constants."""

    def __init__(self, arrays: Arrays) -> None:
        self.nodes: list[NodeProto] = []
        self.held: list[TensorProto] = []
        self._arrays = arrays

    def add(self, kind: str, *inputs: str, out: str | None = None, **attributes: object) -> str:
        """A node; the name of its output."""
        name = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: NDArray[np.generic]) -> str:
        """A constant of the value's own type."""
        name = f"constant_{len(self.held)}"
        self.held.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def whole(self, *values: int) -> str:
        """A list of whole numbers."""
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        """One number."""
        return self.constant(np.array(value, np.float32))

    def half(self, value: NDArray[np.float32]) -> str:
        """A table stored in half precision."""
        return self.add("Cast", self.constant(value.astype(np.float16)), to=TensorProto.FLOAT)

    def weights(self, name: str) -> str:
        """Trained weights."""
        return self.half(self._arrays[name])

    def turned(self, name: str) -> str:
        """Trained weights of a linear layer, as a matrix product takes them."""
        return self.half(self._arrays[name].T)

    def linear(self, rows: str, layer: str) -> str:
        """A linear layer."""
        return self.add("Add", self.add("MatMul", rows, self.turned(f"{layer}.weight")), self.weights(f"{layer}.bias"))

    def normal(self, rows: str, layer: str) -> str:
        """A normalisation of each row."""
        parts = (rows, self.weights(f"{layer}.weight"), self.weights(f"{layer}.bias"))
        return self.add("LayerNormalization", *parts, axis=-1, epsilon=1e-5)

    def swapped(self, rows: str) -> str:
        """Time and channels change places."""
        return self.add("Transpose", rows, perm=[0, 2, 1])

    def slice(self, rows: str, start: int, end: str, axis: int, step: int = 1) -> str:
        """Part of an axis; `end` names a list of one number."""
        return self.add("Slice", rows, self.whole(start), end, self.whole(axis), self.whole(step))

    def mean(self, rows: str, axis: int) -> str:
        """The mean along an axis, which stays."""
        return self.add("ReduceMean", rows, axes=[axis], keepdims=1)

    def length(self, rows: str) -> str:
        """The length of one pattern along its last axis, which stays."""
        return self.add("ReduceL2", rows, axes=[2], keepdims=1)


def network_graph(arrays: Arrays, *, name: str) -> onnx.ModelProto:
    """`x` [1, samples] to `logits` [1, steps of 20 ms, labels], as sherpa-onnx calls a model of bare samples.

    Args:
        arrays: the trained weights by the names of `network.py`; `last.weight` with what syllables share.
    """
    build = Builder(arrays)
    labels = arrays["last.bias"].shape[0]
    samples = build.add("Shape", "x", start=1, end=2)
    counted = build.add("Div", samples, build.whole(STRIDE * HOP))
    steps = build.add("Max", counted, build.whole(1))
    frames = build.add("Mul", steps, build.whole(STRIDE))
    heard, pitches = _features(build, frames)
    rows = build.add("Add", _first(build, arrays, heard), _tonal(build, pitches, frames))
    for n in range(BLOCKS):
        rows = _block(build, arrays, rows, f"blocks.{n}")
    scores = build.linear(build.normal(rows, "norm"), "last")
    # The engine takes steps of 20 ms: each of ours is told twice.
    two = build.add("Unsqueeze", scores, build.whole(2))
    build.add("Reshape", build.add("Concat", two, two, axis=2), build.whole(1, -1, labels), out="logits")
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "samples"])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "steps", labels])]
    graph = helper.make_graph(build.nodes, name, inputs, outputs, build.held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model


def _features(build: Builder, frames: str) -> tuple[str, str]:
    """All features (1, frames, 134), energies without their mean, and the pitches alone."""
    centred = build.add("Sub", "x", build.mean("x", 1))
    power = build.mean(build.add("Mul", centred, centred), 1)
    calm = build.add("Div", centred, build.add("Sqrt", build.add("Add", power, build.number(1e-5))))
    mel = build.add("MatMul", _power(build, calm, frames, SOUND), build.constant(mel_bank()))
    energies = build.add("Log", build.add("Add", mel, build.number(FLOOR)))
    level = build.add("Sub", energies, build.mean(energies, 1))
    root = build.add("Sqrt", build.add("Sqrt", _power(build, calm, frames, VOICE)))
    loud = build.add("Add", build.mean(root, 2), build.number(PITCH_FLOOR))
    pitches = build.add("Div", build.add("MatMul", root, build.constant(pitch_bank())), loud)
    return build.add("Concat", level, pitches, axis=2), pitches


def _power(build: Builder, calm: str, frames: str, window: Window) -> str:
    """The power of the window's lines, (1, frames, lines), by two convolutions with cosines and sines."""
    line = np.arange(window.first, window.last, dtype=np.int64)[:, None, None]
    turn = build.add(
        "Mod", build.add("Mul", build.constant(line), build.constant(np.arange(window.samples, dtype=np.int64))),
        build.whole(window.period),
    )  # fmt: skip
    angle = build.add("Mul", build.add("Cast", turn, to=TensorProto.FLOAT), build.number(2 * np.pi / window.period))
    shape = build.constant(window.shape())
    padded = build.add("Pad", calm, build.whole(0, window.before, 0, window.samples + STRIDE * HOP))
    wave = build.add("Unsqueeze", padded, build.whole(1))
    squares = []
    for kind in ("Cos", "Sin"):
        found = build.add("Conv", wave, build.add("Mul", build.add(kind, angle), shape), strides=[HOP])
        squares.append(build.add("Mul", found, found))
    return build.slice(build.swapped(build.add("Add", *squares)), 0, frames, 1)


def _first(build: Builder, arrays: Arrays, heard: str) -> str:
    first = arrays["first.weight"].reshape(WIDTH, REACH, HEARD).transpose(0, 2, 1)
    side = (REACH - STRIDE) // 2
    seen = build.add(
        "Conv", build.swapped(build.add("Div", heard, build.number(SCALE))), build.half(first),
        build.weights("first.bias"), strides=[STRIDE], pads=[side, side],
    )  # fmt: skip
    return build.swapped(seen)


def _tonal(build: Builder, pitches: str, frames: str) -> str:
    """`tones.movements`, and what the network makes of it."""
    above = build.add("Relu", build.add("Sub", pitches, build.mean(pitches, 2)))
    paired = build.add("Reshape", above, build.whole(1, -1, 2, PITCHES))
    pattern = build.add("ReduceMean", paired, axes=[2], keepdims=0)
    total = build.add("ReduceSum", pattern, build.whole(1), keepdims=1)
    usual = build.add("Div", total, build.add("Add", build.length(total), build.number(1e-3)))
    even = build.add("Div", pattern, build.add("Add", build.length(pattern), build.number(FAINT)))
    padded = build.add("Pad", even, build.whole(0, BEFORE, 0, 0, AFTER, 0))
    doubled = build.add("Div", frames, build.whole(2))

    def at(moment: int) -> str:
        start = BEFORE + moment
        return build.slice(padded, start, build.add("Add", doubled, build.whole(start)), 1, step=2)

    moved = [_moved(build, at(move.earlier), at(move.later), move.reach) for move in (NEAR, FAR)]
    now = build.add("Div", build.add("Add", at(0), at(1)), build.number(2.0))
    moved.append(_moved(build, now, usual, HEIGHT_REACH))
    return build.add("MatMul", build.add("Concat", *moved, axis=2), build.turned("tonal.weight"))


def _moved(build: Builder, pattern: str, other: str, reach: int) -> str:
    padded = build.add("Pad", other, build.whole(0, 0, reach, 0, 0, reach))
    alike = []
    for k in range(2 * reach + 1):
        both = build.add("Mul", pattern, build.slice(padded, k, build.whole(k + PITCHES), 2))
        alike.append(build.add("ReduceSum", both, build.whole(2), keepdims=1))
    return build.add("Concat", *alike, axis=2)


def _block(build: Builder, arrays: Arrays, rows: str, layer: str) -> str:
    taps = build.half(arrays[f"{layer}.along"].T[:, None])
    along = build.add(
        "Conv", build.swapped(rows), taps, build.weights(f"{layer}.bias"), group=WIDTH, pads=[KERNEL // 2] * 2
    )
    wide = build.linear(build.normal(build.swapped(along), f"{layer}.norm"), f"{layer}.widen")
    lit = build.add("Mul", wide, build.add("Sigmoid", wide))
    return build.add("Add", rows, build.linear(lit, f"{layer}.narrow"))
