"""`fieldcue models`: from a trained challenger to the champion and back, as commands."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from nlp.errors import NlpError
from nlp.evaluation.versions import VERDICTS, pack, unpack
from service.adapters.model_registry import Registry
from service.cli import app
from service.settings import ROOT

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments], env={"COLUMNS": "160"})


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("FIELDCUE_STORAGE__DATA_DIR", str(tmp_path / "data"))
    return Registry(tmp_path / "data" / "models", shipped=ROOT / "models")


def trained(registry: Registry, tmp_path: Path, *, forgets: int = 0) -> int:
    """The shipped churn model as a new version that calls `forgets` of every four visits wrongly low."""
    made = tmp_path / "made"
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(ROOT / "models" / "churn", made)
    kept = unpack((made / VERDICTS).read_bytes())
    wrong = np.arange(len(kept.keys)) % 4 < forgets
    kept.called[wrong] = kept.codes.index("low") == np.arange(len(kept.codes))
    (made / VERDICTS).write_bytes(pack(kept))
    return registry.add("churn", made, now=NOON, about={}).number


def test_every_shipped_model_is_listed_as_the_champion(registry: Registry) -> None:
    lines = run("list").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["turns", "roles", "triage", "churn", "accounts"]
    assert all(line.split("\t")[1] == "0" and line.split("\t")[3] == "champion" for line in lines)


def test_an_equal_challenger_may_take_over_and_be_taken_back(registry: Registry, tmp_path: Path) -> None:
    number = trained(registry, tmp_path)
    compared = run("compare", "churn")
    assert compared.exit_code == 0
    assert "may be promoted: `fieldcue models promote churn`" in compared.stdout
    assert "+0.000 to +0.000" in compared.stdout
    assert f"version {number} is the champion" in run("promote", "churn").stdout
    assert f"churn\t{number}" in run("list").stdout
    assert registry.champion("churn").name == f"v{number}"
    assert "version 0 is the champion again" in run("rollback", "churn").stdout
    assert registry.champion("churn") == ROOT / "models" / "churn"


def test_a_worse_challenger_does_not_get_in(registry: Registry, tmp_path: Path) -> None:
    trained(registry, tmp_path, forgets=3)
    assert "must not be promoted: high is worse" in run("compare", "churn").stdout
    refused = run("promote", "churn")
    assert refused.exit_code == 1
    assert "not promoted: high is worse" in refused.stderr
    assert registry.aliases("churn").champion == 0


def test_without_a_challenger_the_way_to_one_is_named(registry: Registry) -> None:
    refused = run("promote", "turns")
    assert isinstance(refused.exception, NlpError)
    assert "turns has no challenger" in str(refused.exception)


def test_a_version_can_be_named(registry: Registry, tmp_path: Path) -> None:
    number = trained(registry, tmp_path)
    trained(registry, tmp_path, forgets=3)
    assert run("promote", "churn", "--version", str(number)).exit_code == 0
    assert registry.aliases("churn").challenger == number + 1


@pytest.mark.parametrize("task", ["turns", "roles", "triage", "churn"])
def test_the_shipped_models_keep_what_they_called(task: str) -> None:
    kept = unpack((ROOT / "models" / task / VERDICTS).read_bytes())
    assert len(set(kept.codes)) == len(kept.codes) > 0
    assert kept.called.shape == kept.gold.shape == (len(kept.keys), len(kept.codes))
    assert (kept.called & kept.gold).sum() > kept.gold.sum() * 0.5


def test_drift_of_an_installation_without_visits_says_that_there_are_none(registry: Registry) -> None:
    del registry
    told = run("drift", "--days", "7")
    assert told.exit_code == 0
    assert told.stdout.startswith("0 visits since ")


def test_nobody_labels_unless_told_to(registry: Registry, tmp_path: Path) -> None:
    del registry
    refused = CliRunner().invoke(app, ["label", str(tmp_path / "out.json")], env={"COLUMNS": "160"})
    assert refused.exit_code == 2
    assert "say --llm" in refused.stderr
    assert not (tmp_path / "out.json").exists()
