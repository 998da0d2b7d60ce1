"""`"payload": "pseudonymised"`: what such a receiver gets, its replays, and whom its tokens lead back to."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.domain.delivery.deliveries import Event
from service.usecases.delivery.deliver_events import Deliverer
from tests.support.api import OTHER_TENANT, TENANT, VISIT, Api
from tests.support.fakes import FakeSender

HOOK = {"url": "https://crm.example/hook", "event_types": ["visit.analyzed", "person.erased"],
        "payload": "pseudonymised"}  # fmt: skip


def register(client: TestClient, **changes: Any) -> str:
    return str(client.post("/v1/webhook-endpoints", json={**HOOK, **changes}).json()["id"])


def happen(api: Api, visit_id: str) -> str:
    data = {"external_id": "crm-1", "links": {"visit": f"/v1/visits/{visit_id}"},
            "analysis": {"visit_id": visit_id, "summary": "王建国嫌贵，电话13800001111"}}  # fmt: skip
    event = Event(api.services.ids.new("evt"), TENANT, "visit.analyzed", api.clock.now(), visit_id, 1, data)
    with api.services.uow() as tx:
        tx.events.add(event)
    return event.id


def deliver(api: Api) -> list[tuple[str, str, dict[str, Any]]]:
    """(endpoint, webhook-id, data) of everything that is due."""
    sender = FakeSender()
    deliverer = Deliverer(api.services.uow, api.clock, sender, "o", api.services.ids, key_of=api.services.person_key)
    while deliverer.deliver_one():
        pass
    return [(sent[0], sent[1], json.loads(sent[2])["data"]) for sent in sender.sent]


@pytest.fixture
def visit(sql_api: Api) -> str:
    return str(sql_api.client().post("/v1/visits", json={**VISIT, "external_id": "crm-1"}).json()["id"])


def test_it_is_full_without_ids_names_numbers_or_links(sql_api: Api, visit: str) -> None:
    register(sql_api.client())
    event_id = happen(sql_api, visit)
    ((_, webhook_id, data),) = deliver(sql_api)
    for raw in (visit, event_id, "crm-1", "王建国", "13800001111", "/v1/"):
        assert raw not in str(data)
    assert webhook_id == data["event_id"] != event_id
    assert data["visit_id"] == data["analysis"]["visit_id"]
    assert data["analysis"]["summary"] == "＊＊＊嫌贵，电话＊＊＊＊＊＊＊＊＊＊＊"


def test_a_replay_has_the_same_tokens_and_another_receiver_has_others(sql_api: Api, visit: str) -> None:
    client = sql_api.client()
    one, two = register(client), register(client, url="https://other.example/hook")
    happen(sql_api, visit)
    first = {endpoint: (webhook_id, data) for endpoint, webhook_id, data in deliver(sql_api)}
    delivery = client.get("/v1/deliveries", params={"endpoint_id": one}).json()["items"][0]["id"]
    assert client.post(f"/v1/deliveries/{delivery}/retry", headers={"Idempotency-Key": "r"}).status_code < 300
    assert deliver(sql_api) == [(one, *first[one])]
    assert first[one][0] != first[two][0]
    assert first[one][1]["visit_id"] != first[two][1]["visit_id"]


def test_a_token_leads_back_for_who_may_read_and_is_written_down(sql_api: Api, visit: str) -> None:
    client = sql_api.client()
    endpoint = register(client)
    happen(sql_api, visit)
    ((_, _, data),) = deliver(sql_api)
    address = f"/v1/webhook-endpoints/{endpoint}/pseudonyms"
    assert client.get(f"{address}/{data['visit_id']}").json() == {"kind": "visit", "id": visit}
    assert client.get(f"{address}/{data['external_id']}").json() == {"kind": "external", "id": "crm-1"}
    trail = client.get("/v1/audit").json()["items"]
    assert [row["action"] for row in trail].count("pseudonym.resolved") == 2
    assert visit not in str([row["object"] for row in trail if row["action"] == "pseudonym.resolved"])
    assert sql_api.client("webhooks:read").get(f"{address}/{data['visit_id']}").json()["code"] == "scope_missing"
    stranger = sql_api.client(tenant=OTHER_TENANT).get(f"{address}/{data['visit_id']}")
    assert stranger.json()["code"] == "endpoint_not_found"


@pytest.mark.parametrize("subject", ["visit", "account"])
def test_of_whom_was_erased_no_token_leads_back(sql_api: Api, visit: str, subject: str) -> None:
    client = sql_api.client()
    endpoint = register(client)
    happen(sql_api, visit)
    ((_, _, data),) = deliver(sql_api)
    name = visit if subject == "visit" else VISIT["account_id"]
    assert client.delete(f"/v1/subjects/{subject}:{name}").status_code == 200
    ((_, _, erased),) = [sent for sent in deliver(sql_api) if "subject" in sent[2]]
    tokens = [data["visit_id"], data["external_id"], erased["subject"]["id"]]
    for token in tokens:
        gone = client.get(f"/v1/webhook-endpoints/{endpoint}/pseudonyms/{token}")
        assert (gone.status_code, gone.json()["code"]) == (404, "pseudonym_unknown"), token
    if subject == "visit":
        assert erased["subject"]["id"] == data["visit_id"]  # so that the receiver can forget it


def test_a_robot_is_told_by_name_or_not_at_all(api: Api) -> None:
    robot = {"url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k.example/", "kind": "wecom"}
    refused = api.client().post("/v1/webhook-endpoints", json={**robot, "payload": "pseudonymised"})
    assert (refused.status_code, refused.json()["code"]) == (422, "payload_unsuited")


def test_the_challenge_comes_as_it_is(api: Api) -> None:
    client = api.client()
    endpoint = register(client, url="https://stranger.example/hook")
    ((_, _, data),) = deliver(api)
    assert data["endpoint_id"] == endpoint
    assert data["challenge"]
