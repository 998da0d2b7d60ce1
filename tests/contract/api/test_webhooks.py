"""Endpoints, deliveries and events through the API."""

import base64

import pytest

from tests.support.api import OTHER_TENANT, Api
from tests.support.builders import an_event

ENDPOINT = {"url": "https://crm.example/hooks", "event_types": ["visit.analyzed"], "payload": "full"}


def register(api: Api) -> dict[str, str]:
    return dict(api.client().post("/v1/webhook-endpoints", json=ENDPOINT).json())


def happen(api: Api, number: int = 1) -> None:
    with api.database() as tx:
        tx.events.add(an_event(number))


def test_the_secret_is_shown_once_and_only_once(api: Api) -> None:
    made = register(api)
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    client = api.client()
    for address in ("/v1/webhook-endpoints", f"/v1/webhook-endpoints/{made['id']}"):
        assert made["secret"] not in client.get(address).text


def test_rotating_keeps_the_old_secret_behind_the_new_one(api: Api) -> None:
    made = register(api)
    client = api.client()
    address = f"/v1/webhook-endpoints/{made['id']}/rotate-secret"
    assert client.post(address).json()["code"] == "idempotency_key_required"
    rotated = client.post(address, headers={"Idempotency-Key": "r-1"}).json()
    with api.database(write=False) as tx:
        endpoint = tx.endpoints.get("ten_huadong", made["id"])
    assert endpoint is not None
    assert endpoint.secrets == (rotated["secret"], made["secret"])
    assert endpoint.previous_secret_until is not None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"url": "http://127.0.0.1/hook"}, "url_forbidden"),
        ({"event_types": ["no.such"]}, "invalid"),
        ({"payload": "everything"}, "invalid"),
        ({"secret": "mine"}, "unknown_field"),
    ],
    ids=["loopback", "unknown event", "unknown payload", "own secret"],
)
def test_an_endpoint_that_may_not_be_is_refused(api: Api, changes: dict[str, object], code: str) -> None:
    response = api.client().post("/v1/webhook-endpoints", json={**ENDPOINT, **changes})
    assert (response.status_code, response.json()["code"]) == (422, code)


def test_an_event_is_owed_to_every_endpoint_that_wants_it(api: Api) -> None:
    made = register(api)
    happen(api)
    client = api.client()
    owed = client.get("/v1/deliveries").json()["items"]
    assert [(item["endpoint_id"], item["state"]) for item in owed] == [(made["id"], "pending")]
    detail = client.get(f"/v1/deliveries/{owed[0]['id']}").json()
    assert detail["history"] == []
    assert client.get("/v1/deliveries?state=dead").json()["items"] == []


def test_a_delivery_is_sent_again_on_request(api: Api) -> None:
    register(api)
    happen(api)
    client = api.client()
    delivery_id = client.get("/v1/deliveries").json()["items"][0]["id"]
    response = client.post(f"/v1/deliveries/{delivery_id}/retry", headers={"Idempotency-Key": "again"})
    assert (response.status_code, response.json()["state"]) == (202, "pending")


def test_events_can_be_pulled_in_order_page_by_page(api: Api) -> None:
    for number in (1, 2, 3):
        happen(api, number)
    client = api.client()
    first = client.get("/v1/events?limit=2").json()
    rest = client.get(f"/v1/events?limit=2&after={first['next_cursor']}").json()
    assert [event["sequence"] for event in first["items"] + rest["items"]] == [1, 2, 3]
    assert rest["next_cursor"] is None


def test_a_removed_endpoint_is_gone_and_unknown_ones_are_404(api: Api) -> None:
    made = register(api)
    client = api.client()
    address = f"/v1/webhook-endpoints/{made['id']}"
    assert api.client(tenant=OTHER_TENANT).delete(address).status_code == 404
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_a_disabled_endpoint_is_enabled_again(api: Api) -> None:
    made = register(api)
    response = api.client().post(f"/v1/webhook-endpoints/{made['id']}/enable")
    assert (response.status_code, response.json()["disabled_at"]) == (200, None)
