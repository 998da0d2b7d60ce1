"""P10 and P17 on a real database: many callers at one moment, and repeats after a crash, make one thing each."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from service.domain.ports import UnitOfWork
from service.domain.speech.upload import Upload
from tests.support.api import TENANT, VISIT, Api, a_wav

WAV = a_wav(0.2)


def at_once(times: int, ask: Callable[[int], Response]) -> list[Response]:
    """The answers of `times` calls that start together."""
    start = threading.Barrier(times)

    def call(number: int) -> Response:
        start.wait(30)
        return ask(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(call, range(times)))


def count(api: Api, table: str) -> int:
    with api.services.uow(write=False) as tx:
        connection = tx.visits._connection  # type: ignore[attr-defined]
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar())


def test_fifty_posts_with_one_key_make_one_visit(sql_api: Api) -> None:
    client = sql_api.client()
    answers = at_once(50, lambda _: client.post("/v1/visits", json=VISIT, headers={"Idempotency-Key": "k"}))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 49
    assert count(sql_api, "visit") == 1


def test_fifty_posts_with_one_external_id_and_no_key_make_one_visit(sql_api: Api) -> None:
    client = sql_api.client()
    answers = at_once(50, lambda _: client.post("/v1/visits", json={**VISIT, "external_id": "crm-1"}))
    assert sorted({answer.status_code for answer in answers}) == [200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert count(sql_api, "visit") == 1


def test_one_key_for_different_bodies_at_once_serves_one_and_refuses_the_others(sql_api: Api) -> None:
    client = sql_api.client()
    headers = {"Idempotency-Key": "k"}
    answers = at_once(20, lambda i: client.post("/v1/visits", json={**VISIT, "rep_id": f"rep-{i}"}, headers=headers))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 19
    assert count(sql_api, "visit") == 1


def test_fifty_clients_with_visits_of_their_own_are_all_served(sql_api: Api) -> None:
    client = sql_api.client()

    def whole_visit(number: int) -> Response:
        made = client.post("/v1/visits", json={**VISIT, "rep_id": f"rep-{number}"})
        return client.put(f"/v1/visits/{made.json()['id']}/transcript", json={"turns": [{"text": f"第{number}次"}]})

    assert {answer.status_code for answer in at_once(50, whole_visit)} == {202}
    assert count(sql_api, "visit") == count(sql_api, "transcript") == 50


def test_the_same_bytes_ten_times_at_once_are_one_recording_and_one_blob(sql_api: Api) -> None:
    client = sql_api.client()
    visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
    send = {"url": f"/v1/visits/{visit_id}/recording", "files": {"file": ("a.wav", WAV)}}
    answers = at_once(10, lambda _: client.post(**send))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
    assert count(sql_api, "recording") == 1
    assert [blob.read_bytes() for blob in sql_api.blobs()] == [WAV]


def test_the_same_bytes_ten_times_at_once_under_one_key_leave_no_blob_behind(sql_api: Api) -> None:
    client = sql_api.client()
    visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
    headers = {"Idempotency-Key": "k"}
    send = {"url": f"/v1/visits/{visit_id}/recording", "files": {"file": ("a.wav", WAV)}, "headers": headers}
    answers = at_once(10, lambda _: client.post(**send))
    assert len({answer.content for answer in answers}) == 1
    assert len(sql_api.blobs()) == 1


def finished_upload(client: TestClient) -> str:
    visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
    address = client.post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": str(len(WAV))}).headers[
        "Location"
    ]
    sent = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    assert client.patch(address, content=WAV, headers=sent).status_code == 204
    return address


@pytest.mark.parametrize("keys", [["same"] * 10, [f"key-{i}" for i in range(10)]], ids=["one key", "ten keys"])
def test_completing_ten_times_at_once_makes_one_recording_and_never_a_500(sql_api: Api, keys: list[str]) -> None:
    client = sql_api.client()
    address = finished_upload(client)
    complete = f"{address}/complete"
    answers = at_once(10, lambda i: client.post(complete, headers={"Idempotency-Key": keys[i]}))
    assert {answer.status_code for answer in answers} <= {202, 423}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    assert count(sql_api, "recording") == 1
    assert len(sql_api.blobs()) == 1
    assert client.post(complete, headers={"Idempotency-Key": keys[0]}).status_code == 202
    assert list(sql_api.part_folder.iterdir()) == []


def test_two_writers_of_one_upload_never_mix_their_bytes(sql_api: Api) -> None:
    client = sql_api.client()
    visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
    pieces = [bytes([65 + i]) * 50_000 for i in range(8)]
    address = client.post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "50000"}).headers["Location"]
    sent = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    answers = at_once(8, lambda i: client.patch(address, content=pieces[i], headers=sent))
    assert {answer.status_code for answer in answers} <= {204, 409, 423}
    stored = next(iter(sql_api.part_folder.iterdir())).read_bytes()
    assert stored in pieces
    assert [answer.status_code for answer in answers].count(204) == 1


def test_removing_an_upload_that_is_being_written_is_refused(sql_api: Api) -> None:
    client = sql_api.client()
    visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
    address = client.post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "10"}).headers["Location"]
    upload_id = address.rsplit("/", 1)[1]
    now = sql_api.clock.now()
    with sql_api.services.uow() as tx:
        assert tx.uploads.hold(TENANT, upload_id, "other", now, now + timedelta(minutes=1))
    assert client.delete(address).status_code == 423
    assert client.post(f"{address}/complete", headers={"Idempotency-Key": "k"}).status_code == 423
    with sql_api.services.uow() as tx:
        tx.uploads.let_go(TENANT, upload_id, "other")
    assert client.delete(address).status_code == 204
    assert list(sql_api.part_folder.iterdir()) == []


class Crash(Exception):
    """The process ends here, as far as the database can tell."""


def crashing_in_upload_update(api: Api) -> Callable[..., Any]:
    """A unit-of-work factory that fails after the upload's row was changed and before the commit."""
    real = api.services.uow

    @contextmanager
    def open_unit(*, write: bool = True) -> Iterator[UnitOfWork]:
        with real(write=write) as tx:
            stored = tx.uploads.update

            def update(upload: Upload) -> None:
                stored(upload)
                raise Crash

            tx.uploads.update = update  # type: ignore[method-assign]
            yield tx

    return open_unit


def test_a_crash_inside_completing_keeps_the_upload_for_a_repeat(sql_api: Api) -> None:
    client = sql_api.client()
    address = finished_upload(client)
    good = sql_api.services
    sql_api.services = replace(good, uow=crashing_in_upload_update(sql_api))
    broken = sql_api.client()
    headers = {"Idempotency-Key": "k"}
    assert broken.post(f"{address}/complete", headers=headers).status_code == 500
    assert count(sql_api, "recording") == 0
    sql_api.services = good
    done = client.post(f"{address}/complete", headers=headers)
    assert (done.status_code, done.json()["size_bytes"]) == (202, len(WAV))
    assert count(sql_api, "recording") == 1
