"""Several senders at once, on real databases: each event once, and no state lost between two writers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain.crm.entities import replay
from service.domain.crm.events import CrmEvent
from service.domain.errors import Unavailable
from service.domain.ports import UnitOfWorkFactory
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.crm.take_events import take_events
from tests.support.builders import TENANT
from tests.support.crm import an_event
from tests.support.fakes import NOON, FakeIds
from tests.support.seal import SEAL
from tests.support.servers import postgres_database

SENDERS, EVENTS = 6, 24


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def uow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UnitOfWorkFactory]:
    def opened(url: str) -> Iterator[UnitOfWorkFactory]:
        engine = make_engine(url)
        upgrade(engine)
        yield make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])
        engine.dispose()

    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path / 'crm.db'}")
        return
    with postgres_database() as url:
        yield from opened(url)


def test_the_same_events_from_six_senders_at_once_count_once_and_add_up(uow: UnitOfWorkFactory) -> None:
    """Every sender sends everything, each in another order, one event to three entities in turn."""
    written: list[dict[str, Any]] = [{f"field_{i % 5}": i, "stage": i // 6} for i in range(EVENTS)]
    events = [an_event(entity_id=f"opp-{i % 3}", at=timedelta(hours=i), **data) for i, data in enumerate(written)]

    def send(sender: int) -> int:
        turned = events[sender * 4 :] + events[: sender * 4]
        accepted = 0
        for start in range(0, EVENTS, 5):
            with uow() as tx:
                accepted += len(take_events(tx, TENANT, turned[start : start + 5]).accepted)
        return accepted

    with ThreadPoolExecutor(SENDERS) as pool:
        accepted = sum(pool.map(send, range(SENDERS)))
    assert accepted == EVENTS
    with uow(write=False) as tx:
        for number in range(3):
            mine = [event for event in events if event.entity_id == f"opp-{number}"]
            assert tx.crm_events.of_entity(TENANT, "opportunity", f"opp-{number}") == mine
            stored = tx.entities.get(TENANT, "opportunity", f"opp-{number}")
            assert stored == replay("opportunity", f"opp-{number}", mine)


def until_taken(uow: UnitOfWorkFactory, events: list[CrmEvent]) -> int:
    """How many were new; who is told to try again, as on a machine with much else to do, does."""
    for _ in range(20):
        try:
            with uow() as tx:
                taken = take_events(tx, TENANT, events)
        except Unavailable:
            continue
        return len(taken.accepted)
    raise AssertionError("not taken in twenty tries")


def test_one_order_told_by_six_systems_at_once_is_one_order(uow: UnitOfWorkFactory) -> None:
    """Each under ids of its own: the second must see the first, although neither has ended."""
    happened = [timedelta(hours=i, seconds=1) for i in range(EVENTS)]

    def tell(sender: int) -> int:
        told = [
            replace(an_event(entity_id=f"opp-{i % 3}", event_type="order.placed", source=f"/system-{sender}", at=at,
                             amount=i), received_at=NOON + timedelta(days=3))
            for i, at in enumerate(happened)
        ]  # fmt: skip
        turned, accepted = told[sender * 4 :] + told[: sender * 4], 0
        for start in range(0, EVENTS, 5):
            accepted += until_taken(uow, turned[start : start + 5])
        return accepted

    with ThreadPoolExecutor(SENDERS) as pool:
        assert sum(pool.map(tell, range(SENDERS))) == EVENTS
    with uow(write=False) as tx:
        stored = [it for i in range(3) for it in tx.crm_events.of_entity(TENANT, "opportunity", f"opp-{i}")]
    assert sorted(it.data["amount"] for it in stored) == list(range(EVENTS))
