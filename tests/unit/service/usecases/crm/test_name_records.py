"""What people read in place of a record's id."""

from datetime import timedelta
from typing import Any

import pytest

from service.domain.crm.events import CrmEvent
from service.usecases.crm.name_records import owner_of, record_name
from service.usecases.crm.take_events import take_events
from tests.support.builders import TENANT
from tests.support.fakes import NOON, FakeIds
from tests.support.memory import MemoryDatabase

PEOPLE = {"rep_lin": "林晓岚"}


def told(kind: Any, entity_id: str, **data: Any) -> CrmEvent:
    return CrmEvent(f"cev_{kind}_{entity_id}", "urn:crm", f"{kind}.updated", kind, entity_id, NOON,
                    NOON + timedelta(minutes=1), data, external_id=entity_id)  # fmt: skip


@pytest.fixture
def database() -> MemoryDatabase:
    database = MemoryDatabase(FakeIds())
    known = [
        told("account", "a1", name="骆驼医院"),
        told("opportunity", "o1", name="骆驼医院手柄采购", account_id="a1"),
        told("quote", "quote-000123456789", opportunity_id="o1"),
        told("payment", "payment-00000001", account_id="a1"),
        told("task", "t1", title="约见决策人", owner_id="rep_lin"),
        told("plan", "plan-of-the-week-0312", owner_id="rep_lin"),
        told("request", "request-000000042"),
    ]
    with database() as tx:
        take_events(tx, TENANT, known)
    return database


@pytest.mark.parametrize(
    ("kind", "entity_id", "name"),
    [
        ("opportunity", "o1", "骆驼医院手柄采购"),
        ("task", "t1", "约见决策人"),
        ("quote", "quote-000123456789", "骆驼医院手柄采购 · 报价"),
        ("payment", "payment-00000001", "骆驼医院 · 回款"),
        ("plan", "plan-of-the-week-0312", "林晓岚 · 计划 …eek-0312"),
        ("request", "request-000000042", "协同请求 …00000042"),
        ("quote", "nobody-has-told-of-it", "报价 …ld-of-it"),
    ],
)
def test_a_record_is_called_by_its_name_its_deal_its_owner_or_its_kind(
    database: MemoryDatabase, kind: str, entity_id: str, name: str
) -> None:
    with database(write=False) as tx:
        assert record_name(tx, TENANT, told(kind, entity_id), people=PEOPLE) == name


def test_what_an_event_says_of_its_deal_serves_where_the_record_is_not_kept(database: MemoryDatabase) -> None:
    with database(write=False) as tx:
        event = told("quote", "another-quote", opportunity_id="o1")
        assert record_name(tx, TENANT, event, people=PEOPLE) == "骆驼医院手柄采购 · 报价"


@pytest.mark.parametrize(
    ("kind", "entity_id", "data", "owner"),
    [
        ("task", "t1", {}, "rep_lin"),
        ("task", "t1", {"owner_id": "rep_wu"}, "rep_wu"),
        ("quote", "q2", {"opportunity_id": "o2"}, "rep_lin"),
        ("payment", "p2", {"account_id": "a2"}, "rep_wu"),
        ("quote", "q3", {"opportunity_id": "o1", "account_id": "a1"}, ""),
        ("request", "request-000000042", {}, ""),
    ],
)
def test_a_record_belongs_to_its_owner_else_to_that_of_its_deal_or_its_account(
    database: MemoryDatabase, kind: str, entity_id: str, data: dict[str, str], owner: str
) -> None:
    with database() as tx:
        take_events(tx, TENANT, [told("opportunity", "o2", name="二期", owner_id="rep_lin"),
                                 told("account", "a2", name="骆驼二院", owner_id="rep_wu")])  # fmt: skip
    with database(write=False) as tx:
        assert owner_of(tx, TENANT, told(kind, entity_id, **data)) == owner
