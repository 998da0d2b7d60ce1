"""Events in, entities up to date, whatever order they come in."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.crm.entities import replay
from service.domain.crm.events import CrmEvent
from service.usecases.crm.read_entity import read_entity
from service.usecases.crm.take_events import take_events
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.crm import an_event
from tests.support.fakes import FakeIds, MemoryDatabase

HOUR = timedelta(hours=1)


def some_events() -> list[CrmEvent]:
    return [
        an_event(external_id=f"{entity}-{i}", entity_id=entity, at=i * HOUR, stage=stage)
        for entity in ("a", "b")
        for i, stage in enumerate(["x", "y", "y", "x", "x"])
    ]


@settings(max_examples=60)
@given(st.permutations(some_events()), st.integers(1, 10))
def test_any_order_in_batches_of_any_size_leads_to_one_state(events: list[CrmEvent], size: int) -> None:
    database = MemoryDatabase(FakeIds())
    for start in range(0, len(events), size):
        with database() as tx:
            take_events(tx, TENANT, events[start : start + size])
    with database(write=False) as tx:
        for entity_id in ("a", "b"):
            wanted = replay("opportunity", entity_id, [event for event in events if event.entity_id == entity_id])
            assert tx.entities.get(TENANT, "opportunity", entity_id) == wanted


def test_an_event_twice_is_a_duplicate_that_changes_nothing() -> None:
    database, event = MemoryDatabase(FakeIds()), an_event(stage="方案")
    with database() as tx:
        first = take_events(tx, TENANT, [event, event])
    with database() as tx:
        before = tx.entities.get(TENANT, "opportunity", "opp-1")
        again = take_events(tx, TENANT, [event])
        assert tx.entities.get(TENANT, "opportunity", "opp-1") == before
    assert (len(first.accepted), len(first.duplicates)) == (1, 1)
    assert (again.accepted, again.duplicates) == ((), (event,))


def test_every_value_leads_to_its_event() -> None:
    database = MemoryDatabase(FakeIds())
    first, second = an_event(stage="方案"), an_event(stage="合同", at=HOUR)
    with database() as tx:
        take_events(tx, TENANT, [second])
        take_events(tx, TENANT, [first])
        take_events(tx, OTHER_TENANT, [an_event(stage="别家")])
    with database(write=False) as tx:
        story = read_entity(tx, TENANT, "opportunity", "opp-1")
    assert [(value.value, value.event_id) for value in story.values["stage"]] == [
        ("方案", first.id),
        ("合同", second.id),
    ]
    assert set(story.events) == {first.id, second.id}
