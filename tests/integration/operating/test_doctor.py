"""Each thing that `fieldcue doctor` looks at, well and unwell; what it says names the way out and no secret."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine
from typer.testing import CliRunner

from nlp.errors import ModelMissing
from service.adapters.clock import SystemClock
from service.cli import app
from service.cli.checkup import (
    Finding,
    check_up,
    look_at_broker,
    look_at_bucket,
    look_at_clock,
    look_at_database,
    look_at_disk,
    look_at_key,
    look_at_models,
    look_at_packages,
    look_at_queues,
    look_at_speech,
)
from service.domain.errors import Permanent, Unavailable
from service.domain.run_office import CANARY_TENANT
from service.storage.engine import make_engine
from service.storage.migrate import newest_revision, upgrade
from service.storage.run_office import SqlRunOffice
from service.storage.runs import SqlRuns
from tests.support.servers import postgres_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = make_engine(f"sqlite:///{tmp_path / 'fieldcue.db'}")
    yield made
    made.dispose()


def test_a_database_is_looked_at_before_there_is_one_and_after(engine: Engine) -> None:
    assert look_at_database(engine).health == "warn"
    assert not Path(str(engine.url.database)).exists()
    upgrade(engine)
    found = look_at_database(engine)
    assert (found.health, found.remedy) == ("ok", "")
    assert str(newest_revision()) in found.said


def test_a_library_with_a_known_hole_is_named_with_the_version_that_closed_it() -> None:
    assert look_at_packages().health == "ok"
    found = look_at_packages({"starlette": "1.3.0", "python-multipart": "0.0.27", "av": "19.0.2"}.__getitem__)
    assert (found.health, "starlette 1.3.0" in found.said) == ("fail", True)
    assert "starlette >= 1.3.1" in found.remedy
    assert "av" not in found.remedy


def test_an_old_schema_is_told_with_both_revisions(engine: Engine) -> None:
    upgrade(engine, "0002")
    found = look_at_database(engine)
    assert found.health == "warn"
    assert "0002" in found.said
    assert str(newest_revision()) in found.said


@pytest.mark.postgres
@pytest.mark.parametrize(("ahead_s", "health"), [(0, "ok"), (60, "warn"), (-60, "warn")])
def test_a_clock_that_differs_from_the_databases_is_told(ahead_s: int, health: str) -> None:
    with postgres_database() as url:
        engine = make_engine(url)
        found = look_at_clock(engine, SystemClock().now() + timedelta(seconds=ahead_s))
        engine.dispose()
    assert found.health == health
    assert ("NTP" in found.remedy) == (health == "warn")


def test_a_broker_answers_or_is_named_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert look_at_broker(f"redis://:secret@127.0.0.1:{port}/0").health == "ok"
    found = look_at_broker(f"redis://:secret@127.0.0.1:{port}/0")
    assert found.health == "fail"
    assert "FIELDCUE_BROKER__URL" in found.remedy
    assert "secret" not in found.said
    assert look_at_broker("").health == "ok"


def test_a_bucket_that_is_away_or_absent_is_told_and_one_that_answers_is_well() -> None:
    def away() -> None:
        raise Unavailable("the storage of recordings cannot be reached; try again", code="storage_away")

    assert look_at_bucket("", away).health == "ok"
    assert look_at_bucket("recordings", lambda: None) == Finding("bucket", "ok", "recordings answers")
    found = look_at_bucket("recordings", away)
    assert (found.health, "cannot be reached" in found.said) == ("fail", True)
    assert "FIELDCUE_STORAGE__S3_BUCKET" in found.remedy


def test_a_full_an_open_and_an_absent_directory_are_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert look_at_disk(tmp_path, 0).health in ("ok", "warn")
    assert look_at_disk(tmp_path, 2**60).health == "fail"
    tmp_path.chmod(0o755)
    assert "chmod 700" in look_at_disk(tmp_path, 0).remedy
    assert look_at_disk(tmp_path / "none", 0).health == "warn"


@pytest.mark.parametrize(
    ("given", "stored", "shared", "health"),
    [
        (True, False, True, "ok"),
        (False, True, False, "warn"),
        (False, False, True, "fail"),
        (False, False, False, "warn"),
    ],
    ids=["given", "in the data directory", "none for several processes", "before the first start"],
)
def test_where_the_key_lies_is_told_and_never_what_it_is(
    tmp_path: Path, given: bool, stored: bool, shared: bool, health: str
) -> None:
    key = Fernet.generate_key()
    file = tmp_path / "secret.key"
    if stored:
        file.write_bytes(key)
    found = look_at_key(key.decode() if given else "", file, shared=shared)
    assert found.health == health
    assert key.decode() not in repr(found)


def test_a_key_that_is_none_is_broken(tmp_path: Path) -> None:
    assert look_at_key("no key", tmp_path / "x", shared=False).health == "fail"


def test_queues_are_told_by_their_last_sign_of_life(engine: Engine) -> None:
    now = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    assert look_at_queues(engine, now).health == "warn"
    upgrade(engine)
    with engine.begin() as connection:
        SqlRunOffice(connection).plant_canaries(now)
        for queue in ("fast", "asr", "llm", "io"):
            run = SqlRuns(connection).claim(queue, "me", now)  # type: ignore[arg-type]
            assert run is not None
            assert run.tenant_id == CANARY_TENANT
            SqlRuns(connection).finish(run.id, run.fence, {})
    assert look_at_queues(engine, now + timedelta(seconds=50)).health == "ok"
    still = look_at_queues(engine, now + timedelta(seconds=90))
    assert still.health == "warn"
    assert "asr (90 s ago)" in still.said


def test_whatever_a_look_raises_the_others_still_happen() -> None:
    def breaks(error: Exception) -> Finding:
        raise error

    found = check_up(
        [
            ("one", lambda: breaks(OSError("postgresql://secret@host"))),
            ("two", lambda: breaks(Permanent("fsync is off", code="database_unsafe"))),
            ("three", lambda: breaks(ModelMissing("no model in turns", remedy="fetch it"))),
            ("four", lambda: look_at_models([("turns", "t-1")])),
            ("five", lambda: look_at_speech("no model: set it")),
        ]
    )
    assert [each.health for each in found] == ["fail", "fail", "fail", "ok", "warn"]
    assert all(each.remedy for each in found if each.health != "ok")
    assert "secret" not in repr(found)


def test_the_command_tells_all_of_it_and_ends_with_1_when_something_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("FIELDCUE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FIELDCUE_STORAGE__DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FIELDCUE_BROKER__URL", "redis://127.0.0.1:1/0")
    result = CliRunner().invoke(app, ["doctor"])
    names = [line.split()[1] for line in result.output.splitlines() if line[:4] in ("ok  ", "warn", "fail")]
    assert names == ["packages", "disk", "bucket", "keys", "database", "clock", "broker", "models", "speech", "queues"]
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []
