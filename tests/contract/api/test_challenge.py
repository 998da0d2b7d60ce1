"""A receiver shows that it is the tenant's before it is told anything: it repeats a word that it was sent."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from service.domain.delivery.deliveries import Attempt, Endpoint
from service.usecases.delivery.deliver_events import Deliverer
from tests.support.api import Api
from tests.support.builders import an_event
from tests.support.fakes import FakeIds

STRANGER = {"url": "https://stranger.example/hooks", "event_types": ["visit.analyzed"]}
RANGE = {"since": "2026-02-25T00:00:00Z", "until": "2026-04-01T00:00:00Z", "states": ["held", "dead"]}


@dataclass
class Receiver:
    """Answers a challenge with `says`, in which {} stands for the word; anything else with `ok`."""

    says: str = '{{"challenge": "{}"}}'
    status: int = 200
    seen: list[str] = field(default_factory=list)

    def send(
        self, endpoint: Endpoint, event_id: str, body: bytes, *, delivery_id: str, number: int, now: datetime
    ) -> Attempt:
        del endpoint, event_id
        told = json.loads(body)
        self.seen.append(told["type"])
        answer = self.says.format(told["data"]["challenge"]) if told["type"] == "webhook.challenge" else "ok"
        return Attempt(delivery_id, number, now, self.status, "" if self.status < 300 else "http", 3, body=answer)


def deliver(api: Api, receiver: Receiver) -> None:
    sends = Deliverer(api.database, api.clock, receiver, "me", FakeIds(500), jitter=lambda: 0.0)
    while sends.deliver_one():
        pass


def register(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.client().post("/v1/webhook-endpoints", json={**STRANGER, **changes})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def happen(api: Api) -> None:
    with api.database() as tx:
        tx.events.add(an_event())


def is_proven(api: Api, endpoint_id: str) -> bool:
    return bool(api.client().get(f"/v1/webhook-endpoints/{endpoint_id}").json()["proven"])


def test_who_repeats_the_word_is_told_what_was_held(api: Api) -> None:
    endpoint, receiver = register(api), Receiver()
    assert endpoint["proven"] is False
    happen(api)
    deliver(api, receiver)
    assert receiver.seen == ["webhook.challenge", "visit.analyzed"]
    assert is_proven(api, endpoint["id"])
    happen_again = api.client().post(f"/v1/webhook-endpoints/{endpoint['id']}/ping")
    assert happen_again.status_code == 202


@pytest.mark.parametrize(
    ("says", "status"),
    [("ok", 200), ("", 204), ('{{"challenge": "another"}}', 200), ("{}", 500), ("{}", 302), ("{}", 404)],
    ids=["takes anything", "says nothing", "another word", "failed", "sends elsewhere", "not there"],
)
def test_who_does_not_repeat_it_is_told_nothing_and_asked_again(api: Api, says: str, status: int) -> None:
    endpoint, receiver = register(api), Receiver(says, status)
    happen(api)
    deliver(api, receiver)
    assert receiver.seen == ["webhook.challenge"]
    assert not is_proven(api, endpoint["id"])
    api.clock.forward(seconds=5)
    deliver(api, receiver)
    assert receiver.seen == ["webhook.challenge"] * 2
    (page,) = [api.client().get(f"/v1/deliveries?endpoint_id={endpoint['id']}").json()["items"]]
    assert {(item["state"], item["attempts"]) for item in page} == {("pending", 2), ("held", 0)}


def test_a_receiver_that_never_repeats_it_ends_without_news_about_news(api: Api) -> None:
    endpoint, receiver = register(api, event_types=[]), Receiver("ok")
    for _ in range(12):
        deliver(api, receiver)
        api.clock.forward(days=1)
    assert receiver.seen == ["webhook.challenge"] * 10
    assert not is_proven(api, endpoint["id"])
    types = [item["type"] for item in api.client().get("/v1/events").json()["items"]]
    assert types == ["webhook.challenge"]


def test_nothing_goes_out_by_any_other_door(api: Api) -> None:
    endpoint = register(api)
    happen(api)
    client, once = api.client(), {"Idempotency-Key": "once"}
    address = f"/v1/webhook-endpoints/{endpoint['id']}"
    held = client.get(f"/v1/deliveries?endpoint_id={endpoint['id']}&state=held").json()["items"]
    refused = [
        client.post(f"{address}/ping"),
        client.post(f"{address}/replay", json=RANGE, headers=once),
        client.post(f"/v1/deliveries/{held[0]['id']}/retry", headers=once),
    ]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(409, "endpoint_unproven")] * 3


def test_another_challenge_makes_the_first_one_worthless(api: Api) -> None:
    endpoint = register(api)
    client = api.client()
    again = client.post(f"/v1/webhook-endpoints/{endpoint['id']}/verify")
    assert (again.status_code, again.json()["proven"]) == (202, False)
    words = [item["data"]["challenge"] for item in client.get("/v1/events").json()["items"]]
    assert len(set(words)) == 2
    assert all(word.isalpha() and len(word) == 40 for word in words)
    with api.database() as tx:
        assert not tx.endpoints.prove("ten_huadong", endpoint["id"], words[0])
        assert not tx.endpoints.prove("ten_huadong", endpoint["id"], "")
    assert not is_proven(api, endpoint["id"])
    deliver(api, Receiver())
    assert is_proven(api, endpoint["id"])
    client.post(f"/v1/webhook-endpoints/{endpoint['id']}/verify")
    assert len(client.get("/v1/events").json()["items"]) == 2, "a proven one is asked nothing more"


NOT_ASKED = {
    "a host the operator vouches for": {"url": "https://crm.example/hooks"},
    "a robot": {"url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0f1e2d3c-aaaa-bbbb-cccc-0123456789ab",
                "kind": "wecom"},
}  # fmt: skip


@pytest.mark.parametrize("changes", NOT_ASKED.values(), ids=NOT_ASKED)
def test_who_need_not_is_not_asked(api: Api, changes: dict[str, str]) -> None:
    class Anything:
        def check(self, url: str) -> None: ...

        def vouched_for(self, url: str) -> bool:
            return "crm.example" in url

    object.__setattr__(api.services, "urls", Anything())
    assert register(api, **changes)["proven"] is True
    assert api.client().get("/v1/events").json()["items"] == []
