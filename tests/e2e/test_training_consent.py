"""`fieldcue corrections` and `train --corrections`: what a customer withdrew is not written, and trains no more."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.bootstrap import load_settings, open_store
from service.cli import app
from tests.contract.storage.test_coaching_contract import ROWS
from tests.support.builders import a_visit, agreed_to, an_id
from tests.support.fakes import NOON

TRAINED: list[Any] = []


def train(arguments: list[str]) -> int:
    """Stands in for the trainer: what it would have read."""
    path = Path(arguments[arguments.index("--corrections") + 1])
    TRAINED.append((path.name, json.loads(path.read_text(encoding="utf-8")) if path.suffix == ".json" else None))
    return 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDCUE_STORAGE__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FIELDCUE_LOG__LEVEL", "error")
    monkeypatch.setattr("models.train.main", train)
    TRAINED.clear()
    store = open_store(load_settings())
    with store.uow() as tx:
        tx.visits.add(a_visit(1, tenant_id="t", consent=agreed_to("transcription", "training")))
        tx.visits.add(
            a_visit(2, tenant_id="t", consent=agreed_to("transcription", "training").without(["training"], NOON))
        )
    store.close()
    return tmp_path


def run(corrections: Path, folder: Path) -> Result:
    arguments = ["train", "turns", "--corrections", str(corrections), "--tenant", "t", "--to", str(folder / "made")]
    return CliRunner().invoke(app, arguments)


def test_corrections_of_a_visit_that_was_taken_out_are_left_out_of_the_next_training(folder: Path) -> None:
    tasks = [{"data": {"text": "太贵了", "visit_id": an_id("vis", number)}} for number in (1, 2, 2)]
    (folder / "march.json").write_text(json.dumps(tasks), encoding="utf-8")
    done = run(folder / "march.json", folder)
    assert done.exit_code == 0, done.output
    assert [("march.json", tasks[:1])] == TRAINED
    assert "2 of 3 turns are left out: their consent does not cover `training`" in done.stderr


@pytest.mark.parametrize("content", ["no json", '{"a": 1}', "[1]"])
def test_a_file_that_is_no_list_of_tasks_is_the_trainers_to_refuse(folder: Path, content: str) -> None:
    (folder / "odd.txt").write_text(content, encoding="utf-8")
    assert run(folder / "odd.txt", folder).exit_code == 0
    assert TRAINED == [("odd.txt", None)]


def test_corrections_write_what_forms_changed_and_leave_out_who_did_not_agree(folder: Path) -> None:
    store = open_store(load_settings())
    with store.uow() as tx:
        for number in (1, 2):
            said = {
                "visit_id": an_id("vis", number),
                "source": "debrief",
                "should_be": ("budget",),
                "found": ("price",),
            }
            tx.coaching.labels.add(replace(ROWS["labels"], id=an_id("lab", number), tenant_id="t", **said))
    store.close()
    done = CliRunner().invoke(app, ["corrections", str(folder / "march.json"), "--tenant", "t"])
    assert done.exit_code == 0, done.output
    assert "1 judged turns of tenant t" in done.stdout
    assert "1 judged visits are left out" in done.stderr
    (task,) = json.loads((folder / "march.json").read_text(encoding="utf-8"))
    assert task["data"]["visit_id"] == an_id("vis", 1)
    assert task["annotations"][0]["meta"]["source"] == "debrief"
    assert task["annotations"][0]["result"][0]["value"]["choices"] == ["budget"]
