"""`fieldcue privacy`, as an operator runs it: copy, erasure, proofs, over the service's own wiring."""

import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from service.bootstrap import open_store
from service.cli import app
from service.domain.errors import Invalid, NotFound
from service.domain.privacy.subject_requests import SubjectRequestRow
from service.domain.privacy.transfers import TransferredPerson
from service.settings import Settings, StorageSettings
from service.storage.tables_privacy import audit
from service.usecases.privacy.keep_audit import note
from tests.support.builders import a_transcript, a_transcript_record, a_visit, an_analysis, an_analysis_record, an_id
from tests.support.fakes import NOON

CANARY = "金丝雀五五零二"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = open_store(Settings(storage=StorageSettings(data_dir=tmp_path / "data")))
    with store.uow() as tx:
        tx.visits.add(a_visit(tenant_id="default"))
        record = a_transcript_record(tenant_id="default", transcript=a_transcript(CANARY), created_at=store.clock.now())
        tx.transcripts.put(record)
    store.close()
    return tmp_path


def fieldcue(folder: Path, *arguments: str, input_: str | None = None) -> Result:
    environment = {"FIELDCUE_STORAGE__DATA_DIR": str(folder / "data"), "FIELDCUE_LOG__LEVEL": "error"}
    return CliRunner().invoke(app, list(arguments), env=environment, input=input_)


def test_a_copy_holds_what_was_said_and_an_erasure_leaves_nothing_of_it(folder: Path) -> None:
    copied = fieldcue(folder, "privacy", "export", "account:acc_hengtong", "-o", str(folder / "copy.zip"))
    assert copied.exit_code == 0, copied.output
    told = json.loads(zipfile.ZipFile(folder / "copy.zip").read("subject.json"))
    assert CANARY in json.dumps(told, ensure_ascii=False)
    assert (folder / "copy.zip").stat().st_mode & 0o077 == 0
    erased = fieldcue(folder, "privacy", "erase", "account:acc_hengtong", "--reason", "来函", "--yes")
    assert erased.exit_code == 0, erased.output
    assert "transcripts\t1" in erased.stdout
    left = [
        path.name for path in (folder / "data").rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    assert left == []
    assert "stones" not in fieldcue(folder, "privacy", "reapply").stdout
    again = fieldcue(folder, "privacy", "export", "account:acc_hengtong", "-o", str(folder / "copy.zip"))
    assert isinstance(again.exception, NotFound)


def test_the_checklist_is_judged_by_what_is_there(folder: Path) -> None:
    first = fieldcue(folder, "privacy", "verify")
    assert first.exit_code == 1
    assert "FAIL\tShortest retention" in first.stdout
    assert "do: " in first.stdout
    assert fieldcue(folder, "privacy", "sweep").exit_code == 0
    assert "ok\tShortest retention" in fieldcue(folder, "privacy", "verify").stdout


def test_a_fresh_installation_fails_nothing_and_a_misspelt_tenant_is_named(tmp_path: Path) -> None:
    fresh = fieldcue(tmp_path, "privacy", "verify")
    assert fresh.exit_code == 0, fresh.output
    assert "FAIL" not in fresh.stdout
    assert "not required\tEntrusted processing" in fresh.stdout
    assert fresh.stdout.splitlines()[-1] == "none of 16 fails; 1 need attention"
    unknown = fieldcue(tmp_path, "privacy", "audit", "--tenant", "nobody")
    assert isinstance(unknown.exception, NotFound)
    assert str(unknown.exception) == "nothing is kept of a tenant 'nobody'; no tenant is here yet"


def test_a_copy_for_a_misspelt_tenant_says_which_there_are(folder: Path) -> None:
    unknown = fieldcue(folder, "privacy", "export", "account:acc_hengtong", "--tenant", "nobody", "-o", "x.zip")
    assert str(unknown.exception) == "nothing is kept of a tenant 'nobody'; tenants here: default"


def test_a_touched_row_of_the_trail_is_named(folder: Path) -> None:
    store = open_store(Settings(storage=StorageSettings(data_dir=folder / "data")))
    for number in range(3):
        with store.uow() as tx:
            note(tx, store, "default", "key:k", "audio.read", f"recording:{number}", visit_id=an_id("vis"))  # type: ignore[arg-type]
    assert fieldcue(folder, "privacy", "audit").exit_code == 0
    with store.database.begin() as connection:
        edit = update(audit).where(audit.c.sequence == 2).values(actor="key:another")
        connection.execute(edit.execution_options(system="sweep"))
    store.close()
    broken = fieldcue(folder, "privacy", "audit")
    assert (broken.exit_code, broken.stdout.splitlines()[0].split(":")[0]) == (1, "row 2\tedited")


def test_who_saw_what_between_two_moments(folder: Path) -> None:
    store = open_store(Settings(storage=StorageSettings(data_dir=folder / "data")))
    with store.uow() as tx:
        note(tx, store, "default", "key:k", "audio.read", "recording:r1", visit_id=an_id("vis"))  # type: ignore[arg-type]
    store.close()
    found = fieldcue(folder, "privacy", "breach", "--since", "2020-01-01T00:00:00Z", "--until", "2099-01-01T00:00:00Z")
    assert found.stdout.startswith("key:k\taudio.read\trecording:r1")
    none = fieldcue(folder, "privacy", "breach", "--since", "2020-01-01T00:00:00Z", "--until", NOON.isoformat())
    assert none.stdout == ""
    wrong = fieldcue(folder, "privacy", "breach", "--since", "yesterday", "--until", "x")
    assert isinstance(wrong.exception, Invalid)


def test_what_people_asked_is_listed_by_what_is_due_next_and_fails_the_duty_when_it_is_overdue(folder: Path) -> None:
    store = open_store(Settings(storage=StorageSettings(data_dir=folder / "data")))
    kept = ("person", "rep_lin", "letter", NOON, "working_days", NOON, NOON, "key:k")
    with store.uow() as tx:
        tx.privacy.requests.put(SubjectRequestRow("req_1", "default", NOON, "copy", *kept))
    store.close()
    listed = fieldcue(folder, "privacy", "requests").stdout.splitlines()
    assert listed == [f"OVERDUE\t{NOON.isoformat()}\tcopy\tperson:rep_lin\treq_1", "1 open, 1 overdue"]
    assert "FAIL\tAccess, copy, correction" in fieldcue(folder, "privacy", "verify").stdout
    fieldcue(folder, "privacy", "export", "person:rep_lin", "-o", str(folder / "copy.zip"))
    assert fieldcue(folder, "privacy", "requests").stdout == "0 open, 0 overdue\n"
    assert "ok\tAccess, copy, correction" in fieldcue(folder, "privacy", "verify").stdout


def test_whose_data_left_the_region_is_counted_by_receiver(folder: Path) -> None:
    store = open_store(Settings(storage=StorageSettings(data_dir=folder / "data")))
    with store.uow() as tx:
        row = TransferredPerson("e1", "default", NOON, "2026", "digest", "crm.example", "SG", True)
        tx.privacy.transferred.add(row)
    store.close()
    assert fieldcue(folder, "privacy", "transfers", "--year", "2026").stdout.splitlines() == [
        "crm.example\tSG\t1\t1 sensitive",
        "2026: 1 persons, 1 of them with sensitive data",
        "sensitive\t1\tREACHED",
        "persons\t100000\tbelow",
        "assessed\t1000000\tbelow",
    ]


def test_the_record_says_what_is_done_now_and_what_was_approved(folder: Path) -> None:
    told = fieldcue(folder, "privacy", "record").stdout
    assert told.startswith("# Record of processing: tenant default, region CN")
    assert "| audio_days | 30 |" in told
    assert told.splitlines()[-2:] == ["impact: no version is approved", "record: no version is approved"]


def test_groups_are_told_beside_each_other(folder: Path) -> None:
    store = open_store(Settings(storage=StorageSettings(data_dir=folder / "data")))
    with store.uow() as tx:
        for number in range(2, 42):
            told = an_analysis(an_id("vis", number))
            told = told if number < 22 else replace(told, findings=())
            spoken = {"tenant_id": "default", "visited_at": store.clock.now() - timedelta(days=1)}
            tx.visits.add(a_visit(number, rep_id=f"r{number}", channel="面访" if number < 22 else "电话", **spoken))
            tx.analyses.put(an_analysis_record(tenant_id="default", visit_id=an_id("vis", number), analysis=told))
    store.close()
    lines = fieldcue(folder, "privacy", "bias", "--by", "channel").stdout.splitlines()
    assert lines[:2] == [
        "objection\t价格\t电话\t0 [0, 0.161] (n=20)\t1 [0.839, 1] (n=20)\t<>",
        "objection\t价格\t面访\t1 [0.839, 1] (n=20)\t0 [0, 0.161] (n=20)\t<>",
    ]
    assert "40 visits, 0 left out; 2 of 6 marked" in lines
    assert any("差异不等于偏见" in line for line in lines)
    wrong = fieldcue(folder, "privacy", "bias", "--by", "age")
    assert str(wrong.exception) == "there is no grouping 'age'; there are team, store, region, channel, dialect"


def test_one_purpose_is_withdrawn_and_the_others_stand(folder: Path) -> None:
    visit = an_id("vis")
    done = fieldcue(folder, "privacy", "withdraw", visit, "--purpose", "recording", "--yes")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == ["covered\ttranscription, coaching", "answers\t0", "recordings\t0"]
    unknown = fieldcue(folder, "privacy", "withdraw", visit, "--purpose", "marketing", "--yes")
    assert isinstance(unknown.exception, Invalid)
    whole = fieldcue(folder, "privacy", "withdraw", visit, "--yes")
    assert whole.stdout.splitlines()[0] == "covered\tnothing"
    assert "transcripts\t1" in whole.stdout
    assert fieldcue(folder, "privacy", "withdraw", visit, input_="n\n").exit_code == 1
    assert isinstance(fieldcue(folder, "privacy", "withdraw", "vis_none", "--yes").exception, NotFound)


def test_a_subject_of_another_form_is_refused_before_anything_is_opened(folder: Path) -> None:
    wrong = fieldcue(folder, "privacy", "erase", "acc-1", "--yes")
    assert isinstance(wrong.exception, Invalid)
    assert "name a subject as person:ID" in str(wrong.exception)
