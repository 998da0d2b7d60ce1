"""`fieldcue train churn --outcomes`: stored visits and real outcomes make a challenger of the account risk model."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nlp.errors import InputInvalid
from service.adapters.model_registry import Registry
from service.bootstrap import load_settings, open_store
from service.cli import app
from service.cli.outcomes import read_outcomes
from service.domain.records import AnalysisRecord
from service.settings import ROOT
from tests.support.builders import a_visit as a_stored_visit
from tests.support.builders import agreed_to, an_analysis, an_id
from tests.support.fakes import NOON

WEEK = timedelta(weeks=1)
ACCOUNTS, LOST = 16, 6


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDCUE_STORAGE__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FIELDCUE_LOG__LEVEL", "error")
    return tmp_path / "data"


def fill(tenant_id: str) -> None:
    """Sixteen accounts with three visits each, two months ago."""
    store = open_store(load_settings())
    with store.uow() as tx:
        for number in range(ACCOUNTS * 3):
            visit_id = an_id("vis", number)
            visited = NOON - 10 * WEEK + (number % 3) * WEEK
            tx.visits.add(
                a_stored_visit(
                    number,
                    tenant_id=tenant_id,
                    account_id=f"acc-{number // 3}",
                    visited_at=visited,
                    consent=agreed_to("transcription", "training"),
                )
            )
            tx.analyses.put(AnalysisRecord(visit_id, tenant_id, 1, 1, an_analysis(visit_id), visited))
    store.close()


def outcomes(folder: Path, *, lost: int = LOST) -> Path:
    lines = [
        {
            "account_id": f"acc-{number}",
            "lost_on": (NOON - 5 * WEEK).isoformat() if number < lost else None,
            "watched_until": NOON.isoformat(),
        }
        for number in range(ACCOUNTS)
    ]
    path = folder / "outcomes.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.slow
def test_outcomes_make_a_challenger_that_is_judged_beside_the_champion(data: Path, tmp_path: Path) -> None:
    fill("t")
    result = run("train", "churn", "--outcomes", str(outcomes(tmp_path)), "--tenant", "t")
    assert result.exit_code == 0, result.output
    assert "accounts: version 1 is the challenger" in result.stdout
    registry = Registry(data / "models", shipped=ROOT / "models")
    (_, version) = registry.versions("accounts")
    assert version.about["losses"] == LOST
    compared = registry.compare("accounts", 1)
    assert compared.rows > ACCOUNTS
    assert [one.code for one in compared.differences] == ["lost"]


def test_too_few_losses_are_said_with_what_is_needed(data: Path, tmp_path: Path) -> None:
    del data
    fill("t")
    result = run("train", "churn", "--outcomes", str(outcomes(tmp_path, lost=2)), "--tenant", "t")
    assert isinstance(result.exception, InputInvalid)
    assert "stored of 2 lost and 14 other accounts; learning needs at least 5" in str(result.exception)


def test_outcomes_teach_churn_alone(tmp_path: Path) -> None:
    result = run("train", "turns", "--outcomes", str(outcomes(tmp_path)))
    assert result.exit_code == 2
    assert "outcomes teach churn alone" in result.stderr


@pytest.mark.parametrize(
    "line", ['{"account_id": "a"}', "[1]", "{", '{"account_id": "a", "watched_until": "2026-03-02T10:00:00"}']
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text("\n" + line, encoding="utf-8")
    with pytest.raises(InputInvalid, match=r"o\.jsonl, line 2: expected account_id"):
        read_outcomes(path)
