"""Whether a model is there, told without loading it."""

from pathlib import Path

import pytest
from faster_whisper.utils import _MODELS

from nlp.asr.engines.faster_whisper import WhisperOptions
from service.adapters.audio.model_store import ALIASES, find_missing
from tests.support.tiny_whisper import build_tiny_whisper


def _cached(cache: Path, folder: str) -> Path:
    return build_tiny_whisper(cache / folder / "snapshots" / "0123abcd")


def test_a_complete_directory_is_available(tmp_path: Path) -> None:
    assert find_missing(WhisperOptions(model=str(build_tiny_whisper(tmp_path / "m")))) is None


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_directory_that_lacks_a_file_names_it(tmp_path: Path, name: str) -> None:
    model = build_tiny_whisper(tmp_path / "m")
    (model / name).unlink()
    missing = find_missing(WhisperOptions(model=str(model)))
    assert missing is not None
    assert name in str(missing)


def test_a_model_that_was_not_converted_says_how(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    missing = find_missing(WhisperOptions(model=str(tmp_path)))
    assert missing is not None
    assert "ct2-transformers-converter" in str(missing)


def test_a_directory_that_is_not_there_is_not_taken_for_a_hub_name(tmp_path: Path) -> None:
    missing = find_missing(WhisperOptions(model=str(tmp_path / "none")))
    assert missing is not None
    assert "no such directory" in str(missing)


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("base", "models--Systran--faster-whisper-base"),
        ("turbo", "models--mobiuslabsgmbh--faster-whisper-large-v3-turbo"),
        ("large", "models--Systran--faster-whisper-large-v3"),
        ("some-team/zh-whisper-ct2", "models--some-team--zh-whisper-ct2"),
    ],
)
def test_a_downloaded_model_is_found_by_its_name(tmp_path: Path, model: str, folder: str) -> None:
    options = WhisperOptions(model=model, cache_dir=str(tmp_path))
    assert find_missing(options) is not None
    snapshot = _cached(tmp_path, folder)
    assert find_missing(options) is None
    (snapshot / "model.bin").unlink()
    assert find_missing(options) is not None, "half a download is no model"


def test_a_larger_sibling_is_not_taken_for_the_model(tmp_path: Path) -> None:
    _cached(tmp_path, "models--Systran--faster-whisper-large-v3-turbo")
    assert find_missing(WhisperOptions(model="large-v3", cache_dir=str(tmp_path))) is not None


def test_every_size_the_library_knows_is_found_where_it_puts_it(tmp_path: Path) -> None:
    for size, repository in _MODELS.items():
        if "distil" in size:
            continue
        cache = tmp_path / size
        _cached(cache, f"models--{repository.replace('/', '--')}")
        assert find_missing(WhisperOptions(model=size, cache_dir=str(cache))) is None, size
    assert set(ALIASES) <= set(_MODELS)
