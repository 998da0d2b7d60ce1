"""The graph that is written down: it runs, and computes the features that training computed."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from models.asr_demo.features import BANDS, HEARD, features
from models.asr_demo.graph import network_graph
from models.asr_demo.sizes import BLOCKS, INNER, KERNEL, MOVEMENTS, REACH, WIDTH
from models.asr_demo.voices import RATE_HZ, Signal

SHIPPED = Path(__file__).parents[4] / "models" / "asr_demo" / "model.onnx"
LABELS = 7


def untaught(labels: int = LABELS) -> dict[str, np.ndarray]:
    """Weights of the right shapes, by chance."""
    rng = np.random.default_rng(3)
    shapes = {
        "first.weight": (WIDTH, REACH * HEARD), "first.bias": (WIDTH,), "tonal.weight": (WIDTH, MOVEMENTS),
        "norm.weight": (WIDTH,), "norm.bias": (WIDTH,), "last.weight": (labels, WIDTH), "last.bias": (labels,),
    }  # fmt: skip
    for n in range(BLOCKS):
        shapes |= {
            f"blocks.{n}.along": (KERNEL, WIDTH), f"blocks.{n}.bias": (WIDTH,),
            f"blocks.{n}.norm.weight": (WIDTH,), f"blocks.{n}.norm.bias": (WIDTH,),
            f"blocks.{n}.widen.weight": (INNER, WIDTH), f"blocks.{n}.widen.bias": (INNER,),
            f"blocks.{n}.narrow.weight": (WIDTH, INNER), f"blocks.{n}.narrow.bias": (WIDTH,),
        }  # fmt: skip
    return {name: (rng.standard_normal(shape) * 0.05).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def graph() -> onnx.ModelProto:
    return network_graph(untaught(), name="untaught")


def opened(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


@pytest.fixture(scope="module")
def session(graph: onnx.ModelProto) -> onnxruntime.InferenceSession:
    return opened(graph)


def sound(samples: int, seed: int = 0) -> Signal:
    times = np.arange(samples) / RATE_HZ
    noise = np.random.default_rng(seed).standard_normal(samples)
    return (np.sin(2 * np.pi * 170 * times) * np.sin(9 * times) + 0.1 * noise).astype(np.float32)


@pytest.mark.parametrize("samples", [1, 320, 639, 640, 1279, 1280, 20_000])
def test_two_steps_for_every_forty_milliseconds_and_never_none(
    session: onnxruntime.InferenceSession, samples: int
) -> None:
    (scores,) = session.run(None, {"x": sound(samples)[None]})
    assert scores.shape == (1, 2 * max(1, samples // 640), LABELS)
    assert np.isfinite(scores).all()
    assert np.array_equal(scores[:, ::2], scores[:, 1::2])


def test_the_features_are_those_of_training(graph: onnx.ModelProto) -> None:
    heard = next(node for node in graph.graph.node if node.op_type == "Concat").output[0]
    cut = onnx.ModelProto()
    cut.CopyFrom(graph)
    del cut.graph.output[:]
    cut.graph.output.append(helper.make_tensor_value_info(heard, TensorProto.FLOAT, None))
    wave = sound(16_000)
    (found,) = opened(cut).run(None, {"x": wave[None]})
    wanted = features(wave)
    wanted[:, :BANDS] -= wanted[:, :BANDS].mean(0)
    assert found.shape == (1, 100, HEARD)
    assert np.abs(found[0] - wanted).max() < 0.01


def test_what_is_said_first_does_not_hang_on_what_is_said_much_later(session: onnxruntime.InferenceSession) -> None:
    one, other = sound(96_000), sound(96_000)
    other[64_000:64_400] += 0.01
    first, second = (session.run(None, {"x": wave[None]})[0] for wave in (one, other))
    assert np.abs(first - second)[0, :20].max() < 0.05 * np.abs(first - second)[0, 190:210].max()


def test_the_shipped_model_is_what_this_code_writes() -> None:
    shipped = onnx.load(str(SHIPPED))
    labels = shipped.graph.output[0].type.tensor_type.shape.dim[2].dim_value
    written = network_graph(untaught(labels), name=shipped.graph.name)
    assert [(n.op_type, list(n.input), list(n.output)) for n in written.graph.node] == [
        (n.op_type, list(n.input), list(n.output)) for n in shipped.graph.node
    ]
    assert [(t.name, list(t.dims)) for t in written.graph.initializer] == [
        (t.name, list(t.dims)) for t in shipped.graph.initializer
    ]
