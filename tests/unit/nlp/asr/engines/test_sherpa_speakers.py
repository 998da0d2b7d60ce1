"""Models that tell voices apart: what is missing or wrong is said before the library could end its process over it."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from nlp.asr.engines.sherpa_speakers import EMBEDDING, SEGMENTATION, check_speaker_models
from nlp.errors import ModelMissing, ModelRefused
from tests.support.tiny_speakers import build_tiny_speakers


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return build_tiny_speakers(tmp_path / "voices")


def without(key: str) -> Callable[[Path], None]:
    return changed(key, None)


def changed(key: str, value: str | None) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        model = onnx.load(path)
        kept = {p.key: p.value for p in model.metadata_props if p.key != key}
        onnx.helper.set_model_props(model, kept if value is None else {**kept, key: value})
        onnx.save(model, path)

    return change


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def test_complete_models_are_accepted(models: Path) -> None:
    check_speaker_models(str(models))


@pytest.mark.parametrize("name", [SEGMENTATION, EMBEDDING])
def test_a_missing_file_is_named_with_the_way_out(models: Path, name: str) -> None:
    (models / name).unlink()
    with pytest.raises(ModelMissing, match=name) as caught:
        check_speaker_models(str(models))
    assert "FIELDCUE_ASR__SPEAKERS_DIR" in caught.value.remedy
    assert "kept" not in caught.value.remedy


def test_a_missing_directory_is_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        check_speaker_models(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        pytest.param(SEGMENTATION, without("receptive_field_shift"), "receptive_field_shift", id="no shift"),
        pytest.param(SEGMENTATION, without("powerset_max_classes"), "powerset_max_classes", id="no powerset"),
        pytest.param(SEGMENTATION, changed("sample_rate", "8000"), "wants 8000 Hz", id="telephone"),
        pytest.param(EMBEDDING, without("output_dim"), "output_dim", id="no dimension"),
        pytest.param(EMBEDDING, changed("framework", "nemo"), "comes from 'nemo'", id="another framework"),
        pytest.param(EMBEDDING, cut_off, "no whole ONNX file", id="cut off"),
    ],
)
def test_a_wrong_model_is_refused_by_file_and_reason(
    models: Path, name: str, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(models / name)
    with pytest.raises(ModelRefused, match=name) as caught:
        check_speaker_models(str(models))
    assert said in str(caught.value)
