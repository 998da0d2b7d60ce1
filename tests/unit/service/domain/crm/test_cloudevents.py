"""CloudEvents envelopes: what is taken, and what each refusal says."""

from datetime import timedelta
from typing import Any

import pytest

from service.domain.crm.cloudevents import from_envelope
from service.domain.crm.naming import kind_of, plain_type, with_our_names
from service.domain.errors import Invalid
from tests.support.crm import a_cloud_event
from tests.support.fakes import NOON

GOOD = a_cloud_event("opportunity.updated", "opportunity/opp-88", NOON, {"stage": "方案", "companyId": "acc-1"})


def test_an_envelope_becomes_an_event() -> None:
    event = from_envelope(GOOD, now=NOON)
    assert (event.type, event.kind, event.entity_id) == ("opportunity.updated", "opportunity", "opp-88")
    assert (event.occurred_at, event.received_at, event.account_id) == (NOON, NOON, "acc-1")
    assert event.external_id == GOOD["id"]
    assert from_envelope({**GOOD, "type": "other", "data": None}, now=NOON).id == event.id


@pytest.mark.parametrize(
    ("changes", "kind", "entity_id", "event_type"),
    [
        ({"subject": "opp-9"}, "opportunity", "opp-9", "opportunity.updated"),
        ({"subject": "deals/opp-9"}, "opportunity", "opp-9", "opportunity.updated"),
        ({"subject": "crm/accounts/acc-9", "type": "content.downloaded"}, "account", "acc-9", "content.downloaded"),
        ({"type": "com.example.crm.lead.assigned.v2", "subject": "l-1"}, "lead", "l-1", "lead.assigned"),
        ({"type": "company.updated", "subject": "华东泵业"}, "account", "华东泵业", "account.updated"),
        ({"subject": None, "data": {"id": "opp-7"}}, "opportunity", "opp-7", "opportunity.updated"),
    ],
)
def test_subject_and_type_say_whom_it_is_about(
    changes: dict[str, Any], kind: str, entity_id: str, event_type: str
) -> None:
    envelope = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    event = from_envelope(envelope, now=NOON)
    assert (event.kind, event.entity_id, event.type) == (kind, entity_id, event_type)


@pytest.mark.parametrize(
    ("time", "distance"),
    [
        (None, timedelta(0)),
        ("2026-03-02T12:00:00+08:00", timedelta(0)),
        ("2026-03-02t04:00:00.123456789z", timedelta(microseconds=123456)),
        ("2026-03-03T03:59:59Z", timedelta(hours=23, minutes=59, seconds=59)),
    ],
)
def test_times_are_read_with_their_offset(time: str | None, distance: timedelta) -> None:
    assert from_envelope({**GOOD, "time": time}, now=NOON).occurred_at == NOON + distance


REFUSED = {
    "specversion": ({"specversion": "0.3"}, "cloudevent_invalid"),
    "specversion as a number": ({"specversion": 1.0}, "cloudevent_invalid"),
    "no id": ({"id": ""}, "cloudevent_invalid"),
    "long id": ({"id": "x" * 256}, "cloudevent_invalid"),
    "id with a line break": ({"id": "a\r\nb"}, "cloudevent_invalid"),
    "no source": ({"source": None}, "cloudevent_invalid"),
    "no type": ({"type": 7}, "cloudevent_invalid"),
    "no subject": ({"subject": ""}, "subject_unknown"),
    "unknown kind": ({"subject": "planet/earth"}, "subject_unknown"),
    "kind nowhere": ({"subject": "x-1", "type": "content.downloaded"}, "subject_unknown"),
    "subject with a tab": ({"subject": "opportunity/a\tb"}, "cloudevent_invalid"),
    "time as a number": ({"time": 20260101}, "cloudevent_invalid"),
    "naive time": ({"time": "2026-03-02T04:00:00"}, "cloudevent_invalid"),
    "Feb 30": ({"time": "2026-02-30T04:00:00Z"}, "cloudevent_invalid"),
    "year 0": ({"time": "0000-01-01T00:00:00Z"}, "cloudevent_invalid"),
    "year 1": ({"time": "0001-01-01T00:00:00+08:00"}, "cloudevent_invalid"),
    "year 1980": ({"time": "1980-01-01T00:00:00Z"}, "cloudevent_invalid"),
    "leap second": ({"time": "2016-12-31T23:59:60Z"}, "cloudevent_invalid"),
    "a day ahead": ({"time": "2026-03-03T04:00:01Z"}, "event_in_future"),
    "data as a list": ({"data": [1]}, "cloudevent_invalid"),
    "data as XML": ({"datacontenttype": "text/xml"}, "cloudevent_invalid"),
    "data in base64": ({"data_base64": "eA=="}, "unknown_field"),
    "too many fields": ({"data": {f"f{i}": 1 for i in range(501)}}, "cloudevent_invalid"),
    "long field name": ({"data": {"f" * 129: 1}}, "cloudevent_invalid"),
    "is_admin": ({"is_admin": True}, "unknown_field"),
    "tenant_id": ({"tenant_id": "other"}, "unknown_field"),
}


@pytest.mark.parametrize(("changes", "code"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_the_attribute_and_repeats_no_value(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        from_envelope({**GOOD, **changes}, now=NOON)
    assert caught.value.code == code
    assert "earth" not in caught.value.detail


def test_extension_attributes_are_allowed_and_ignored() -> None:
    assert from_envelope({**GOOD, "traceparent": "00-1-2-3", "state": "x"}, now=NOON).data["stage"] == "方案"


def test_names_of_other_systems_mean_our_kinds() -> None:
    assert [kind_of(word) for word in ("CRM Deal", "companies", "Opportunity", "tasks", "Person")] == [
        "opportunity", "account", "opportunity", "task", None,
    ]  # fmt: skip
    assert plain_type("content.downloaded") == (None, "content.downloaded")
    assert plain_type("lead") == (None, "lead")
    assert plain_type("com.store.order.placed") == (None, "order.placed"), "a sender's domain is no record"
    assert plain_type("deal.won") == ("opportunity", "opportunity.won")
    assert plain_type("call.logged") == ("visit", "call.logged"), "packs count calls by this name"


def test_references_get_our_names_beside_theirs() -> None:
    assert with_our_names({"companyId": "a", "ownerId": ""}) == {"companyId": "a", "ownerId": "", "account_id": "a"}
    assert with_our_names({"companyId": "a", "account_id": "b"})["account_id"] == "b"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("budgetStatus", "budget_status"),  # Twenty and EspoCRM write their own fields so
        ("productionPct2", "production_pct2"),
        ("custom_budget_status", "budget_status"),  # Frappe puts custom_ before fields that were added
        ("budget_status", "budget_status"),
        ("ABC", "ABC"),
        ("客户等级", "客户等级"),
        ("custom_", "custom_"),
    ],
)
def test_a_field_can_be_named_as_packs_write_it_and_keeps_its_own_name(theirs: str, ours: str) -> None:
    assert with_our_names({theirs: None}) == {theirs: None, ours: None}
    assert with_our_names({theirs: 1, ours: 2})[ours] == 2
