"""Row 51: one effect per Idempotency-Key, whatever happens on the way."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.api import OTHER_TENANT, VISIT, Api, a_wav


def test_the_same_key_gives_the_same_answer_and_one_visit(api: Api) -> None:
    client = api.client()
    first = client.post("/v1/visits", json=VISIT, headers={"Idempotency-Key": "k-1"})
    again = client.post("/v1/visits", json=VISIT, headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(api.database.state.visits) == 1


def test_the_key_with_another_body_is_refused(api: Api) -> None:
    client = api.client()
    client.post("/v1/visits", json=VISIT, headers={"Idempotency-Key": "k-1"})
    response = client.post("/v1/visits", json={**VISIT, "rep_id": "rep-2"}, headers={"Idempotency-Key": "k-1"})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


def test_another_tenants_key_is_independent(api: Api) -> None:
    headers = {"Idempotency-Key": "k-1"}
    mine = api.client().post("/v1/visits", json=VISIT, headers=headers)
    theirs = api.client(tenant=OTHER_TENANT).post("/v1/visits", json=VISIT, headers=headers)
    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize("key", ["a" * 256, "with blank", ""], ids=["too long", "blank", "empty"])
def test_a_key_that_is_no_key_is_refused(api: Api, key: str) -> None:
    response = api.client().post("/v1/visits", json=VISIT, headers={"Idempotency-Key": key})
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")


def test_a_refused_request_stores_nothing_and_may_be_repeated(api: Api) -> None:
    client = api.client()
    headers = {"Idempotency-Key": "k-1"}
    assert client.post("/v1/visits", json={**VISIT, "rep_id": "!"}, headers=headers).status_code == 422
    assert client.post("/v1/visits", json=VISIT, headers=headers).status_code == 201


def test_fifty_requests_at_once_make_one_visit(api: Api) -> None:
    client = api.client()

    def post(_: int) -> tuple[int, str]:
        response = client.post("/v1/visits", json=VISIT, headers={"Idempotency-Key": "k-1"})
        return response.status_code, response.json()["id"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(post, range(50)))
    assert len(answers) == 1
    assert len(api.database.state.visits) == 1


def test_the_same_recording_twice_under_one_key_is_replayed_and_kept_once(api: Api, visit_id: str) -> None:
    client = api.client()
    address = f"/v1/visits/{visit_id}/recording"
    headers = {"Idempotency-Key": "k-1"}
    answers = [client.post(address, files={"file": ("a.wav", a_wav())}, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(api.blobs()) == 1
    other = client.post(address, files={"file": ("a.wav", a_wav(2))}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(api.blobs()) == 1


def test_the_crms_own_id_makes_a_repeat_harmless(api: Api) -> None:
    client = api.client()
    body = {**VISIT, "external_id": "crm-77"}
    first, again = (client.post("/v1/visits", json=body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = client.post("/v1/visits", json={**body, "account_id": "acc-2"})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_taken")


def test_one_key_and_one_address_for_two_visits_do_not_give_the_second_the_firsts_recording(api: Api) -> None:
    client = api.client()
    headers = {"Idempotency-Key": "k-1"}
    visits = [client.post("/v1/visits", json=VISIT).json()["id"] for _ in range(2)]
    body = {"url": "https://files.crm.example/a.m4a"}
    first, second = (client.post(f"/v1/visits/{visit}/recording", json=body, headers=headers) for visit in visits)
    assert (first.status_code, first.json()["visit_id"]) == (202, visits[0])
    assert (second.status_code, second.json()["code"]) == (422, "idempotency_key_reused")
    again = client.post(f"/v1/visits/{visits[0]}/recording", json=body, headers=headers)
    assert again.content == first.content


def test_consent_that_follows_under_the_crms_id_opens_the_visit(api: Api) -> None:
    client = api.client()
    body = {**VISIT, "external_id": "crm-78"}
    silent = {name: value for name, value in body.items() if name != "consent"}
    visit_id = client.post("/v1/visits", json=silent).json()["id"]
    said = {"turns": [{"text": "太贵了"}]}
    assert client.put(f"/v1/visits/{visit_id}/transcript", json=said).json()["code"] == "consent_required"
    assert client.post("/v1/visits", json=body).json()["consent"]["basis"] == "consent"
    assert client.put(f"/v1/visits/{visit_id}/transcript", json=said).status_code == 202
