import pytest

from nlp.asr.engines.faster_whisper import check_name, missing_model
from nlp.errors import ModelRefused


@pytest.mark.parametrize(
    "model", ["distil-large-v3", "Systran/faster-distil-whisper-medium.en", "/models/Distil-Whisper-zh"]
)
def test_distilled_models_are_refused_for_chinese(model: str) -> None:
    with pytest.raises(ModelRefused, match="distilled"):
        check_name(model, language="zh")


@pytest.mark.parametrize("model", ["base.en", "small.en", "/models/whisper-tiny.en"])
def test_english_only_models_are_refused_for_chinese(model: str) -> None:
    with pytest.raises(ModelRefused, match="only English"):
        check_name(model, language="zh")


@pytest.mark.parametrize(
    ("model", "language"), [("base", "zh"), ("large-v3-turbo", "zh"), ("base.en", "en"), ("distil-large-v3", "en")]
)
def test_models_that_can_write_the_language_pass(model: str, language: str) -> None:
    check_name(model, language=language)


def test_a_missing_model_names_the_setting_and_the_way_out() -> None:
    error = missing_model("base", "it is not in the cache")
    assert "'base'" in str(error)
    assert "FIELDCUE_ASR__MODEL" in error.remedy
    assert "FIELDCUE_ASR__LOCAL_FILES_ONLY" in error.remedy
    assert error.code == "model_missing"
