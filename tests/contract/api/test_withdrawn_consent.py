"""Row 86: consent taken back stops the work and erases what was said, whatever state it is in."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from service.domain.records import Page
from service.domain.stages import StageRun
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.privacy.withdraw_consent import withdraw_consent
from tests.support.api import OTHER_TENANT, TENANT, Api, a_wav
from tests.support.builders import (
    a_recording,
    a_run,
    a_transcript,
    a_transcript_record,
    a_visit,
    an_analysis_record,
    an_endpoint,
    an_event,
    an_id,
)
from tests.support.fakes import NOON, FakeIds, MemoryDatabase
from tests.support.servers import postgres_database
from tests.support.service import services_over

CANARY = "金丝雀四四一七"
TURNS = {"turns": [{"role": "customer", "text": f"{CANARY}说价格太高了"}]}
KEY = b"3q2-7wECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw="


def test_everything_said_is_erased_and_nothing_more_is_taken(api: Api, visit_id: str) -> None:
    client = api.client()
    file = {"file": (f"{CANARY}.wav", a_wav())}
    recording_id = client.post(f"/v1/visits/{visit_id}/recording", files=file).json()["id"]
    client.put(f"/v1/visits/{visit_id}/transcript", json=TURNS, headers={"Idempotency-Key": "k"})
    response = client.delete(f"/v1/visits/{visit_id}/consent")
    assert response.status_code == 200
    assert response.json()["erased"] == {"recordings": 1, "transcripts": 1, "analyses": 0, "events": 0, "answers": 1}
    assert api.blobs() == []
    assert CANARY not in repr(api.database.state)
    assert client.get(f"/v1/visits/{visit_id}/transcript").status_code == 404
    recording = client.get(f"/v1/recordings/{recording_id}").json()
    assert (recording["state"], recording["detail_code"]) == ("cancelled", "consent_withdrawn")
    assert {run.state for run in api.database.state.runs.values()} == {"cancelled"}
    for again in (
        client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("b.wav", a_wav(2))}),
        client.put(f"/v1/visits/{visit_id}/transcript", json=TURNS),
        client.post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "9"}),
    ):
        assert (again.status_code, again.json()["code"]) == (409, "consent_required")


def test_withdrawing_twice_is_harmless_and_another_tenants_is_unknown(api: Api, visit_id: str) -> None:
    client = api.client()
    first = client.delete(f"/v1/visits/{visit_id}/consent")
    withdrawn_at = client.get(f"/v1/visits/{visit_id}").json()["consent"]["withdrawn_at"]
    api.clock.forward(hours=1)
    second = client.delete(f"/v1/visits/{visit_id}/consent")
    assert (first.status_code, second.status_code) == (200, 200)
    assert client.get(f"/v1/visits/{visit_id}").json()["consent"]["withdrawn_at"] == withdrawn_at
    assert api.client(tenant=OTHER_TENANT).delete(f"/v1/visits/{visit_id}/consent").status_code == 404


def test_an_unfinished_upload_loses_its_bytes(api: Api, visit_id: str) -> None:
    client = api.client()
    address = client.post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "10"}).headers["Location"]
    headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    client.patch(address, content=b"12345", headers=headers)
    client.delete(f"/v1/visits/{visit_id}/consent")
    assert list(api.part_folder.iterdir()) == []
    assert client.head(address).status_code == 410


def fill(database: object) -> StageRun:
    """A visit in the middle of its work, with the canary wherever words may lie; its claimed run."""
    with database() as tx:  # type: ignore[operator]
        tx.visits.add(a_visit())
        tx.endpoints.add(an_endpoint())
        tx.recordings.add(a_recording(display_name=f"{CANARY}.wav", state="processing"))
        tx.transcripts.put(a_transcript_record(transcript=a_transcript(CANARY)))
        tx.analyses.put(an_analysis_record(coaching={"hints": [{"text": CANARY}]}))
        tx.events.add(an_event(data={"analysis": {"text": CANARY}}))
        tx.runs.enqueue(a_run(stage="transcribe", input={"decoded": CANARY}))
        claimed = tx.runs.claim("asr", "me", NOON)
        assert claimed is not None
        tx.runs.checkpoint(claimed.id, claimed.fence, "0", {"segments": [CANARY]})
        tx.runs.beat(claimed.id, claimed.fence, NOON, {"last": CANARY})
    return claimed


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[object]:
    if request.param == "memory":
        yield MemoryDatabase(FakeIds())
        return
    with ExitStack() as stack:
        of_its_own = request.param == "postgres"
        url = stack.enter_context(postgres_database()) if of_its_own else f"sqlite:///{tmp_path / 'erase.db'}"
        engine = make_engine(url)
        upgrade(engine)
        yield make_unit_of_work(engine, ids=FakeIds(), secret_keys=[KEY])
        engine.dispose()


def test_a_stage_that_is_running_can_write_nothing_any_more(database: object, api: Api) -> None:
    claimed = fill(database)
    services = services_over(content=api.services.content, uow=database)
    with services.uow() as tx:
        _, erased = withdraw_consent(tx, services, tenant_id=TENANT, visit_id=an_id("vis"))
    assert dict(erased.counts) == {"recordings": 1, "transcripts": 1, "analyses": 1, "events": 1, "answers": 0}
    with services.uow() as tx:
        assert not tx.runs.finish(claimed.id, claimed.fence, {"segments": [CANARY]})
        assert not tx.runs.checkpoint(claimed.id, claimed.fence, "1", {"segments": [CANARY]})
        assert tx.runs.checkpoints(claimed.id) == {}
        assert [owed.state for owed in tx.deliveries.page(TENANT, Page(50))] == ["cancelled"]
        assert tx.deliveries.claim("me", NOON) is None


def test_no_byte_of_it_is_left_in_the_database_files(tmp_path: Path, api: Api) -> None:
    path = tmp_path / "erase.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    services = services_over(
        content=api.services.content, uow=make_unit_of_work(engine, ids=FakeIds(), secret_keys=[KEY])
    )
    fill(services.uow)
    assert holding(tmp_path) != []
    with services.uow() as tx:
        withdraw_consent(tx, services, tenant_id=TENANT, visit_id=an_id("vis"))
    engine.dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert holding(tmp_path) == []


def test_no_row_of_it_is_left_in_postgresql(api: Api) -> None:
    with postgres_database() as url:
        engine = make_engine(url)
        upgrade(engine)
        services = services_over(
            content=api.services.content, uow=make_unit_of_work(engine, ids=FakeIds(), secret_keys=[KEY])
        )
        fill(services.uow)
        assert tables_holding(url) != []
        with services.uow() as tx:
            withdraw_consent(tx, services, tenant_id=TENANT, visit_id=an_id("vis"))
        assert tables_holding(url) == []
        engine.dispose()


def tables_holding(url: str) -> list[str]:
    """Tables whose rows, written out as text, hold the canary, escaped as JSON or not."""
    forms = (CANARY, json.dumps(CANARY)[1:-1], json.dumps(CANARY)[1:-1].replace("\\", "\\\\"))
    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        rows = {name: connection.execute(f'SELECT t::text FROM "{name}" AS t').fetchall() for name in names}
    return [name for name, found in rows.items() if any(form in row[0] for row in found for form in forms)]


def holding(folder: Path) -> list[str]:
    return [file.name for file in folder.glob("erase.db*") if CANARY.encode() in file.read_bytes()]
