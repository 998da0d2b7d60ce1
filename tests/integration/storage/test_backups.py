"""The drill: back up while others write, lose everything, put it back; what was erased since does not come back."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from service.adapters.backups import MANIFEST, Place, check_backup, put_back, write_backup, write_keys
from service.adapters.blob import DiskBlobStore
from service.adapters.erasures import FileLedger
from service.adapters.key_ring import KeyRing
from service.adapters.parts import DiskParts
from service.adapters.sealing import SealBroken
from service.adapters.text_vault import TextVault
from service.cli import app
from service.domain.errors import Conflict, Invalid, Permanent, ServiceError
from service.storage.dump import dump_database, load_database
from service.storage.engine import make_engine
from service.storage.migrate import current_revision, upgrade
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.privacy.erase_subject import Subject, erase_subject, reapply_stones
from service.usecases.services import Services
from tests.support.builders import TENANT, a_recording, a_transcript, a_transcript_record, a_visit, an_id
from tests.support.fakes import FakeIds
from tests.support.seal import SEAL
from tests.support.servers import postgres_database
from tests.support.service import services_over

ABOUT = {"at": "2026-03-11T00:00:00+00:00"}


def place_in(folder: Path) -> Place:
    return Place(folder / "data", folder / "data" / "keys", folder / "data" / "secret.key")


def install(folder: Path, url: str) -> tuple[Services, Engine]:
    """An installation on this database, with its files in `folder`."""
    place = place_in(folder)
    engine = make_engine(url)
    upgrade(engine)
    ring = KeyRing(place.keys_dir, b"k" * 32)
    made = services_over(
        content=None,
        folder=folder,
        uow=make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL], seal=TextVault(ring)),
        blobs=DiskBlobStore(place.data_dir, keys=ring),
        parts=DiskParts(place.data_dir / "parts"),
        ledger=FileLedger(place.data_dir / "erasures.jsonl"),
        shred=ring.forget,
    )
    return made, engine


def say(services: Services, number: int, text: str) -> None:
    blob, sha256, size = services.blobs.write(TENANT, iter([text.encode()]), limit=1_000)
    visit_id = an_id("vis", number)
    recording = a_recording(id=an_id("rec", number), visit_id=visit_id, blob=blob, sha256=sha256, size_bytes=size)
    with services.uow() as tx:
        tx.visits.add(a_visit(id=visit_id, external_id=None, account_id=f"acc-{number}"))
        tx.recordings.add(recording)
        tx.transcripts.put(a_transcript_record(visit_id=visit_id, transcript=a_transcript(text)))


def said(services: Services, number: int) -> tuple[str, str] | None:
    """What was said in a visit, as text and as bytes; None where nothing is kept."""
    with services.uow(write=False) as tx:
        record = tx.transcripts.latest(TENANT, an_id("vis", number))
        recordings = tx.recordings.of_visit(TENANT, an_id("vis", number))
    if record is None:
        return None
    with services.blobs.open(recordings[0].blob) as file:
        return record.transcript.turns[0].text, file.read().decode()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Where the installation is, and where it is put back."""
    if request.param == "sqlite":
        (tmp_path / "new" / "data").mkdir(parents=True)
        (tmp_path / "old" / "data").mkdir(parents=True)
        yield f"sqlite:///{tmp_path}/old/data/fieldcue.db", f"sqlite:///{tmp_path}/new/data/fieldcue.db"
        return
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed: it comes with PostgreSQL's client")
    with postgres_database() as old, postgres_database() as new:
        yield old, new


def test_what_was_backed_up_comes_back_and_what_was_erased_since_does_not(
    urls: tuple[str, str], tmp_path: Path
) -> None:
    services, engine = install(tmp_path / "old", urls[0])
    say(services, 1, "太贵了")
    say(services, 2, "下周再说")
    place, saved, keys = place_in(tmp_path / "old"), tmp_path / "saved", tmp_path / "saved-keys"

    def dump_while_others_write(folder: Path) -> None:
        dump_database(urls[0], folder)
        say(services, 3, "之后才来的")

    assert write_backup(place, saved, dump_while_others_write, about=ABOUT) >= 4
    assert write_keys(place, keys, about=ABOUT) == 1
    erase_subject(services, TENANT, Subject("visit", an_id("vis", 2)), actor="command", reason="来函")
    ledger = (place.data_dir / "erasures.jsonl").read_bytes()
    engine.dispose()
    shutil.rmtree(tmp_path / "old")

    place = place_in(tmp_path / "new")
    place.data_dir.mkdir(parents=True, exist_ok=True)
    (place.data_dir / "erasures.jsonl").write_bytes(ledger)
    assert check_backup(saved) == ABOUT
    assert put_back(place, saved, keys) == 0, "this backup was made before anything was erased"
    load_database(urls[1], saved)
    again, engine = install(tmp_path / "new", urls[1])
    assert (said(again, 1), said(again, 3)) == (("太贵了", "太贵了"), None)
    assert reapply_stones(again, actor="command") == 1
    assert said(again, 2) is None
    assert said(again, 1) == ("太贵了", "太贵了")
    assert current_revision(engine) is not None
    engine.dispose()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A small backup with its keys beside it, made of an installation on SQLite."""
    (tmp_path / "old" / "data").mkdir(parents=True)
    url = f"sqlite:///{tmp_path}/old/data/fieldcue.db"
    services, engine = install(tmp_path / "old", url)
    say(services, 1, "太贵了")
    place = place_in(tmp_path / "old")
    write_backup(place, tmp_path / "saved", lambda folder: dump_database(url, folder), about=ABOUT)
    write_keys(place, tmp_path / "keys", about=ABOUT)
    engine.dispose()
    return tmp_path / "saved"


def test_a_backup_alone_opens_nothing_that_was_said(saved: Path, tmp_path: Path) -> None:
    words = "太贵了".encode()
    assert [path.name for path in saved.rglob("*") if path.is_file() and words in path.read_bytes()] == []
    place = place_in(tmp_path / "new")
    put_back(place, saved, None)
    load_database(f"sqlite:///{place.data_dir}/fieldcue.db", saved)
    stolen, engine = install(tmp_path / "new", f"sqlite:///{place.data_dir}/fieldcue.db")
    with pytest.raises(SealBroken):
        said(stolen, 1)
    engine.dispose()


DAMAGE = {
    "a changed byte": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
    "a file cut off": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "a file gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_backup_is_refused_before_anything_is_put_back(saved: Path, damage: object) -> None:
    assert callable(damage)
    (blob,) = [path for path in (saved / "blobs").rglob("*") if path.is_file()]
    damage(blob)
    with pytest.raises(Permanent, match=blob.name):
        check_backup(saved)


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"files": []}'])
def test_a_folder_that_is_no_backup_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(Invalid, match="is no backup"):
        check_backup(tmp_path)


def test_nothing_that_is_there_is_overwritten(saved: Path, tmp_path: Path) -> None:
    place = place_in(tmp_path / "old")
    for act in (
        lambda: write_backup(place, saved, lambda _: None, about=ABOUT),
        lambda: write_keys(place, tmp_path / "keys", about=ABOUT),
        lambda: put_back(place, saved, None),
        lambda: put_back(replace(place, data_dir=tmp_path / "new"), saved, tmp_path / "keys"),
    ):
        with pytest.raises(Conflict, match="is there already"):
            act()


def test_stones_of_both_ledgers_are_kept_once(saved: Path, tmp_path: Path) -> None:
    line = '{"id": "s1", "tenant": "t", "at": "2026-03-01T00:00:00+00:00", "kind": "visit", "receipt": "r"}'
    (saved / "erasures.jsonl").write_text(f"{line}\n{line.replace('s1', 's2')}\n")
    place = place_in(tmp_path / "new")
    place.data_dir.mkdir(parents=True)
    (place.data_dir / "erasures.jsonl").write_text(f"{line}\n{line.replace('s1', 's3')}\n")
    assert put_back(place, saved, None) == 2
    kept = [stone.id for stone in FileLedger(place.data_dir / "erasures.jsonl").read()]
    assert kept == ["s1", "s3", "s2"]


def test_a_database_of_another_kind_and_a_tool_that_fails_are_named(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"database\.dump"):
        load_database("postgresql://nobody@127.0.0.1:1/none", saved)
    if shutil.which("pg_dump") is not None:
        with pytest.raises(ServiceError, match="pg_dump failed") as refusal:
            dump_database("postgresql://nobody:sesam@127.0.0.1:1/none", tmp_path)
        assert "sesam" not in str(refusal.value)


def fieldcue(folder: Path, *arguments: str) -> tuple[int, str, BaseException | None]:
    environment = {"FIELDCUE_STORAGE__DATA_DIR": str(folder / "data"), "FIELDCUE_LOG__LEVEL": "error"}
    done = CliRunner().invoke(app, list(arguments), env=environment)
    return done.exit_code, done.output, done.exception


def test_the_commands_do_the_same(saved: Path, tmp_path: Path) -> None:
    code, told, _ = fieldcue(tmp_path / "old", "backup", str(tmp_path / "again"), "--keys", str(tmp_path / "k"))
    assert code == 0, told
    assert "key files" in told
    assert {"at", "version", "schema"} == set(json.loads((tmp_path / "again" / MANIFEST).read_text())["about"])
    code, told, _ = fieldcue(tmp_path / "new", "restore", str(tmp_path / "again"), "--keys", str(tmp_path / "k"))
    assert code == 0, told
    assert "0 subjects erased again" in told
    assert (tmp_path / "new" / "data" / "fieldcue.db").is_file()
    inside = fieldcue(tmp_path / "old", "backup", str(tmp_path / "b"), "--keys", str(tmp_path / "b" / "keys"))
    keyless = fieldcue(tmp_path / "third", "restore", str(tmp_path / "again"))
    taken = fieldcue(tmp_path / "new", "restore", str(tmp_path / "again"), "--keys", str(tmp_path / "k"))
    refused = [getattr(each[2], "code", "") for each in (inside, keyless, taken)]
    assert refused == ["keys_inside", "keys_missing", "place_taken"]
