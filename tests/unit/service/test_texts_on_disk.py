"""What the doctor asks of the models: their files against their manifests, without building a single one."""

import shutil
from pathlib import Path

import pytest

from nlp.errors import ModelMissing, ModelRefused
from service.domain.model_versions import TASKS
from service.installed import texts_on_disk
from service.settings import ROOT, ContentSettings, Settings, StorageSettings


def settings(tmp_path: Path, *, without: str = "") -> Settings:
    """The committed models, but for one."""
    models = tmp_path / "models"
    models.mkdir()
    for task in TASKS:
        if task != without:
            (models / task).symlink_to(ROOT / "models" / task)
    return Settings(storage=StorageSettings(data_dir=tmp_path / "data"), content=ContentSettings(models_dir=models))


def test_every_model_in_use_is_named_with_the_content(tmp_path: Path) -> None:
    found = dict(texts_on_disk(settings(tmp_path)))
    assert set(found) == {"content", *TASKS}
    assert all(found[task].startswith(f"{task}-") for task in TASKS)


def test_a_model_that_analyses_can_do_without_is_left_out(tmp_path: Path) -> None:
    assert "roles" not in dict(texts_on_disk(settings(tmp_path, without="roles")))


def test_without_triage_nothing_is_well(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="triage"):
        texts_on_disk(settings(tmp_path, without="triage"))


def test_a_file_that_its_manifest_does_not_know_is_named(tmp_path: Path) -> None:
    given = settings(tmp_path, without="churn")
    shutil.copytree(ROOT / "models" / "churn", tmp_path / "models" / "churn")
    (tmp_path / "models" / "churn" / "weights.json").write_text("{}")
    with pytest.raises(ModelRefused, match=r"weights\.json"):
        texts_on_disk(given)
