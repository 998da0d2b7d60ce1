"""Rows 59 to 62 and 86: keys, scopes, other tenants, consent."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.support.api import OTHER_TENANT, VISIT, Api, a_wav
from tests.support.fakes import NOON


def test_every_kind_of_bad_key_gets_one_and_the_same_answer(api: Api) -> None:
    good = api.key("visits:read")
    bad = {
        "none": "",
        "no scheme": good,
        "bad prefix": "Bearer " + good.replace("fcue", "acme"),
        "wrong checksum": "Bearer " + good[:-1] + ("0" if good[-1] != "0" else "1"),
        "expired": "Bearer " + api.key("visits:read", expires_at=NOON - timedelta(days=1)),
        "revoked": "Bearer " + api.key("visits:read", revoked_at=NOON - timedelta(days=1)),
        "other characters": "Bearer fcue_~!",
    }
    client = api.anonymous()
    answers = []
    for authorization in bad.values():
        response = client.get("/v1/visits", headers={"Authorization": authorization} if authorization else {})
        body = response.json()
        del body["request_id"]
        answers.append((response.status_code, body, response.headers["www-authenticate"]))
    assert answers[0][0] == 401
    assert all(answer == answers[0] for answer in answers)


def test_the_eleventh_failure_in_a_minute_is_429(api: Api) -> None:
    client = api.anonymous()
    statuses = [client.get("/v1/visits").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_a_key_without_the_scope_gets_403(api: Api) -> None:
    response = api.client("triage").get("/v1/visits")
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("name", ["key", "api_key", "token", "access_token"])
def test_a_key_in_the_address_is_refused_and_named(api: Api, name: str) -> None:
    response = api.client().get(f"/v1/visits?{name}={api.key()}")
    assert (response.status_code, response.json()["code"]) == (400, "key_in_url")


def test_a_key_seen_in_an_address_is_flagged_by_its_id(api: Api) -> None:
    key = api.key()
    with capture_logs() as logs:
        api.client().get(f"/v1/visits?token={key}")
    flagged = [entry for entry in logs if entry["event"] == "key_in_url"]
    assert [entry["key_id"] for entry in flagged] == [key.split("_")[1]]
    assert key not in repr(logs)


def test_another_tenants_visit_is_answered_like_an_unknown_one(api: Api, visit_id: str) -> None:
    stranger = api.client(tenant=OTHER_TENANT)
    unknown = "vis_" + "f" * 32
    for address in ("", "/analysis", "/transcript"):
        theirs = stranger.get(f"/v1/visits/{visit_id}{address}").json()
        nobodys = stranger.get(f"/v1/visits/{unknown}{address}").json()
        del theirs["request_id"], nobodys["request_id"]
        assert theirs == nobodys
        assert theirs["status"] == 404


def test_another_tenants_cursor_is_no_cursor(api: Api, visit_id: str) -> None:
    response = api.client(tenant=OTHER_TENANT).get(f"/v1/visits?after={visit_id}")
    assert (response.status_code, response.json()["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("visit_id", ["1", "vis_1", "vis_" + "0" * 32, "..%2F..%2Fetc%2Fpasswd", "%F0%A0%AE%B7"])
def test_a_guessed_or_malformed_id_is_404(api: Api, visit_id: str) -> None:
    assert api.client().get(f"/v1/visits/{visit_id}").status_code == 404


CONSENTS = {
    "absent": None,
    "expired": {"basis": "consent", "method": "verbal", "given_at": "2026-01-01T00:00:00Z",
                "expires_at": "2026-02-01T00:00:00Z"},
}  # fmt: skip


@pytest.mark.parametrize("consent", CONSENTS.values(), ids=CONSENTS)
def test_without_consent_no_byte_and_no_word_is_taken(api: Api, consent: object) -> None:
    client = api.client()
    visit_id = client.post("/v1/visits", json={**VISIT, "consent": consent}).json()["id"]
    sent = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", a_wav())})
    said = client.put(f"/v1/visits/{visit_id}/transcript", json={"turns": [{"text": "价格太高了"}]})
    assert [(r.status_code, r.json()["code"]) for r in (sent, said)] == [(409, "consent_required")] * 2
    assert api.blobs() == []
    assert api.database.state.transcripts == {}


def test_a_forged_tenant_header_changes_nothing(api: Api, visit_id: str) -> None:
    stranger = api.client(tenant=OTHER_TENANT)
    headers = {"X-Tenant-Id": "ten_huadong", "X-Forwarded-For": "10.0.0.1"}
    assert stranger.get(f"/v1/visits/{visit_id}", headers=headers).status_code == 404
