"""Receivers by what is sent now: webhooks that are on, the model and the speech engine that the settings name."""

import pytest

from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import ProcessorKind, ProcessorRow
from service.usecases.privacy.list_receivers import hosts_told, unregistered_hosts
from tests.support.builders import OTHER_TENANT, TENANT, an_endpoint, an_id
from tests.support.fakes import NOON, FakeIds
from tests.support.memory import MemoryDatabase
from tests.support.privacy import some_installation

INSTALLED = some_installation(llm_host="llm.example", speech_host="asr.example")


@pytest.fixture
def database() -> MemoryDatabase:
    made = MemoryDatabase(FakeIds())
    with made() as tx:
        tx.endpoints.add(an_endpoint(1, url="https://two.example/hooks"))
        tx.endpoints.add(an_endpoint(2, url="https://One.example:8443/x"))
        tx.endpoints.add(an_endpoint(3, url="https://two.example/others"))
        tx.endpoints.add(an_endpoint(4, url="https://off.example", disabled_at=NOON))
        tx.endpoints.add(an_endpoint(5, url="https://foreign.example", tenant_id=OTHER_TENANT))
    return made


def register(tx: UnitOfWork, host: str, kind: ProcessorKind = "webhook", tenant_id: str = TENANT) -> None:
    tx.privacy.processors.put(ProcessorRow(an_id("prc"), tenant_id, NOON, kind, host, "x", "CN", "x", ("x",), "x"))


def test_each_host_is_told_once_webhooks_by_name_and_none_that_is_off(database: MemoryDatabase) -> None:
    with database() as tx:
        assert hosts_told(tx, TENANT, INSTALLED) == ["one.example", "two.example", "llm.example", "asr.example"]
        assert hosts_told(tx, OTHER_TENANT, some_installation()) == ["foreign.example"]


def test_an_entry_of_ones_own_of_any_kind_names_a_host(database: MemoryDatabase) -> None:
    with database() as tx:
        register(tx, "two.example", "crm")
        register(tx, "llm.example", "llm", OTHER_TENANT)
        assert unregistered_hosts(tx, TENANT, INSTALLED) == ["one.example", "llm.example", "asr.example"]
