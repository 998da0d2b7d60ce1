"""P15: every route of the OpenAPI document with every id of another tenant, on a real database.

A foreign id gets the answer of an id that never was, byte for byte, and changes nothing.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from service.adapters.content.loader import load_content
from service.api.app import create_app
from service.domain.delivery.deliveries import Event
from service.domain.privacy.pseudonyms import endpoint_key, token_of
from service.domain.privacy.rules import HoldRow, ProcessorRow, ReceiptRow
from service.settings import ROOT
from tests.support.api import OTHER_TENANT, TENANT, VISIT, Api, a_wav, make_api
from tests.support.builders import an_analysis_record, an_id
from tests.support.coached import BODIES as COACHING_BODIES
from tests.support.coached import own_coaching
from tests.support.crm import a_cloud_event
from tests.support.owned_playbooks import PLAYBOOK_BODIES, own_playbooks

SIGNED = "x-signed-by"  # no key at all: `test_crm_events` shows that a stranger's signature opens nothing
SHARED = (
    "/v1/processes/",
    "/v1/metrics/",
    "/v1/models/",
    "/v1/courses/",
)  # ids of content and models, the same for every tenant
BODIES = {
    ("put", "/v1/visits/{visit_id}/transcript"): {"json": {"turns": [{"text": "太贵了"}]}},
    ("post", "/v1/visits/{visit_id}/roles"): {"json": {"swap": True}},
    ("patch", "/v1/visits/{visit_id}/consent"): {
        "json": {"purposes": ["training"], "given_at": "2026-03-02T12:00:00+08:00"}
    },
    ("post", "/v1/visits/{visit_id}/consent/confirmation"): {"json": {"by": "mgr-1", "reason": "当面告知过"}},
    ("post", "/v1/visits/{visit_id}/recording"): {"files": {"file": ("a.wav", a_wav())}},
    ("patch", "/v1/uploads/{upload_id}"): {
        "content": b"x", "headers": {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"},
    },
    ("post", "/v1/recordings/{recording_id}/audio-link"): {"json": {"lasts_s": 60}},
    ("post", "/v1/webhook-endpoints/{endpoint_id}/replay"): {
        "json": {"since": "2026-03-01T00:00:00Z", "until": "2026-03-03T00:00:00Z"},
    },
    **{("post", f"/v1/privacy/requests/{{privacy_request_id}}/{verb}"): {"json": {"reason": "已答复"}}
       for verb in ("answer", "refuse")},
    ("post", "/v1/visits/{visit_id}/uploads"): {"headers": {"Upload-Length": "10"}},
    **PLAYBOOK_BODIES,
    **COACHING_BODIES,
}  # fmt: skip


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("document")
    paths = create_app(make_api(folder, load_content(ROOT / "prompts")).services).openapi()["paths"]
    return [(method, path, operation) for path, found in paths.items() for method, operation in found.items()]


@dataclass
class Owned:
    """Everything one tenant can own, by the name of the path parameter that leads to it."""

    ids: dict[str, str]
    event_id: str


def own_everything(api: Api, client: TestClient) -> Owned:
    visit_id = client.post("/v1/visits", json=VISIT).json()["id"]
    recording = client.post(f"/v1/visits/{visit_id}/recording", files={"file": ("a.wav", a_wav())}).json()
    upload = client.post(f"/v1/visits/{visit_id}/uploads", headers={"Upload-Length": "10"}).headers["Location"]
    endpoint = client.post("/v1/webhook-endpoints", json={"url": "https://crm.example/hook"}).json()
    client.put(f"/v1/visits/{visit_id}/transcript", json={"turns": [{"text": "太贵了"}]})
    event = Event(api.services.ids.new("evt"), TENANT, "visit.analyzed", api.clock.now(), visit_id, 1, {"links": {}})
    receipt = ReceiptRow(api.services.ids.new("ers"), TENANT, api.clock.now(), "visit", "s", "key:k", "", {})
    ids, now = api.services.ids, api.clock.now()
    hold = HoldRow(ids.new("hld"), TENANT, now, "account", "acc-9", "诉讼", "key:k")
    processor = ProcessorRow(ids.new("prc"), TENANT, now, "crm", "crm.example", "n", "CN", "p", ("f",), "c")
    record = an_analysis_record(visit_id=visit_id, tenant_id=TENANT, transcript_version=1)
    with api.services.uow() as tx:
        tx.analyses.put(record)
        tx.events.add(event)
        tx.privacy.receipts.put(receipt)
        tx.privacy.holds.put(hold)
        tx.privacy.processors.put(processor)
        (run, *_) = tx.runs.of_visit(TENANT, visit_id)
    client.put("/v1/people", json={"people": [{"id": "rep-7", "name": "林", "role": "rep"}]})
    source = client.post("/v1/crm-sources", json={"kind": "twenty"}).json()
    told = a_cloud_event("opportunity.updated", "opportunity/opp-1", api.clock.now(), {"pipeline": "hospital"})
    client.post("/v1/events", json=told)
    client.post("/v1/events", json=a_cloud_event("request.submitted", "request/req-1", api.clock.now(), {"amount": 5}))
    client.post("/v1/events", json=a_cloud_event("store.created", "store/store-1", api.clock.now(), {"name": "北店"}))
    for event_type in ("opportunity.created", "opportunity.won"):
        client.post(
            "/v1/events", json=a_cloud_event(event_type, "opportunity/opp-1", api.clock.now(), {"owner_id": "r"})
        )
    asked = {"kind": "copy", "subject": "person:rep-7", "channel": "email", "received_at": VISIT["visited_at"]}
    assessment = client.post("/v1/privacy/assessments", json={"kind": "impact"}).json()
    wish = client.post("/v1/privacy/requests", json=asked).json()
    delivery = client.get("/v1/deliveries").json()["items"][0]
    return Owned(
        {
            "visit_id": visit_id,
            "subject_ref": f"visit:{visit_id}",
            "receipt_id": receipt.id,
            "hold_id": hold.id,
            "privacy_request_id": wish["id"],
            "pseudonym": token_of(endpoint_key(api.services.person_key(TENANT), endpoint["id"]), "visit", visit_id),
            "assessment_id": assessment["id"],
            "processor_id": processor.id,
            "recording_id": recording["id"],
            "upload_id": upload.rsplit("/", 1)[1],
            "endpoint_id": endpoint["id"],
            "delivery_id": delivery["id"],
            "run_id": run.id,
            "person_id": "rep-7",
            "source_id": source["id"],
            "kind": "opportunity",
            "entity_id": "opp-1",
            "opportunity_id": "opp-1",
            "process_id": "hospital_admission",
            "metric_id": "trace_rate",
            "model_id": "turns",
            "course_id": "price_unfold",
            "task": "turns",
            "request_id": "req-1",
            "store_id": "store-1",
            **own_coaching(api.services, client),
            **own_playbooks(api.services, client),
        },
        event.id,
    )


def ask(client: TestClient, method: str, path: str, found: dict[str, str]) -> tuple[int, object]:
    sent = BODIES.get((method, path), {})
    headers = {"Idempotency-Key": "stranger-1", **sent.get("headers", {})}
    response = client.request(method, path.format(**found), **{**sent, "headers": headers})
    is_json = response.content and "json" in response.headers.get("content-type", "")
    body = response.json() if is_json else None
    if isinstance(body, dict):
        body.pop("request_id", None)
    return response.status_code, body


def everything_stored(api: Api) -> dict[str, list[Any]]:
    engine = create_engine(f"sqlite:///{api.blob_folder.parent / 'real.db'}")
    with engine.connect() as connection:
        tables = [row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        rows = {name: list(connection.execute(text(f"SELECT * FROM {name}"))) for name in tables}
    engine.dispose()
    return {name: sorted(map(str, found)) for name, found in rows.items()}


def test_a_foreign_id_is_an_unknown_id_on_every_route_and_changes_nothing(
    sql_api: Api, operations: list[tuple[str, str, dict[str, Any]]]
) -> None:
    owned = own_everything(sql_api, sql_api.client())
    stranger = sql_api.client(tenant=OTHER_TENANT)
    unknown = {name: an_id(value.split("_")[0], 999) for name, value in owned.ids.items()}
    before = everything_stored(sql_api)
    bytes_before = sorted(path.name for path in sql_api.blobs())
    asked = 0
    for method, path, operation in operations:
        if "{" in path and SIGNED not in operation and not path.startswith(SHARED):
            theirs, nobodys = (ask(stranger, method, path, found) for found in (owned.ids, unknown))
            assert theirs == nobodys, (method, path)
            assert theirs[0] == 404, (method, path)
            asked += 1
    assert asked >= 15
    assert everything_stored(sql_api) == before
    assert sorted(path.name for path in sql_api.blobs()) == bytes_before


def test_every_route_with_an_id_answers_its_owner(
    sql_api: Api, operations: list[tuple[str, str, dict[str, Any]]]
) -> None:
    client = sql_api.client()
    owned = own_everything(sql_api, client)
    ends = {"delete"}  # last, because it takes away what the others need
    for method, path, operation in sorted(operations, key=lambda operation: operation[0] in ends):
        if "{" in path and SIGNED not in operation:
            assert ask(client, method, path, owned.ids)[0] != 404, (method, path)


def test_no_list_shows_what_another_tenant_owns_and_no_filter_finds_it(sql_api: Api) -> None:
    owned = own_everything(sql_api, sql_api.client())
    stranger = sql_api.client(tenant=OTHER_TENANT)
    filters = {
        "/v1/visits": ["", f"?rep_id={VISIT['rep_id']}", f"?account_id={VISIT['account_id']}"],
        "/v1/webhook-endpoints": [""],
        "/v1/deliveries": ["", f"?endpoint_id={owned.ids['endpoint_id']}"],
        "/v1/events": [""],
        "/v1/runs": ["", "?state=queued"],
        "/v1/crm-sources": [""],
        "/v1/people": [""],
        "/v1/alerts": ["", "?owner_id=rep-7"],
        "/v1/decisions": ["", "?standing=true"],
    }
    for path, queries in filters.items():
        for query in queries:
            assert stranger.get(path + query).json() == {"items": [], "next_cursor": None}, (path, query)


def test_another_tenants_id_is_no_cursor(sql_api: Api) -> None:
    owned = own_everything(sql_api, sql_api.client())
    cursors = {
        "/v1/visits": owned.ids["visit_id"],
        "/v1/webhook-endpoints": owned.ids["endpoint_id"],
        "/v1/deliveries": owned.ids["delivery_id"],
        "/v1/events": owned.event_id,
    }
    stranger = sql_api.client(tenant=OTHER_TENANT)
    for path, cursor in cursors.items():
        for after in (cursor, an_id(cursor.split("_")[0], 999)):
            response = stranger.get(f"{path}?after={after}")
            assert (response.status_code, response.json()["code"]) == (400, "cursor_invalid"), path


def test_a_briefing_knows_nothing_of_another_tenants_account(sql_api: Api) -> None:
    own_everything(sql_api, sql_api.client())
    wanted = {"rep_id": VISIT["rep_id"], "account_id": VISIT["account_id"]}
    stranger = sql_api.client(tenant=OTHER_TENANT)
    theirs = stranger.post("/v1/briefings", json=wanted).json()
    nobodys = stranger.post("/v1/briefings", json={**wanted, "account_id": "nobody"}).json()
    assert {**theirs, "account_id": ""} == {**nobodys, "account_id": ""}


def test_the_same_external_id_and_idempotency_key_are_independent_between_tenants(sql_api: Api) -> None:
    body, headers = {**VISIT, "external_id": "crm-1"}, {"Idempotency-Key": "k"}
    mine = sql_api.client().post("/v1/visits", json=body, headers=headers)
    theirs = sql_api.client(tenant=OTHER_TENANT).post("/v1/visits", json=body, headers=headers)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]
