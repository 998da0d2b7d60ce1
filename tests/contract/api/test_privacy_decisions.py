"""What a tenant decides: shorter retention, holds with a reason, a register of receivers; all in the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from service.adapters.registered_sender import REFUSED, RegisteredChannel, RegisteredSender
from service.domain.delivery.cards import Card
from service.domain.delivery.deliveries import Attempt, Endpoint
from service.domain.delivery.robots import Digest, Posted, RobotLimits, Window
from service.usecases.privacy.decide_privacy import is_registered
from tests.support.api import OTHER_TENANT, TENANT, Api
from tests.support.builders import an_endpoint
from tests.support.fakes import NOON, FakeSender

PROCESSOR = {"kind": "webhook", "host": "crm.example", "name": "远航客户云", "region": "CN", "purpose": "客户管理",
             "fields": ["summary"], "contract_ref": "DPA-1"}  # fmt: skip


CARD, DIGEST = Card("丢单风险", "evt"), Digest({"n": 1}, 1)
LIMITS = RobotLimits(2_048, (Window(20, 60.0),))


@dataclass
class OneGroup:
    """A vendor that takes everything and remembers it."""

    told: list[Mapping[str, Any]] = field(default_factory=list)
    limits: RobotLimits = LIMITS

    def render(self, card: Card) -> tuple[Mapping[str, Any], ...]:
        del card
        return ({"n": 1},)

    def digest(self, cards: Sequence[Card]) -> Digest:
        del cards
        return DIGEST

    def send(
        self, endpoint: Endpoint, body: Mapping[str, Any], *, delivery_id: str, number: int, now: datetime
    ) -> Posted:
        del endpoint
        self.told.append(body)
        return Posted(Attempt(delivery_id, number, now, 200, "", latency_ms=1), "sent")


def actions(api: Api) -> list[str]:
    return [row["action"] for row in api.client().get("/v1/audit").json()["items"]]


def test_the_defaults_hold_until_the_tenant_shortens_them(api: Api) -> None:
    client = api.client()
    address = "/v1/privacy/retention"
    assert client.get(address).json()["audio_days"] == 30
    changed = client.put(address, json={"audio_days": 7, "audio_delete_after_asr": True})
    assert changed.json() == {"audio_days": 7, "transcript_days": 180, "features_days": 365, "audit_days": 1095,
                              "audio_delete_after_asr": True}  # fmt: skip
    assert client.get(address).json() == changed.json()
    assert api.client(tenant=OTHER_TENANT).get(address).json()["audio_days"] == 30
    assert actions(api) == ["retention.changed"]


@pytest.mark.parametrize("body", [{"audio_days": 31}, {"transcript_days": 181}, {"audit_days": 1096}])
def test_nothing_is_kept_longer_than_the_defaults(api: Api, body: dict[str, int]) -> None:
    refused = api.client().put("/v1/privacy/retention", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "retention_too_long")


def test_a_hold_has_a_reason_and_ends_once(api: Api, visit_id: str) -> None:
    client = api.client()
    body = {"kind": "account", "ref": "acc-1", "reason": "合同纠纷"}
    placed = client.post("/v1/privacy/holds", json=body, headers={"Idempotency-Key": "h"})
    again = client.post("/v1/privacy/holds", json=body, headers={"Idempotency-Key": "h"})
    assert (placed.status_code, again.json()) == (201, placed.json())
    assert client.delete(f"/v1/subjects/visit:{visit_id}").json()["code"] == "legal_hold"
    hold_id = placed.json()["id"]
    first = client.delete(f"/v1/privacy/holds/{hold_id}").json()
    api.clock.forward(hours=1)
    assert client.delete(f"/v1/privacy/holds/{hold_id}").json() == first
    assert client.get("/v1/privacy/holds").json()["items"] == [first]
    assert client.delete(f"/v1/subjects/visit:{visit_id}").status_code == 200
    assert {"hold.placed", "hold.released", "subject.erased"} <= set(actions(api))
    assert client.post("/v1/privacy/holds", json={**body, "reason": ""}).status_code == 422


def test_a_receiver_is_registered_once_and_forgotten(api: Api) -> None:
    client = api.client()
    first = client.put("/v1/privacy/processors", json=PROCESSOR).json()
    second = client.put("/v1/privacy/processors", json={**PROCESSOR, "purpose": "回访"}).json()
    assert second["id"] == first["id"]
    assert [row["purpose"] for row in client.get("/v1/privacy/processors").json()["items"]] == ["回访"]
    assert client.delete(f"/v1/privacy/processors/{first['id']}").status_code == 204
    gone = client.delete(f"/v1/privacy/processors/{first['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "processor_not_found")


def test_a_receiver_in_another_region_is_denied(api: Api) -> None:
    refused = api.client().put("/v1/privacy/processors", json={**PROCESSOR, "region": "US"})
    assert (refused.status_code, refused.json()["code"]) == (403, "region_denied")
    api.services = replace(api.services, regions=("CN", "US"))
    assert api.client().put("/v1/privacy/processors", json={**PROCESSOR, "region": "US"}).status_code == 200


def test_where_the_register_is_required_nothing_is_sent_to_others(api: Api) -> None:
    inner = FakeSender()
    sender = RegisteredSender(inner, api.services.uow)
    endpoint = an_endpoint(url="https://crm.example/hooks")
    refused = sender.send(endpoint, "evt_1", b"{}", delivery_id="dlv_1", number=1, now=NOON)
    assert (refused.status, refused.error, inner.sent) == (None, REFUSED, [])
    api.client().put("/v1/privacy/processors", json=PROCESSOR)
    assert sender.send(endpoint, "evt_1", b"{}", delivery_id="dlv_1", number=1, now=NOON).status == 200
    with api.services.uow(write=False) as tx:
        assert is_registered(tx, TENANT, ("webhook",), "crm.example")
        assert not is_registered(tx, OTHER_TENANT, ("webhook",), "crm.example")
        assert not is_registered(tx, TENANT, ("llm",), "crm.example")


def test_where_the_register_is_required_no_group_is_written_to_before_its_chat_stands_in_it(api: Api) -> None:
    inner = OneGroup()
    channel = RegisteredChannel(inner, api.services.uow)
    robot = an_endpoint(kind="wecom", secrets=("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", ""))
    refused = channel.send(robot, {"n": 1}, delivery_id="dlv_1", number=1, now=NOON)
    assert (refused.ending, refused.attempt.error, inner.told) == ("transient", REFUSED, [])
    assert (channel.limits, channel.render(CARD), channel.digest([CARD])) == (LIMITS, ({"n": 1},), DIGEST)
    as_webhook = {**PROCESSOR, "host": "qyapi.weixin.qq.com"}
    api.client().put("/v1/privacy/processors", json=as_webhook).raise_for_status()
    assert channel.send(robot, {"n": 1}, delivery_id="dlv_1", number=1, now=NOON).ending == "transient"
    api.client().put("/v1/privacy/processors", json={**as_webhook, "kind": "robot"}).raise_for_status()
    assert channel.send(robot, {"n": 2}, delivery_id="dlv_1", number=2, now=NOON).ending == "sent"
    assert inner.told == [{"n": 2}]


def test_deciding_needs_the_scope(api: Api) -> None:
    reader = api.client("audit:read")
    assert reader.get("/v1/privacy/retention").status_code == 200
    assert reader.put("/v1/privacy/retention", json={}).json()["code"] == "scope_missing"
    assert reader.put("/v1/privacy/processors", json=PROCESSOR).json()["code"] == "scope_missing"
