"""P24: a phrase written wherever words may lie, then erased: no byte of it in any file, no row of it in any table."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from service.adapters.blob import DiskBlobStore
from service.adapters.content.loader import load_content
from service.adapters.erasures import FileLedger
from service.adapters.key_ring import KeyRing
from service.adapters.parts import DiskParts
from service.domain.coaching.observations import ObservationRow
from service.domain.content.bundle import Content
from service.domain.delivery.deliveries import Attempt
from service.domain.errors import Permanent
from service.domain.people import Person
from service.domain.records import IdempotentAnswer, Page
from service.settings import ROOT
from service.storage.compact import compact
from service.storage.tables import metadata
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.privacy.erase_subject import Subject, erase_subject, reapply_stones
from service.usecases.services import Services
from tests.support.builders import (
    TENANT,
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
from tests.support.fakes import NOON, FakeIds
from tests.support.seal import SEAL
from tests.support.service import services_over

CANARY = "金丝雀六六一八"


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content(ROOT / "prompts")


@pytest.fixture
def services(engine: Engine, content: Content, tmp_path: Path) -> Services:
    return services_over(
        content=content,
        uow=make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL]),
        ids=FakeIds(1000),
        blobs=DiskBlobStore(tmp_path / "data", keys=KeyRing(tmp_path / "keys", b"k" * 32), seal=False),
        parts=DiskParts(tmp_path / "data" / "parts"),
        ledger=FileLedger(tmp_path / "erasures.jsonl"),
        compact=lambda: compact(engine),
    )


def fill(services: Services) -> None:
    blob, sha256, size = services.blobs.write(TENANT, iter([CANARY.encode()]), limit=100)
    (services.blobs.work_dir(an_id("rec")) / "window").write_text(CANARY)
    answer = IdempotentAnswer(TENANT, "PUT /t", "k", "f", 0, b"", NOON)
    analysis = an_analysis_record().analysis
    finding = replace(analysis.findings[0], quote=CANARY)
    with services.uow() as tx:
        tx.visits.add(a_visit(place=CANARY))
        tx.endpoints.add(an_endpoint())
        tx.recordings.add(a_recording(blob=blob, sha256=sha256, size_bytes=size, display_name=f"{CANARY}.wav"))
        tx.transcripts.put(a_transcript_record(transcript=a_transcript(CANARY)))
        tx.analyses.put(
            an_analysis_record(analysis=replace(analysis, findings=(finding,)), coaching={"hints": [{"text": CANARY}]})
        )
        tx.coaching.observations.put(
            ObservationRow("obs_1", TENANT, NOON, an_id("vis"), "rep_lin", "acc_hengtong", "discovery", "r", CANARY, 1,
                           1.0, "talk", 0, CANARY)
        )  # fmt: skip
        tx.people.put(Person("rep_lin", TENANT, CANARY, "rep", NOON, "north", row_id=an_id("per")))
        tx.events.add(an_event(data={"analysis": {"text": CANARY}}))
        tx.runs.enqueue(a_run(stage="transcribe", input={"decoded": CANARY}))
        tx.idempotency.begin(answer)
        tx.idempotency.complete(TENANT, "PUT /t", "k", status=200, body=f"{an_id('vis')} {CANARY}".encode())
        claimed = tx.runs.claim("asr", "me", NOON)
        assert claimed is not None
        tx.runs.checkpoint(claimed.id, claimed.fence, "0", {"segments": [CANARY]})
        delivery = tx.deliveries.claim("me", NOON)
        assert delivery is not None
        tried = Attempt(delivery.id, 1, NOON, 500, CANARY, latency_ms=3, body=CANARY)
        assert tx.deliveries.record(delivery, tried, state="dead", next_attempt_at=None)


def files_with_it(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


def tables_with_it(engine: Engine) -> list[str]:
    found = []
    escaped = CANARY.encode("unicode_escape").decode()
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(table).execution_options(system="sweep")).all()
            text = repr([tuple(_readable(value) for value in row) for row in rows])
            found += [table.name] if CANARY in text or escaped in text else []
    return found


def _readable(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


WHO = [Subject("visit", an_id("vis")), Subject("account", "acc_hengtong"), Subject("person", "rep_lin")]


@pytest.mark.parametrize("subject", WHO, ids=lambda subject: subject.kind)
def test_no_byte_and_no_row_is_left(services: Services, engine: Engine, tmp_path: Path, subject: Subject) -> None:
    fill(services)
    filled = set(tables_with_it(engine))
    assert {"visit", "transcript", "analysis", "event", "stage_run", "webhook_attempt", "idempotency_key"} <= filled
    receipt = erase_subject(services, TENANT, subject, actor="command", reason="来函")
    assert {receipt.counts[name] for name in ("visits", "recordings", "transcripts", "analyses", "files")} == {1}
    left = set(tables_with_it(engine))
    assert left == ({"person"} if subject.kind != "person" else set())
    if subject.kind == "person":
        assert files_with_it(tmp_path) == []
    with services.uow() as tx:
        assert [owed.state for owed in tx.deliveries.page(TENANT, Page(50)) if owed.event_id == an_id("evt")] == [
            "dead"
        ]


def test_a_whole_tenant_leaves_no_byte_but_the_proofs(services: Services, engine: Engine, tmp_path: Path) -> None:
    fill(services)
    erase_subject(services, TENANT, Subject("tenant", "all"), actor="command", reason="合同终止")
    assert tables_with_it(engine) == []
    assert files_with_it(tmp_path) == []
    with services.uow(write=False) as tx:
        assert tx.privacy.receipts.find(TENANT)[0].finished_at is not None
        assert tx.visits.page(TENANT, Page(5)) == []


def test_a_ledger_erases_again_what_comes_back(services: Services, engine: Engine) -> None:
    fill(services)
    erase_subject(services, TENANT, WHO[1], actor="command", reason="")
    with services.uow() as tx:  # as after a restore: the visit as it was
        tx.visits.update(a_visit(place=CANARY))
        tx.transcripts.put(a_transcript_record(transcript=a_transcript(CANARY)))
    assert "transcript" in tables_with_it(engine)
    assert reapply_stones(services, actor="command") >= 1
    assert set(tables_with_it(engine)) == {"person"}


def test_a_ledger_keeps_what_was_written_and_names_a_broken_line(tmp_path: Path, services: Services) -> None:
    ledger = FileLedger(tmp_path / "other.jsonl")
    assert ledger.read() == []
    fill(services)
    erase_subject(services, TENANT, WHO[0], actor="command", reason="")
    stones = FileLedger(tmp_path / "erasures.jsonl").read()
    assert [stone.kind for stone in stones] == ["visit", "visit"]
    assert (tmp_path / "erasures.jsonl").stat().st_mode & 0o077 == 0
    with (tmp_path / "erasures.jsonl").open("a") as file:
        file.write('{"cut off')
    assert len(FileLedger(tmp_path / "erasures.jsonl").read()) == 2
    with (tmp_path / "erasures.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(Permanent, match="line 3"):
        FileLedger(tmp_path / "erasures.jsonl").read()
