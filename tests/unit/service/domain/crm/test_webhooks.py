"""Webhooks of three CRMs: signatures made by openssl, shapes as their code sends them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.crm.sources import CrmSource, Dialect
from service.domain.crm.webhooks import carried, is_genuine
from service.domain.errors import Invalid
from tests.support.builders import TENANT, an_id
from tests.support.fakes import NOON

SECRET = "sixteen-letters-1"
TWENTY = (
    b'{"event":"opportunity.updated","data":{"id":"opp-1","stage":"PROPOSAL"},"timestamp":"2026-03-02T03:59:00.000Z"}'
)
ESPO = b'[{"id":"o1","stage":"Proposal","modifiedAt":"2026-03-02 03:58:00"}]'
FRAPPE = (
    '{"doctype":"CRM Deal","name":"CRM-DEAL-1","status":"Won","modified":"2026-03-02 11:58:00.123456",'
    '"organization":"华东泵业"}'
).encode()
TWENTY_HEADERS = {
    "x-twenty-webhook-timestamp": "1772424000000",
    "x-twenty-webhook-signature": "f0b57241e9a0b4a419487fa5cc0356ee3d3cca7753b9266dbab7add3ebb844eb",
}
ESPO_HEADERS = {
    "signature": "aG9vazc6MzFiODFlMWY4MTQ2NTc2NWRkZTljNzNiMTYwODk5MmJkZThjZjk2Nzc4OWQyMmM3MGEwYzUxMzcxNDQzYzdjMg=="
}
OLD_ESPO_HEADERS = {"x-signature": "aG9vazc6MbgeH4FGV2Xd6cc7FgiZK96M+Wd4nSLHCgxRNxRDx8I="}
FRAPPE_HEADERS = {"x-frappe-webhook-signature": "Imw9rnDLqxpY88IGHbuoNFVgFadZtuN1395WCM+/+f8="}
SIGNED: list[tuple[Dialect, bytes, dict[str, str]]] = [
    ("twenty", TWENTY, TWENTY_HEADERS),
    ("espocrm", ESPO, ESPO_HEADERS),
    ("espocrm", ESPO, OLD_ESPO_HEADERS),
    ("frappe", FRAPPE, FRAPPE_HEADERS),
]


def a_source(kind: Dialect) -> CrmSource:
    return CrmSource(an_id("src"), TENANT, kind, (SECRET,), NOON)


@pytest.mark.parametrize(("kind", "body", "headers"), SIGNED, ids=["twenty", "espo", "espo-old", "frappe"])
def test_a_signature_by_openssl_is_genuine_and_any_change_is_not(
    kind: Dialect, body: bytes, headers: dict[str, str]
) -> None:
    source = a_source(kind)
    assert is_genuine(source, headers, body, now=NOON)
    assert is_genuine(replace(source, secrets=("newer-secret-123", SECRET)), headers, body, now=NOON)
    assert not is_genuine(source, headers, body + b" ", now=NOON)
    assert not is_genuine(source, {}, body, now=NOON)
    assert not is_genuine(source, dict.fromkeys(headers, "?"), body, now=NOON)
    assert not is_genuine(source, dict.fromkeys(headers, "é"), body, now=NOON)
    assert not is_genuine(replace(source, secrets=("another-secret-1",)), headers, body, now=NOON)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_delivery_of_twenty_is_not_taken_again(minutes: int) -> None:
    assert not is_genuine(a_source("twenty"), TWENTY_HEADERS, TWENTY, now=NOON + timedelta(minutes=minutes))


def test_twenty_in_the_shape_of_its_documents_and_of_its_code() -> None:
    record = {"id": "opp-1", "stage": "PROPOSAL", "companyId": "acc-1", "amount": 5}
    documented = {"event": "opportunity.updated", "data": record, "timestamp": "2026-03-02T03:59:00Z"}
    stored = {
        "eventName": "opportunity.updated", "record": record, "eventDate": "2026-03-02T03:59:00Z",
        "updatedFields": ["stage"], "webhookId": "w", "workspaceId": "s", "targetUrl": "https://x.example",
    }  # fmt: skip
    (first,) = carried(a_source("twenty"), documented, event="", now=NOON).events
    (second,) = carried(a_source("twenty"), stored, event="", now=NOON).events
    assert (first.type, first.kind, first.entity_id) == ("opportunity.updated", "opportunity", "opp-1")
    assert first.account_id == "acc-1"
    assert first.occurred_at == NOON - timedelta(minutes=1)
    assert second.data == {"id": "opp-1", "stage": "PROPOSAL"}  # only what changed makes a field younger


def test_espocrm_sends_lists_and_says_what_happened_in_the_address() -> None:
    body = [{"id": "a1", "name": "华东泵业", "assignedUserId": "u1"}, {"id": "a2", "modifiedAt": "2026-03-02 03:00:00"}]
    found = carried(a_source("espocrm"), body, event="Account.update", now=NOON).events
    assert [event.entity_id for event in found] == ["a1", "a2"]
    assert found[0].owner_id == "u1"
    assert [event.occurred_at for event in found] == [NOON, NOON - timedelta(hours=1)]
    (gone,) = carried(a_source("espocrm"), {"id": "a1"}, event="Account.delete", now=NOON).events
    assert (gone.type, gone.data["deleted"]) == ("account.deleted", True)
    (field,) = carried(a_source("espocrm"), {"id": "l"}, event="Lead.fieldUpdate.status", now=NOON).events
    assert field.type == "lead.updated"


def test_frappe_names_the_doctype_in_the_body_or_the_address() -> None:
    body = {"doctype": "CRM Deal", "name": "D-1", "modified": "2026-03-02 11:00:00", "deal_owner": "u@x.example"}
    (event,) = carried(a_source("frappe"), body, event="", now=NOON).events
    assert (event.kind, event.type, event.occurred_at) == ("opportunity", "opportunity.updated", NOON.replace(hour=3))
    assert event.owner_id == "u@x.example"
    (lead,) = carried(a_source("frappe"), {"name": "L"}, event="CRM Lead.after_insert", now=NOON).events
    assert lead.type == "lead.created"


def test_a_retry_is_the_same_event_and_a_later_change_is_not() -> None:
    def ids(body: dict[str, Any], hours: int = 0) -> list[str]:
        found = carried(a_source("espocrm"), body, event="Lead.update", now=NOON + timedelta(hours=hours)).events
        return [event.id for event in found]

    timed = {"id": "l", "status": "New", "modifiedAt": "2026-03-02 03:00:00"}
    assert ids(timed) == ids(timed, hours=2)
    assert ids(timed) != ids({**timed, "modifiedAt": "2026-03-02 03:00:01"})
    assert ids({"id": "l", "status": "New"}) == ids({"status": "New", "id": "l"})
    assert ids({"id": "l", "status": "New"}) != ids({"id": "l", "status": "New"}, hours=2)


def test_what_is_not_kept_is_counted_and_a_time_ahead_is_now() -> None:
    person = {"event": "person.created", "data": {"id": "p"}}
    ahead = {"event": "task.created", "data": {"id": "t"}, "timestamp": "2099-01-01T00:00:00Z"}
    odd = {"event": "task.created", "data": {"id": "t"}, "timestamp": "yesterday"}
    found = carried(a_source("twenty"), [person, ahead, odd], event="", now=NOON)
    assert found.ignored == 1
    assert [event.occurred_at for event in found.events] == [NOON, NOON]


@pytest.mark.parametrize(
    ("kind", "body", "event"),
    [
        ("twenty", [], ""),
        ("twenty", "x", ""),
        ("twenty", [{}] * 1_001, ""),
        ("twenty", {"event": "opportunity", "data": {}}, ""),
        ("twenty", {"event": "opportunity.updated", "data": 5}, ""),
        ("twenty", {"event": "opportunity.updated", "data": {"id": ""}}, ""),
        ("twenty", {"event": "opportunity.updated", "data": {"id": "a/b"}}, ""),
        ("espocrm", {"id": "a"}, ""),
        ("frappe", {"name": "a"}, ""),
        ("frappe", {"doctype": "Lead"}, ""),
    ],
)
def test_another_shape_is_refused_with_the_way_out(kind: Dialect, body: object, event: str) -> None:
    with pytest.raises(Invalid) as caught:
        carried(a_source(kind), body, event=event, now=NOON)
    assert caught.value.code == "webhook_shape"
