"""P7: whichever write of a request finds the disk full or broken, it is refused, nothing half of it shows, and once
there is room again the same request is taken."""

import errno
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.api.app import create_app
from service.bootstrap import Installation, build
from service.domain.errors import StorageFull
from service.domain.stages import StageRun
from service.settings import LogSettings, Settings, StorageSettings
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.operations.manage_keys import create_key
from tests.proofs.commits import missing
from tests.support.api import VISIT, a_wav
from tests.support.builders import a_visit
from tests.support.failing_disk import FailingDisk, limited_database, small_disk
from tests.support.fakes import FakeIds
from tests.support.runner_program import SEAL

WAV = a_wav(1.0)
LETTERS = random.Random(7)  # what repeats is stored small: a transcript that needs pages does not
TURNS = [{"role": "customer", "text": LETTERS.randbytes(200).hex()} for _ in range(40)]
REQUESTS = 200  # at most, until some needed another page: small ones need one now and then
ENOUGH = 2
STILL_WORKING_S = 4.0  # longer than a stage takes
REFUSALS = {(507, "storage_full"), (503, "storage_away")}
MOST_WRITES = 60  # a request that writes more often than that has lost its end
WAYS = {"full": (errno.ENOSPC, True), "one write fails": (errno.EIO, False)}


@dataclass(frozen=True)
class House:
    """An installation in a folder, and a client with its key; a recording is looked at by nobody before it is kept."""

    folder: Path
    installation: Installation
    client: TestClient

    def a_visit(self) -> str:
        return str(self.client.post("/v1/visits", json=VISIT).raise_for_status().json()["id"])

    def rows(self) -> dict[str, int]:
        """How many rows each table holds."""
        with self.installation.database.connect() as connection:
            tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
            counts = {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in tables}
        return {name: count for name, count in counts.items() if name not in {"idempotency_key", "audit"}}

    def stray_blobs(self) -> set[str]:
        """Recordings' files that no row names."""
        with self.installation.database.connect() as connection:
            named = set(connection.exec_driver_sql("SELECT blob FROM recording").scalars())
        root = self.folder / "blobs"
        return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - named

    def unfinished(self) -> list[Path]:
        return [path for path in (self.folder / "tmp").iterdir() if path.is_file()]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    storage = StorageSettings(data_dir=folder, min_free_bytes=0)
    installation = build(Settings(storage=storage, log=LogSettings(level="error")))
    with installation.services.uow() as tx:
        key = create_key(tx, installation.services, tenant_id="t", scopes=["admin"], label="")
    many = replace(installation.services.limits, open_uploads=1_000)
    app = create_app(replace(installation.services, probe=lambda path: path.stat(), limits=many))
    headers = {"Authorization": f"Bearer {key}"}
    yield House(folder, installation, TestClient(app, headers=headers, raise_server_exceptions=False))
    installation.close()


def told(response: Any) -> tuple[int, str]:
    return response.status_code, "" if response.is_success else response.json()["code"]


def in_one(house: House, visit: str) -> Callable[[], Any]:
    return lambda: house.client.post(f"/v1/visits/{visit}/recording", files={"file": ("a.wav", WAV)})


def begun(house: House, visit: str) -> Callable[[], Any]:
    headers = {"Upload-Length": str(len(WAV))}
    return lambda: house.client.post(f"/v1/visits/{visit}/uploads", headers=headers)


def piece(house: House, visit: str) -> Callable[[], Any]:
    address = begun(house, visit)().headers["Location"]

    def send() -> Any:
        at = int(house.client.head(address).headers["Upload-Offset"])
        assert at in {0, len(WAV)}, "half a piece is no piece"
        if at:
            return house.client.head(address)
        headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        return house.client.patch(address, content=WAV, headers=headers)

    return send


def complete(house: House, visit: str) -> Callable[[], Any]:
    address = begun(house, visit)().headers["Location"]
    headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    house.client.patch(address, content=WAV, headers=headers).raise_for_status()
    return lambda: house.client.post(f"{address}/complete", headers={"Idempotency-Key": visit})


def transcript(house: House, visit: str) -> Callable[[], Any]:
    return lambda: house.client.put(f"/v1/visits/{visit}/transcript", json={"turns": TURNS})


Request = Callable[[House, str], Callable[[], Any]]
WRITING: dict[str, Request] = {"one request": in_one, "begun": begun, "a piece": piece, "completed": complete}
STORING: dict[str, Request] = {name: WRITING[name] for name in WRITING if name != "a piece"}  # that changes rows alone
STORING["a transcript"] = transcript


@pytest.mark.parametrize(("number", "lasting"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("request_of", WRITING.values(), ids=WRITING)
def test_whichever_write_of_a_request_fails_nothing_half_of_it_shows(
    house: House, request_of: Request, number: int, lasting: bool
) -> None:
    for at in range(1, MOST_WRITES):
        send = request_of(house, house.a_visit())
        before, stray = house.rows(), house.stray_blobs()
        disk = FailingDisk(house.folder, at=at, number=number, lasting=lasting)
        with disk.failing():
            answer = send()
        if not disk.failed:
            assert answer.is_success
            break
        if not answer.is_success:
            assert told(answer) in REFUSALS, at
            assert house.rows() == before, at
            # A file may be left that no row names: the sweep takes it, and until then nobody sees it.
            assert len(house.stray_blobs() - stray) <= 1
            assert send().is_success, f"after write {at} failed"
        assert house.unfinished() == []
    assert 1 < at < MOST_WRITES - 1


@pytest.mark.parametrize("request_of", STORING.values(), ids=STORING)
def test_a_database_without_room_refuses_and_keeps_nothing_of_a_request(house: House, request_of: Request) -> None:
    refused = 0
    with limited_database(house.installation.database) as allow:
        for number in range(REQUESTS):
            send = request_of(house, house.a_visit())
            before = house.rows()
            allow(number % 2)  # so that the first new page finds no room, or the second
            answer = send()
            allow(None)
            if not answer.is_success:
                refused += 1
                assert told(answer) == (507, "storage_full")
                assert house.rows() == before
                assert send().is_success
            if refused == ENOUGH:
                break
    assert refused == ENOUGH, "no request needed another page: the trial says nothing"


def run_of(house: House, visit: str, stage: str) -> StageRun:
    with house.installation.services.uow(write=False) as tx:
        return next(run for run in tx.runs.of_visit("t", visit) if run.stage == stage)


def test_a_stage_whose_result_finds_no_room_in_the_database_keeps_it_until_there_is(house: House) -> None:
    visit = house.a_visit()
    transcript(house, visit)().raise_for_status()
    runner = house.installation.process().runner
    working = threading.Thread(target=runner.step, args=("fast", run_of(house, visit, "analyse").id))
    with limited_database(house.installation.database) as allow:
        allow(1)  # a claim changes rows alone, an analysis needs pages
        working.start()
        working.join(STILL_WORKING_S)
        assert working.is_alive(), "it waits with its result for room"
        allow(None)
        working.join(60)

    analyse = run_of(house, visit, "analyse")
    assert (analyse.state, analyse.attempt, analyse.crash_count) == ("succeeded", 1, 0)


def test_a_recording_that_finds_no_room_to_be_decoded_waits_and_is_decoded_once_there_is(house: House) -> None:
    visit = house.a_visit()
    in_one(house, visit)().raise_for_status()
    runner, run_id = house.installation.process().runner, run_of(house, visit, "decode").id
    disk = FailingDisk(house.folder / "work", at=1, number=errno.ENOSPC, lasting=True)
    with disk.failing():
        assert runner.step("asr", run_id)
    paused = run_of(house, visit, "decode")
    time.sleep(max(0.0, (paused.run_after - house.installation.services.clock.now()).total_seconds()))
    assert runner.step("asr", run_id)

    decoded = run_of(house, visit, "decode")
    assert (paused.state, paused.error_code) == ("queued", "storage_full")
    assert (decoded.state, decoded.crash_count) == ("succeeded", 0)


def test_on_a_file_system_that_fills_up_confirmed_rows_stay_and_writing_goes_on_once_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "small", mebibytes=8) as disk:
        url, filler = f"sqlite:///{disk / 'service.db'}", disk / "filler"
        filler.write_bytes(b"x" * 3 * 2**20)
        engine = make_engine(url)
        upgrade(engine)
        uow = make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])
        confirmed: list[int] = []

        def write(until: int) -> None:
            for number in range(len(confirmed) + 1, until):
                with uow() as tx:
                    tx.visits.add(a_visit(number, place="骆主任的诊室" * 1_000))
                confirmed.append(number)

        with pytest.raises(StorageFull):
            write(until=10_000)
        full_at = len(confirmed)
        assert missing(url, confirmed)[0] == set()
        filler.unlink()
        write(until=full_at + 20)
        lost, there, _ = missing(url, confirmed)
        engine.dispose()
    assert (lost, there, full_at > 0) == (set(), full_at + 19, True)
