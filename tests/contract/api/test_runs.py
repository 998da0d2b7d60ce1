"""Quarantined runs through the API, and uploads that find the queue full."""

import pytest

from tests.support.api import OTHER_TENANT, TENANT, Api, a_wav
from tests.support.builders import a_run, an_id
from tests.support.fakes import NOON

ONCE = {"Idempotency-Key": "once-1"}


@pytest.fixture
def stopped(api: Api, visit_id: str) -> str:
    """A recording whose decoding crashed three times."""
    client = api.client()
    recording = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", a_wav())}).json()
    with api.database() as tx:
        (run,) = tx.runs.of_visit(TENANT, visit_id)
        for _ in range(3):
            claimed = tx.runs.claim("asr", "me", api.clock.forward(minutes=10))
            tx.runs.crash(run.id, claimed.fence, api.clock.now(), code="child_crashed", detail="killed by signal 9")
        tx.recordings.move(TENANT, recording["id"], "quarantined")
    return run.id


def test_a_quarantined_run_shows_what_it_died_of(api: Api, stopped: str) -> None:
    client = api.client()
    (listed,) = client.get("/v1/runs").json()["items"]
    assert listed == client.get(f"/v1/runs/{stopped}").json()
    assert (listed["state"], listed["crashes"], listed["stage"]) == ("quarantined", 3, "decode")
    assert "signal 9" in listed["error_detail"]
    assert client.get("/v1/runs?state=running").json()["items"] == []


def test_it_is_tried_again_once_for_each_key_and_its_recording_with_it(api: Api, stopped: str) -> None:
    client, address = api.client(), f"/v1/runs/{stopped}/retry"
    assert client.post(address).json()["code"] == "idempotency_key_required"
    first = client.post(address, headers=ONCE)
    assert (first.status_code, first.json()["state"], first.json()["crashes"]) == (202, "queued", 0)
    assert client.post(address, headers=ONCE).json() == first.json()
    again = client.post(address, headers={"Idempotency-Key": "twice"})
    assert (again.status_code, again.json()["code"]) == (409, "run_not_ended")
    recording = client.get(f"/v1/recordings/{first.json()['recording_id']}").json()
    assert recording["state"] == "processing"
    assert api.doorbell.rings[-1] == ("asr", stopped)


def test_it_is_given_up_and_its_recording_with_it(api: Api, stopped: str) -> None:
    client = api.client()
    given_up = client.post(f"/v1/runs/{stopped}/discard", headers=ONCE)
    assert (given_up.status_code, given_up.json()["state"]) == (200, "cancelled")
    recording = client.get(f"/v1/recordings/{given_up.json()['recording_id']}").json()
    assert (recording["state"], recording["detail_code"]) == ("cancelled", "discarded")
    assert client.post(f"/v1/runs/{stopped}/retry", headers={"Idempotency-Key": "2"}).status_code == 409


def test_operators_rights_are_needed(api: Api, stopped: str) -> None:
    assert api.client("visits:read", "visits:write").get(f"/v1/runs/{stopped}").json()["code"] == "scope_missing"
    assert api.client(tenant=OTHER_TENANT).get(f"/v1/runs/{stopped}").status_code == 404


@pytest.mark.parametrize(
    ("waiting", "status", "code"), [(1_000, 429, "queue_full"), (20_000, 503, "service_full")], ids=["own", "all"]
)
def test_a_full_queue_refuses_before_the_bytes_and_says_when(
    api: Api, visit_id: str, waiting: int, status: int, code: str
) -> None:
    tenant = TENANT if status == 429 else OTHER_TENANT
    runs = {an_id("run", n): a_run(n, tenant_id=tenant) for n in range(1, waiting + 1)}
    api.database.state.runs.update(runs)
    address = f"/v1/visits/{visit_id}/recording"
    refused = api.client().post(address, files={"file": ("a.wav", a_wav())})
    started = api.client().post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "10"})

    assert api.blobs() == []
    for response in (refused, started):
        body = response.json()
        assert (response.status_code, body["code"]) == (status, code)
        assert 60 <= int(response.headers["Retry-After"]) <= 3_600
        assert body["estimated_start"] > NOON.isoformat()[:19]


@pytest.mark.parametrize(
    ("waiting", "status", "code"), [(1_000, 429, "queue_full"), (20_000, 503, "service_full")], ids=["own", "all"]
)
def test_a_full_queue_refuses_a_transcript_before_a_word_is_stored_and_takes_it_later(
    api: Api, visit_id: str, waiting: int, status: int, code: str
) -> None:
    tenant = TENANT if status == 429 else OTHER_TENANT
    runs = {an_id("run", n): a_run(n, "analyse", tenant_id=tenant) for n in range(1, waiting + 1)}
    api.database.state.runs.update(runs)
    address, body = f"/v1/visits/{visit_id}/transcript", {"turns": [{"role": "customer", "text": "价格太高了"}]}
    refused = api.client().put(address, json=body)
    unstored = api.client().get(address)
    del api.database.state.runs[an_id("run", 1)]
    taken, again = (api.client().put(address, json=body) for _ in range(2))

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert 60 <= int(refused.headers["Retry-After"]) <= 3_600
    assert unstored.status_code == 404
    assert (taken.status_code, again.status_code) == (202, 200)  # full again, and the same words need no room
