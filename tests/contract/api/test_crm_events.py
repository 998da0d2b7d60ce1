"""CRM events over HTTP: three modes of CloudEvents by the SDK, signed webhooks, hostile bodies, lineage."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from tests.support.api import OTHER_TENANT, TENANT, Api
from tests.support.crm import a_cloud_event
from tests.support.fakes import NOON
from tests.unit.service.domain.crm.test_webhooks import (
    ESPO,
    ESPO_HEADERS,
    FRAPPE,
    FRAPPE_HEADERS,
    TWENTY,
    TWENTY_HEADERS,
)

ONE = {"Content-Type": "application/cloudevents+json"}
MANY = {"Content-Type": "application/cloudevents-batch+json"}
GOOD = a_cloud_event("opportunity.updated", "opportunity/opp-88", NOON, {"stage": "方案", "amount": 500_000})


NUMBERS = count(1)


def sdk_event(**changes: Any) -> CloudEvent:
    attributes = {
        "type": "com.example.crm.opportunity.updated", "source": "/crm/east", "subject": "opportunity/opp-88",
        "id": f"sdk-{next(NUMBERS)}", "specversion": "1.0", "datacontenttype": "application/json",
        "time": datetime(2026, 3, 2, 3, 59, tzinfo=UTC), **changes,
    }  # fmt: skip
    return CloudEvent(attributes, {"stage": "院内准入", "owner_id": "rep-1"})


@pytest.mark.parametrize("convert", [to_structured_event, to_binary_event], ids=["structured", "binary"])
def test_the_sdk_sends_and_the_entity_is_there(api: Api, convert: Callable[[CloudEvent], HTTPMessage]) -> None:
    message, client = convert(sdk_event()), api.client()
    response = client.post("/v1/events", content=message.body, headers=message.headers)
    assert response.status_code == 202, response.text
    taken = response.json()
    assert (taken["accepted"], taken["duplicates"]) == (1, 0)
    entity = client.get("/v1/entities/opportunity/opp-88").json()
    stage = entity["fields"]["stage"]
    assert (stage["value"], stage["changed_at"]) == ("院内准入", "2026-03-02T03:59:00.000Z")
    assert stage["event_id"] == taken["events"][0]["id"] == stage["history"][0]["event_id"]
    assert stage["history"][0]["event_type"] == "opportunity.updated"


def test_the_same_event_in_both_modes_is_one_event(api: Api) -> None:
    event, client = sdk_event(id="same"), api.client()
    for convert in (to_structured_event, to_binary_event):
        message = convert(event)
        last = client.post("/v1/events", content=message.body, headers=message.headers).json()
    assert (last["accepted"], last["duplicates"], last["events"][0]["duplicate"]) == (0, 1, True)


def test_an_order_that_two_systems_report_under_two_names_is_one_and_the_answer_says_which(api: Api) -> None:
    client, at = api.client(), NOON - timedelta(hours=1)
    told = {"subject": "opportunity/opp-88", "at": at, "data": {"amount": 58_000}}
    first = client.post("/v1/events", json=a_cloud_event("order.placed", **told, source="/crm")).json()
    again = client.post("/v1/events", json=a_cloud_event("order.created", **told, source="/erp")).json()
    assert (first["accepted"], again["accepted"], again["duplicates"]) == (1, 0, 1)
    assert again["events"][0]["id"] == first["events"][0]["id"]
    assert again["events"][0]["external_id"] != first["events"][0]["external_id"]
    other = a_cloud_event("order.created", **{**told, "data": {"amount": 59_000}}, source="/erp")
    assert client.post("/v1/events", json=other).json()["accepted"] == 1


def test_a_batch_is_stored_whole(api: Api) -> None:
    batch = [json.loads(to_structured_event(sdk_event(subject=f"opportunity/o-{i}")).body) for i in range(3)]
    response = api.client().post("/v1/events", content=json.dumps(batch), headers=MANY)
    assert (response.status_code, response.json()["accepted"]) == (202, 3)


def test_a_batch_with_one_bad_event_is_refused_whole_and_says_which(api: Api) -> None:
    batch = [GOOD, {**GOOD, "id": "2", "time": "gestern"}]
    response = api.client().post("/v1/events", content=json.dumps(batch), headers=MANY)
    assert (response.status_code, response.json()["code"], response.json()["at"]) == (422, "cloudevent_invalid", 1)
    assert api.database.state.crm_events == {}


def test_binary_mode_without_a_body_and_with_percent_encoding(api: Api) -> None:
    headers = {
        "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/crm", "ce-type": "content.downloaded",
        "ce-subject": "account/%E5%8D%8E%E4%B8%9C", "ce-time": "2026-03-02T04:00:00Z",
    }  # fmt: skip
    client = api.client()
    assert client.post("/v1/events", headers=headers).json()["events"][0]["entity_id"] == "华东"
    bad = client.post("/v1/events", headers={**headers, "ce-subject": "account/%FF"})
    assert (bad.status_code, bad.json()["code"]) == (400, "encoding")


def body_with(raw: str) -> bytes:
    text = json.dumps({**GOOD, "data": {}}, ensure_ascii=False)
    return text.replace('"data": {}', f'"data": {{"x": {raw}}}').encode("utf-8", "surrogatepass")


ROWS: dict[str, tuple[bytes, int, str]] = {
    "38 NaN": (body_with("NaN"), 422, "number_not_finite"),
    "38 1e999": (body_with("1e999"), 422, "number_not_finite"),
    "39 lone surrogate": (body_with('"\\ud800"'), 422, "invalid_unicode"),
    "40 NUL": (body_with('"a\\u0000"'), 422, "nul_character"),
    "41 duplicate key": (body_with('1, "x": 2'), 422, "duplicate_key"),
    "42 depth 1,000": (b"[" * 1_000, 400, "too_deep"),
    "42 5,000 digits": (body_with("7" * 5_000), 400, "number_too_long"),
    "43 2^63": (body_with("9223372036854775808"), 422, "number_out_of_range"),
    "46 is_admin": (json.dumps({**GOOD, "is_admin": True}).encode(), 422, "unknown_field"),
    "46 tenant_id": (json.dumps({**GOOD, "tenant_id": OTHER_TENANT}).encode(), 422, "unknown_field"),
    "47 UTF-16": (json.dumps(GOOD).encode("utf-16"), 400, "encoding"),
    "47 GBK": (json.dumps(GOOD, ensure_ascii=False).encode("gbk"), 400, "encoding"),
    "48 empty": (b"", 400, "json_invalid"),
    "48 null": (b"null", 422, "invalid"),
    "48 text": (b'"x"', 422, "invalid"),
    "48 trailing garbage": (json.dumps(GOOD).encode() + b" x", 400, "json_invalid"),
    "a list where one is due": (b"[]", 422, "invalid"),
}


@pytest.mark.parametrize(("content", "status", "code"), ROWS.values(), ids=ROWS)
def test_a_bad_body_gets_its_code_and_stores_nothing(api: Api, content: bytes, status: int, code: str) -> None:
    response = api.client().post("/v1/events", content=content, headers=ONE)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert api.database.state.crm_events == {}


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"[]", MANY, 422, "batch_size"),
        (json.dumps([GOOD] * 1_001).encode(), MANY, 422, "batch_size"),
        (b"{}", MANY, 422, "invalid"),
        (b"[7]", {"Content-Type": "application/json"}, 422, "invalid"),
        (b"x", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b"<a/>", {"Content-Type": "text/xml", "ce-specversion": "1.0"}, 415, "unsupported_media_type"),
        (b"{}", {"Content-Type": "application/json", "ce-id": "1"}, 422, "cloudevent_invalid"),
    ],
)
def test_a_batch_or_medium_that_will_not_do(
    api: Api, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    response = api.client().post("/v1/events", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_errors_repeat_nothing_of_what_was_sent(api: Api) -> None:
    canary = "canary-4417"
    for changes in ({"subject": f"planet/{canary}"}, {"time": canary}, {canary: 1}, {"data": canary}, {"id": ""}):
        response = api.client().post("/v1/events", content=json.dumps({**GOOD, "id": canary, **changes}), headers=ONE)
        assert response.status_code == 422
        assert canary not in response.text


@pytest.fixture
def hooks(api: Api) -> dict[str, str]:
    """Registered sources: dialect to the address its CRM posts to."""
    client = api.client()
    return {
        kind: client.post("/v1/crm-sources", json={"kind": kind, "secret": "sixteen-letters-1"}).json()["path"]
        for kind in ("twenty", "espocrm", "frappe")
    }


@pytest.mark.parametrize(
    ("kind", "body", "headers", "query", "entity"),
    [
        ("twenty", TWENTY, TWENTY_HEADERS, "", "opp-1"),
        ("espocrm", ESPO, ESPO_HEADERS, "?event=Opportunity.update", "o1"),
        ("frappe", FRAPPE, FRAPPE_HEADERS, "", "CRM-DEAL-1"),
    ],
)
def test_a_signed_webhook_is_taken_without_a_key_and_only_as_it_was_signed(
    api: Api, hooks: dict[str, str], kind: str, body: bytes, headers: dict[str, str], query: str, entity: str
) -> None:
    crm = api.anonymous()
    sent = {**headers, "Content-Type": "application/json"}
    response = crm.post(hooks[kind] + query, content=body, headers=sent)
    assert (response.status_code, response.json()["accepted"]) == (202, 1), response.text
    again = crm.post(hooks[kind] + query, content=body, headers=sent)
    assert again.json()["duplicates"] == 1
    forged = crm.post(hooks[kind] + query, content=body + b"\n", headers=sent)
    assert (forged.status_code, forged.json()["code"]) == (401, "signature_invalid")
    assert api.client().get(f"/v1/entities/opportunity/{entity}").status_code == 200
    assert api.client(tenant=OTHER_TENANT).get(f"/v1/entities/opportunity/{entity}").status_code == 404


def test_an_unknown_source_and_a_wrong_signature_get_one_answer(api: Api, hooks: dict[str, str]) -> None:
    answers = []
    for path in (hooks["twenty"], "/v1/events/src_00000000000000000000000000000999"):
        response = api.anonymous().post(path, content=TWENTY, headers={**TWENTY_HEADERS, "Content-Type": "x"} | {
            "x-twenty-webhook-signature": "0" * 64
        })  # fmt: skip
        answers.append((response.status_code, {k: v for k, v in response.json().items() if k != "request_id"}))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401


def test_whoever_guesses_signatures_is_slowed_down(api: Api, hooks: dict[str, str]) -> None:
    crm = api.anonymous()
    statuses = [crm.post(hooks["frappe"], json={}).status_code for _ in range(12)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_a_signed_delivery_with_a_hostile_body_is_refused(api: Api, hooks: dict[str, str]) -> None:
    body = b'{"doctype": "Lead", "name": "x", "a": NaN}'
    digest = hmac.new(b"sixteen-letters-1", body, hashlib.sha256).digest()
    headers = {"X-Frappe-Webhook-Signature": base64.b64encode(digest).decode(), "Content-Type": "application/json"}
    response = api.anonymous().post(hooks["frappe"], content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (422, "number_not_finite")


def test_a_secret_is_shown_only_where_it_was_made_here(api: Api) -> None:
    client = api.client()
    given = client.post("/v1/crm-sources", json={"kind": "twenty", "secret": "sixteen-letters-1"}).json()
    made = client.post("/v1/crm-sources", json={"kind": "frappe", "description": "总部"}).json()
    assert given["secret"] is None
    assert len(made["secret"]) == 43
    assert "secret" not in client.get(f"/v1/crm-sources/{made['id']}").json()
    assert [item["id"] for item in client.get("/v1/crm-sources").json()["items"]] == [made["id"], given["id"]]
    assert client.delete(f"/v1/crm-sources/{made['id']}").status_code == 204
    assert client.delete(f"/v1/crm-sources/{made['id']}").status_code == 404
    assert client.get("/v1/crm-sources?after=src_00000000000000000000000000000999").status_code == 400


def test_a_source_tells_when_it_was_last_heard(api: Api, hooks: dict[str, str]) -> None:
    api.anonymous().post(
        hooks["twenty"], content=TWENTY, headers={**TWENTY_HEADERS, "Content-Type": "application/json"}
    )
    source = api.client().get(hooks["twenty"].replace("events", "crm-sources")).json()
    assert source["last_seen_at"] == "2026-03-02T04:00:00.000Z"


def test_there_are_not_more_sources_than_a_tenant_may_have(api: Api) -> None:
    client = api.client()
    for _ in range(50):
        assert client.post("/v1/crm-sources", json={"kind": "twenty"}).status_code == 201
    last = client.post("/v1/crm-sources", json={"kind": "twenty"})
    assert (last.status_code, last.json()["code"]) == (422, "too_many_sources")


def test_unknown_entities_and_kinds_are_not_found(api: Api) -> None:
    client = api.client()
    for path in ("opportunity/x", "planet/earth"):
        response = client.get(f"/v1/entities/{path}")
        assert (response.status_code, response.json()["code"]) == (404, "entity_not_found")


def test_events_need_their_own_scope(api: Api) -> None:
    assert api.client("visits:write").post("/v1/events", json=GOOD).status_code == 403
    assert api.client("events:write").post("/v1/events", json=GOOD).status_code == 202
    assert (TENANT, next(iter(api.database.state.crm_events))[1]) in api.database.state.crm_events
