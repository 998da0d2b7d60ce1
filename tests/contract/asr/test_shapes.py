"""The model that tests and benchmarks build has the dimensions that were asked for, and still says its sentence."""

import json
from pathlib import Path

import pytest
from faster_whisper.audio import decode_audio

from nlp.asr.engines.faster_whisper import WhisperOptions, load
from tests.bench.speech import SHAPES, VISITS_A_MONTH, cores_needed
from tests.support.tiny_whisper import CLAUSES, TINY, Shape, build_tiny_whisper

RECORDING = Path(__file__).parents[3] / "service" / "demo" / "assets" / "recording.ogg"


def test_another_shape_says_the_same_sentence(tmp_path: Path) -> None:
    shape = Shape(
        width=128, heads=4, encoder_layers=1, decoder_layers=3, inner=4, vocabulary=2_000, quantization="int8"
    )
    directory = build_tiny_whisper(tmp_path, shape=shape)
    assert len(json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))) == 2_000
    engine = load(WhisperOptions(model=str(directory), device="cpu", beam_size=1))
    segments = engine.transcribe(
        decode_audio(str(RECORDING))[:64_000], language="zh", hotwords=(), on_progress=lambda _: None,
        should_stop=lambda: False,
    )  # fmt: skip
    assert "".join(segment.text for segment in segments).startswith(CLAUSES[0])


def test_a_wider_model_is_a_larger_file(tmp_path: Path) -> None:
    sizes = [
        (build_tiny_whisper(tmp_path / str(width), shape=Shape(width=width)) / "model.bin").stat().st_size
        for width in (32, TINY.width, 128)
    ]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize(("name", "layers", "width"), [("tiny", 4, 384), ("base", 6, 512), ("small", 12, 768)])
def test_the_shapes_are_the_published_ones(name: str, layers: int, width: int) -> None:
    shape = SHAPES[name]
    assert (shape.encoder_layers, shape.decoder_layers, shape.width) == (layers, layers, width)
    assert shape.width // shape.heads == 64
    assert shape.inner == 4


def test_twice_the_work_needs_twice_the_cores() -> None:
    assert cores_needed(0.2) == pytest.approx(2 * cores_needed(0.1))
    assert cores_needed(1.0) == pytest.approx(VISITS_A_MONTH * 0.5 / 132)
