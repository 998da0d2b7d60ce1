"""The two models that sherpa-onnx needs to tell voices apart, built in a moment and of the right signature.

A voice here is a tone with an offset: samples around +0.2 belong to one speaker, around -0.2 to the other, which is
what the segmentation sees; the embedding sees the loudest of eighty mel bands, which is the tone. The library around
them is the real one: windows, powerset, overlap, features, clustering, joining.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from nlp.asr.audio import SAMPLE_RATE_HZ, FloatArray
from nlp.asr.engines.sherpa_speakers import EMBEDDING, SEGMENTATION

FRAME = 1_600
CLASSES = 7  # nobody, three speakers, three pairs
MELS = 80


def a_voice(seconds: float, *, which: int) -> FloatArray:
    """What the tiny models hear as speaker 0 or 1."""
    at = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    hz, offset = ((300, 0.2), (2_500, -0.2))[which]
    return (offset + 0.3 * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def build_tiny_speakers(directory: Path) -> Path:
    """A directory as FIELDCUE_ASR__SPEAKERS_DIR names it."""
    directory.mkdir(parents=True, exist_ok=True)
    _save(directory / SEGMENTATION, _segmentation(), {
        "sample_rate": SAMPLE_RATE_HZ, "window_size": 10 * SAMPLE_RATE_HZ, "receptive_field_size": FRAME,
        "receptive_field_shift": FRAME, "num_speakers": 3, "powerset_max_classes": 2, "num_classes": CLASSES,
    })  # fmt: skip
    _save(directory / EMBEDDING, _embedding(), {
        "framework": "wespeaker", "sample_rate": SAMPLE_RATE_HZ, "output_dim": MELS, "normalize_samples": 1,
        "language": "zh", "url": "", "comment": "built by a test",
    })  # fmt: skip
    return directory


def _save(path: Path, graph: onnx.GraphProto, metadata: dict[str, object]) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    helper.set_model_props(model, {key: str(value) for key, value in metadata.items()})
    onnx.save(model, path)


def _segmentation() -> onnx.GraphProto:
    """Class scores of each frame from its mean: 0.05 for nobody, the mean for one speaker, its negative for another."""
    weights = np.zeros((CLASSES, 1, 1), np.float32)
    weights[1], weights[2] = 1.0, -1.0
    bias = np.full(CLASSES, -10.0, np.float32)
    bias[:3] = (0.05, 0.0, 0.0)
    nodes = [
        helper.make_node("AveragePool", ["x"], ["mean"], kernel_shape=[FRAME], strides=[FRAME]),
        helper.make_node("Conv", ["mean", "weights", "bias"], ["scores"], kernel_shape=[1]),
        helper.make_node("Transpose", ["scores"], ["y"], perm=[0, 2, 1]),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1, "T"])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", "F", CLASSES])]
    given = [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")]
    return helper.make_graph(nodes, "segmentation", inputs, outputs, given)


def _embedding() -> onnx.GraphProto:
    """Which mel band is the loudest, over the whole stretch."""
    nodes = [
        helper.make_node("ReduceMean", ["feats"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("Softmax", ["mean"], ["embs"], axis=-1),
    ]
    inputs = [helper.make_tensor_value_info("feats", TensorProto.FLOAT, ["N", "T", MELS])]
    outputs = [helper.make_tensor_value_info("embs", TensorProto.FLOAT, ["N", MELS])]
    return helper.make_graph(nodes, "embedding", inputs, outputs)
