"""A turn model that names an encoder, in an installation: put in use where the encoder lies, refused elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nlp.errors import ModelMissing, ModelRefused
from nlp.types import Turn
from service.adapters.model_registry import Registry
from service.adapters.text_core import load_models
from service.cli import app
from service.settings import ROOT
from tests.support.talks_of_meaning import MEANINGS, train_with
from tests.support.tiny_encoder import build_tiny_encoder

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_encoder(tmp_path_factory.mktemp("encoders") / "tiny-zh", meanings=MEANINGS)


@pytest.fixture(scope="module")
def trained(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_with(encoder, tmp_path_factory.mktemp("trained"))


def registry_of(root: Path, encoder: Path | None) -> Registry:
    return Registry(root / "versions", shipped=ROOT / "models", encoder=encoder)


def test_a_promoted_model_finds_by_meaning_and_the_shipped_ones_never_open_the_encoder(
    tmp_path: Path, encoder: Path, trained: Path
) -> None:
    registry = registry_of(tmp_path, encoder)
    nowhere = load_models(registry, encoder=tmp_path / "nowhere")
    registry.promote("turns", registry.add("turns", trained, now=NOON, about={}).number, now=NOON)
    models = load_models(registry, encoder=encoder, held=nowhere)
    assert models.turns is not None
    assert nowhere.turns is not None
    assert models.turns.version != nowhere.turns.version
    assert models.triage is nowhere.triage
    (found,) = models.turns.score([Turn(0, "这个疼疼", "customer")])
    assert found.objections["price"].fires


@pytest.mark.parametrize("lies", ["nowhere", "another"])
def test_where_its_encoder_does_not_lie_it_is_neither_promoted_nor_loaded(
    tmp_path: Path, encoder: Path, trained: Path, lies: str
) -> None:
    here = None if lies == "nowhere" else build_tiny_encoder(tmp_path / lies, meanings=MEANINGS, seed=5)
    registry = registry_of(tmp_path, here)
    number = registry.add("turns", trained, now=NOON, about={}).number
    with pytest.raises(ModelRefused, match="FIELDCUE_CONTENT__ENCODER_DIR"):
        registry.promote("turns", number, now=NOON)
    assert registry.aliases("turns").champion == 0

    registry_of(tmp_path, encoder).promote("turns", number, now=NOON)  # on a machine that has it
    with pytest.raises(ModelRefused, match="fieldcue models rollback turns"):
        load_models(registry, encoder=here)
    registry.roll_back("turns", now=NOON)  # the way out that it names
    assert load_models(registry, encoder=here).turns is not None


def test_only_turns_are_taught_by_an_encoder(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["train", "triage", "--encoder", str(tmp_path)], env={"COLUMNS": "160"})
    assert refused.exit_code == 2
    assert "fieldcue train turns --encoder DIR" in refused.stderr


def test_a_directory_without_an_encoder_is_refused_before_any_work(tmp_path: Path) -> None:
    refused = CliRunner().invoke(
        app,
        ["train", "turns", "--encoder", str(tmp_path / "none")],
        env={"FIELDCUE_STORAGE__DATA_DIR": str(tmp_path / "data")},
    )
    assert isinstance(refused.exception, ModelMissing)
    assert "model.onnx is absent" in str(refused.exception)
    assert not (tmp_path / "data" / "models" / "turns").exists()


def test_the_doctor_says_which_encoder_is_missing_and_where_to_name_it(
    tmp_path: Path, encoder: Path, trained: Path
) -> None:
    registry = Registry(tmp_path / "data" / "models", shipped=ROOT / "models", encoder=encoder)
    registry.promote("turns", registry.add("turns", trained, now=NOON, about={}).number, now=NOON)
    env = {"FIELDCUE_STORAGE__DATA_DIR": str(tmp_path / "data"), "COLUMNS": "300"}

    def looked(**more: str) -> str:
        lines = CliRunner().invoke(app, ["doctor"], env={**env, **more}).stdout.splitlines()
        return next(line for line in lines if " models " in line)

    missing = looked()
    assert missing.startswith("fail")
    assert "trained with the encoder tiny-zh, and none is set: set FIELDCUE_CONTENT__ENCODER_DIR" in missing
    assert looked(FIELDCUE_CONTENT__ENCODER_DIR=str(encoder)).startswith("ok")
