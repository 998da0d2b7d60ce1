"""Chat robots as endpoints, pings, tries and replays through the API."""

from dataclasses import replace

import pytest

from service.domain.delivery.deliveries import Attempt
from tests.support.api import OTHER_TENANT, TENANT, Api
from tests.support.builders import an_event, an_id
from tests.support.fakes import NOON

KEY = "693a91f6-7b1c-4bc4-97a0-0ec2d1fa5abc"
ROBOTS = {
    "wecom": f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
    "dingtalk": f"https://oapi.dingtalk.com/robot/send?access_token={KEY}",
    "feishu": f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}",
}
RANGE = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-03T00:00:00Z"}
ONCE = {"Idempotency-Key": "once-1"}


class AnyUrl:
    """The address rules let every host pass: whose robots they are is what is tested."""

    def check(self, url: str) -> None:
        del url


@pytest.fixture
def robot_api(api: Api) -> Api:
    api.services = replace(api.services, urls=AnyUrl())
    return api


def register(api: Api, **body: object) -> dict[str, object]:
    response = api.client().post("/v1/webhook-endpoints", json=body)
    assert response.status_code == 201, response.text
    return dict(response.json())


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robots_address_is_shown_by_its_end_only_and_never_again(robot_api: Api, kind: str) -> None:
    secret = "" if kind == "wecom" else "SEC-invented"
    made = register(robot_api, url=ROBOTS[kind], kind=kind, sign_secret=secret)
    client = robot_api.client()
    addresses = ("/v1/webhook-endpoints", f"/v1/webhook-endpoints/{made['id']}")
    shown = [str(made), *(client.get(address).text for address in addresses)]

    assert (made["kind"], made["secret"]) == (kind, None)
    assert str(made["url"]).endswith("…5abc")
    assert all(KEY not in text and "SEC-invented" not in text for text in shown)
    with robot_api.database(write=False) as tx:
        assert tx.endpoints.get(TENANT, str(made["id"])).secrets == (ROBOTS[kind], secret)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "wecom", "url": ROBOTS["dingtalk"]}, "robot_url_invalid"),
        ({"kind": "feishu", "url": "https://open.feishu.cn.evil.example/open-apis/bot/v2/hook/x"}, "robot_url_invalid"),
        ({"kind": "wecom", "url": ROBOTS["wecom"], "sign_secret": "s"}, "sign_secret_unused"),
        ({"kind": "standard", "url": "https://crm.example/", "sign_secret": "s"}, "sign_secret_unused"),
        ({"kind": "slack", "url": "https://crm.example/"}, "invalid"),
    ],
    ids=["another vendor", "another host", "wecom signs nothing", "a webhook has ours", "unknown kind"],
)
def test_what_is_no_robot_of_that_vendor_is_refused(robot_api: Api, body: dict[str, str], code: str) -> None:
    response = robot_api.client().post("/v1/webhook-endpoints", json=body)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert KEY not in response.text


def test_a_robot_has_no_secret_that_we_could_rotate(robot_api: Api) -> None:
    made = register(robot_api, url=ROBOTS["wecom"], kind="wecom")
    response = robot_api.client().post(f"/v1/webhook-endpoints/{made['id']}/rotate-secret", headers=ONCE)
    assert (response.status_code, response.json()["code"]) == (409, "robot_has_no_secret")


def test_a_ping_is_owed_to_that_endpoint_alone(api: Api) -> None:
    made = register(api, url="https://crm.example/hooks", event_types=["visit.failed"])
    register(api, url="https://other.example/hooks")
    response = api.client().post(f"/v1/webhook-endpoints/{made['id']}/ping")

    assert (response.status_code, response.json()["state"]) == (202, "pending")
    owed = api.client().get("/v1/deliveries").json()["items"]
    assert [item["endpoint_id"] for item in owed] == [made["id"]]
    events = api.client().get("/v1/events").json()["items"]
    assert [event["type"] for event in events] == ["webhook.ping"]


def dead(api: Api, endpoint_id: object, *numbers: int) -> None:
    with api.database() as tx:
        for number in numbers:
            tx.events.add(an_event(number))
        while (claimed := tx.deliveries.claim("me", NOON)) is not None:
            tried = Attempt(claimed.id, 1, NOON, 500, "http_500", 12)
            tx.deliveries.record(claimed, tried, state="dead", next_attempt_at=None)


def test_a_replay_sends_again_what_died_once_for_each_key(api: Api) -> None:
    made = register(api, url="https://crm.example/hooks")
    dead(api, made["id"], 1, 2, 3)
    client, address = api.client(), f"/v1/webhook-endpoints/{made['id']}/replay"

    assert client.post(address, json=RANGE).json()["code"] == "idempotency_key_required"
    first = client.post(address, json=RANGE, headers=ONCE)
    again = client.post(address, json=RANGE, headers=ONCE)
    assert (first.status_code, first.json()) == (202, {"replayed": 3, "more": False})
    assert again.json() == first.json()
    other = client.post(address, json=RANGE, headers={"Idempotency-Key": "twice"})
    assert other.json() == {"replayed": 0, "more": False}
    states = {item["state"] for item in client.get("/v1/deliveries").json()["items"]}
    assert states == {"pending"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"since": RANGE["until"], "until": RANGE["since"]}, "replay_range_invalid"),
        ({**RANGE, "since": "2025-12-01T00:00:00Z"}, "replay_too_old"),
        ({**RANGE, "types": ["webhook.ping"]}, "invalid"),
        ({**RANGE, "states": []}, "invalid"),
        ({**RANGE, "states": ["cancelled"]}, "invalid"),
        ({"since": RANGE["since"]}, "invalid"),
    ],
    ids=["backwards", "too old", "unknown type", "no state", "no such state", "no end"],
)
def test_a_replay_that_cannot_be_meant_is_refused(api: Api, body: dict[str, object], code: str) -> None:
    made = register(api, url="https://crm.example/hooks")
    response = api.client().post(f"/v1/webhook-endpoints/{made['id']}/replay", json=body, headers=ONCE)
    assert (response.status_code, response.json()["code"]) == (422, code), response.text


def test_a_disabled_endpoint_is_enabled_before_anything_is_sent_to_it(api: Api) -> None:
    made = register(api, url="https://crm.example/hooks")
    with api.database() as tx:
        tx.endpoints.disable(TENANT, str(made["id"]), reason="gone", now=NOON)
        tx.events.add(an_event(1))
    client, address = api.client(), f"/v1/webhook-endpoints/{made['id']}"
    for path in ("replay", "ping"):
        response = client.post(f"{address}/{path}", json=RANGE if path == "replay" else None, headers=ONCE)
        assert (response.status_code, response.json()["code"]) == (409, "endpoint_disabled")
    client.post(f"{address}/enable")
    replayed = client.post(f"{address}/replay", json=RANGE, headers={"Idempotency-Key": "after"})
    assert replayed.json()["replayed"] == 1


def test_the_tries_of_an_endpoint_are_listed_page_by_page(api: Api) -> None:
    made = register(api, url="https://crm.example/hooks")
    dead(api, made["id"], 1, 2, 3)
    client, address = api.client(), f"/v1/webhook-endpoints/{made['id']}/attempts"
    first = client.get(f"{address}?limit=2").json()
    rest = client.get(f"{address}?limit=2&after={first['next_cursor']}").json()

    found = [item["delivery_id"] for item in first["items"] + rest["items"]]
    assert len(set(found)) == 3
    assert found == sorted(found, reverse=True)
    assert {item["error"] for item in first["items"]} == {"http_500"}
    assert client.get(f"{address}?after={an_id('dlv', 999)}").json()["code"] == "cursor_invalid"
    assert api.client(tenant=OTHER_TENANT).get(address).status_code == 404
