"""What the door and the error table promise for requests that nobody meant: headers, addresses, methods, failures."""

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.api import CONSENT, VISIT, Api, a_wav

CANARY = "Canary-赵总-13800000000"


def test_an_address_with_a_slash_too_many_is_unknown_and_leads_nowhere(api: Api) -> None:
    response = api.client().get("/v1/visits/", headers={"Host": "evil.example"}, follow_redirects=False)
    assert response.status_code == 404
    assert "location" not in response.headers


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/uploads/x", "DELETE, HEAD, PATCH"), ("/v1/visits", "GET, POST"), ("/v1/visits/x/transcript", "GET, PUT")],
)
def test_405_names_every_method_of_the_address(api: Api, path: str, allowed: str) -> None:
    response = api.client().options(path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "Content-Type"])
def test_a_header_that_may_stand_once_and_comes_twice_is_refused(api: Api, name: str) -> None:
    client = api.client()
    twice = [(name, client.headers.get(name, "a")), (name, "application/json"), ("Authorization", "x")]
    response = api.anonymous().post("/v1/visits", content=b"{}", headers=twice[: 2 if name == "Authorization" else 3])
    assert (response.status_code, response.json()["code"]) == (400, "duplicate_header")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
def test_the_schemes_name_has_no_case(api: Api, scheme: str) -> None:
    response = api.anonymous().get("/v1/visits", headers={"Authorization": f"{scheme} {api.key()}"})
    assert response.status_code == 200


@pytest.mark.parametrize("scheme", ["", "Basic ", "Token ", "Bearer"])
def test_a_key_under_another_scheme_is_no_key(api: Api, scheme: str) -> None:
    assert api.anonymous().get("/v1/visits", headers={"Authorization": f"{scheme}{api.key()}"}).status_code == 401


@pytest.mark.parametrize(
    ("parameters", "status"),
    [("; v=1; charset=gbk", 415), (";charset=UTF-8; v=1", 201), ('; charset="utf-8"', 201), ("; charset=utf-16", 415)],
)
def test_the_charset_counts_wherever_it_stands(api: Api, parameters: str, status: int) -> None:
    headers = {"Content-Type": f"application/json{parameters}"}
    assert api.client().post("/v1/visits", content=json.dumps(VISIT), headers=headers).status_code == status


@contextmanager
def broken_database(*, write: bool = True) -> Any:
    raise RuntimeError(f"INSERT failed for {CANARY}")
    yield


def test_an_unexpected_failure_is_logged_by_place_and_told_to_nobody(api: Api) -> None:
    client = api.client()
    assert client.get("/v1/visits").status_code == 200  # the key is known from here on
    application: Any = client.app
    application.state.services = replace(api.services, uow=broken_database)
    with capture_logs() as logged:
        response = client.get("/v1/visits")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert response.headers["x-request-id"] == response.json()["request_id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert [(entry["event"], entry["error"]) for entry in logged] == [("request failed unexpectedly", "RuntimeError")]
    assert logged[0]["request_id"] == response.json()["request_id"]
    assert any("broken_database" in place for place in logged[0]["places"])
    assert CANARY not in response.text
    assert CANARY not in repr(logged)


BODIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "visit": ("POST", "/v1/visits", {**VISIT, "opportunity_id": "o", "external_id": "e", "industry": "i",
                                     "channel": "c", "stage": "s", "place": "p", "timezone": "Asia/Shanghai",
                                     "competitors": ["x"], "consent": {**CONSENT, "notice_version": "1"}}),
    "transcript": ("PUT", "/v1/visits/{visit}/transcript",
                   {"turns": [{"text": "a", "role": "rep", "start_ms": 0, "end_ms": 1}], "language": "zh"}),
    "address": ("POST", "/v1/visits/{visit}/recording", {"url": "https://crm.example/a", "display_name": "d"}),
    "endpoint": ("POST", "/v1/webhook-endpoints",
                 {"url": "https://crm.example/a", "event_types": ["visit.analyzed"], "payload": "thin",
                  "description": "d"}),
    "briefing": ("POST", "/v1/briefings", {"rep_id": "r", "account_id": "a", "stage": "s"}),
    "message": ("POST", "/v1/messages/triage", {"text": "a", "from": "rep", "context": "c", "id": "i"}),
}  # fmt: skip


def spoiled(value: Any) -> list[Any]:
    """`value` with the canary in one place at a time: as a value, inside a list or object, and as a key."""
    if isinstance(value, dict):
        inside = [{**value, name: bad} for name, inner in value.items() for bad in spoiled(inner)]
        wrong_kinds = [{**value, name: bad} for name in value for bad in (CANARY, [CANARY], {CANARY: CANARY})]
        return [*inside, *wrong_kinds, {**value, CANARY: CANARY}]
    if isinstance(value, list):
        return [[*value[:i], bad, *value[i + 1 :]] for i, inner in enumerate(value) for bad in spoiled(inner)]
    return []


@pytest.mark.parametrize(("method", "path", "good"), BODIES.values(), ids=BODIES)
def test_no_refusal_and_no_log_line_repeats_what_was_sent(
    api: Api, visit_id: str, method: str, path: str, good: dict[str, Any]
) -> None:
    client = api.client()
    refused = 0
    with capture_logs() as logged:
        for body in spoiled(good):
            response = client.request(method, path.format(visit=visit_id), json=body)
            assert response.status_code < 500
            if response.status_code >= 400:
                refused += 1
                assert CANARY not in json.dumps(response.json(), ensure_ascii=False)
    assert refused >= len(good)
    assert CANARY not in repr(logged)


def test_an_unknown_field_is_named_when_its_name_can_only_be_a_name(api: Api) -> None:
    client = api.client()
    named = client.post("/v1/visits", json={**VISIT, "reps_id": "x"}).json()
    hidden = client.post("/v1/visits", json={**VISIT, CANARY: "x"}).json()
    assert (named["code"], named["errors"][0]["at"]) == ("unknown_field", "body.reps_id")
    assert (hidden["code"], hidden["errors"][0]["at"]) == ("unknown_field", "body.(unknown)")


RANGES = {
    "the first ten": ("bytes=0-9", 206, slice(0, 10)),
    "to the end": ("bytes=100-", 206, slice(100, None)),
    "the last five": ("bytes=-5", 206, slice(-5, None)),
    "one byte": ("bytes=7-7", 206, slice(7, 8)),
    "past the end": ("bytes=0-99999999", 206, slice(None)),
    "more than all, from the end": ("bytes=-99999999", 206, slice(None)),
    "several": ("bytes=0-0,2-3", 200, slice(None)),
    "another unit": ("lines=0-9", 200, slice(None)),
    "no number": ("bytes=a-b", 200, slice(None)),
    "backwards": ("bytes=9-1", 200, slice(None)),
    "nothing": ("bytes=-", 200, slice(None)),
}


@pytest.mark.parametrize(("header", "status", "wanted"), RANGES.values(), ids=RANGES)
def test_one_range_is_honoured_and_any_other_header_ignored(
    api: Api, visit_id: str, header: str, status: int, wanted: slice
) -> None:
    client, wav = api.client(), a_wav()
    stored = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", wav)}).json()
    response = client.get(f"/v1/recordings/{stored['id']}/audio", headers={"Range": header})
    assert (response.status_code, response.content) == (status, wav[wanted])


@pytest.mark.parametrize("header", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_the_file_is_a_problem_like_any_other(api: Api, visit_id: str, header: str) -> None:
    client = api.client()
    stored = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", a_wav())}).json()
    response = client.get(f"/v1/recordings/{stored['id']}/audio", headers={"Range": header})
    assert (response.status_code, response.json()["code"]) == (416, "range_not_satisfiable")
    assert response.headers["content-type"] == "application/problem+json"


NEEDS_A_KEY = {
    "post /v1/uploads/{upload_id}/complete",
    "post /v1/webhook-endpoints/{endpoint_id}/rotate-secret",
    "post /v1/deliveries/{delivery_id}/retry",
    "post /v1/webhook-endpoints/{endpoint_id}/replay",
    "post /v1/runs/{run_id}/retry",
    "post /v1/runs/{run_id}/discard",
}
CREATES_WITHOUT = {
    "post /v1/visits/{visit_id}/uploads",  # tus: an empty upload that nobody continues expires
    "post /v1/people/{person_id}/console-link",  # opens once; a second one must be another
    "post /v1/events",  # an event is known by its own id
    "post /v1/events/{source_id}",
}


def test_every_route_that_creates_takes_an_idempotency_key_and_says_whether_it_must(api: Api) -> None:
    paths: dict[str, Any] = api.anonymous().get("/openapi.json").json()["paths"]
    creating, told = set(), {}
    for path, operations in paths.items():
        for method, operation in operations.items():
            name = f"{method} {path}"
            if method == "post" and {"201", "202"} & set(operation["responses"]):
                creating.add(name)
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "Idempotency-Key":
                    told[name] = parameter["required"]
    assert creating - set(told) == CREATES_WITHOUT
    assert {name for name, required in told.items() if required} == NEEDS_A_KEY


GUARDED = ("/healthz", "/v1/visits", "/v1/nowhere", "/openapi.json", "/v1/visits?api_key=x", "/docs", "/redoc")


@pytest.mark.parametrize("path", GUARDED)
def test_every_answer_may_be_framed_and_run_by_nobody(api: Api, path: str) -> None:
    headers = api.client().get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-request-id"].startswith("req_")
