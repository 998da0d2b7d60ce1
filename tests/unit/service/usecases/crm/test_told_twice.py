"""One thing told under two names, by two systems or under two ids counts once; what only looks alike counts twice."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.crm.entities import replay
from service.domain.crm.events import CrmEvent, event_id
from service.domain.crm.sameness import is_same_thing
from service.usecases.crm.take_events import Taken, take_events
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.crm import an_event
from tests.support.fakes import NOON, FakeIds, MemoryDatabase
from tests.support.shelf import shipped_content

NAMES = shipped_content().vocabulary
LATER = NOON + timedelta(days=1)
ORDERS = ("order.placed", "order.created")


def told(event_type: str, **changes: Any) -> CrmEvent:
    """Something that happened at noon and came in a day later; a fresh id unless one is given."""
    said = {"at": timedelta(seconds=7), "amount": 100_000, **changes}
    return replace(an_event("opportunity", event_type=event_type, **said), received_at=LATER)


def take(*batches: list[CrmEvent]) -> tuple[MemoryDatabase, list[Taken]]:
    database, answers = MemoryDatabase(FakeIds()), []
    for batch in batches:
        with database() as tx:
            answers.append(take_events(tx, TENANT, batch, names=NAMES))
    return database, answers


@pytest.mark.parametrize(
    "again",
    [
        told("order.created", source="/erp"),
        told("order.placed", source="/erp"),
        told("order.created"),
        told("order.placed"),
        told("order.placed", source="/erp", amount=100_000.0),
    ],
    ids=["another system's name", "another system", "another name", "another id", "as a decimal"],
)
@pytest.mark.parametrize("together", [True, False])
def test_an_order_told_twice_counts_once_and_the_answer_names_the_one_that_stands(
    again: CrmEvent, *, together: bool
) -> None:
    first = told("order.placed")
    database, answers = take([first, again]) if together else take([first], [again])
    ((_, stands),) = database.state.crm_events
    assert sum(len(answer.accepted) for answer in answers) == 1
    (repeated,) = answers[-1].duplicates
    assert repeated.id == stands
    assert repeated.external_id in (first.external_id, again.external_id)


@pytest.mark.parametrize(
    "other",
    [
        told("order.placed", source="/erp", amount=100_001),
        told("order.placed", source="/erp", at=timedelta(seconds=8)),
        told("order.placed", source="/erp", entity_id="opp-2"),
        told("payment.received", source="/erp"),
        told("order.placed", source="/erp", remark="加急"),
    ],
    ids=["amount", "second", "record", "happening", "one field more"],
)
def test_what_differs_in_one_point_counts(other: CrmEvent) -> None:
    database, _ = take([told("order.placed")], [other])
    assert len(database.state.crm_events) == 2


def test_two_questions_of_one_minute_by_one_system_are_two_but_told_by_another_system_they_are_known() -> None:
    asked = [told("store.question_asked", at=timedelta(0), external_id=name) for name in ("q-1", "q-2")]
    database, _ = take(asked)
    assert len(database.state.crm_events) == 2
    with database() as tx:
        again = [replace(event, source="/erp", id=event_id("/erp", event.external_id)) for event in asked]
        assert take_events(tx, TENANT, again, names=NAMES).accepted == ()


def test_events_that_say_no_time_are_told_apart_by_their_ids() -> None:
    now = told("call.logged", at=LATER - NOON)
    assert now.occurred_at == now.received_at
    database, _ = take([now, told("call.logged", at=LATER - NOON)])
    assert len(database.state.crm_events) == 2


def test_what_one_tenant_told_is_news_from_another() -> None:
    first = told("order.placed")
    database, _ = take([first])
    with database() as tx:
        assert take_events(tx, OTHER_TENANT, [told("order.created")], names=NAMES).duplicates == ()


@dataclass(frozen=True)
class Happening:
    """What really happened, once."""

    record: str
    second: int
    amount: int
    paid: bool

    def told(self, source: str, number: int, name: int) -> CrmEvent:
        types = ("payment.received", "payment.paid") if self.paid else ORDERS
        return told(types[name], source=source, external_id=f"{source}-{number}", entity_id=self.record,
                    at=timedelta(seconds=self.second), amount=self.amount)  # fmt: skip


HAPPENINGS = st.builds(
    Happening, st.sampled_from(["o-1", "o-2"]), st.integers(1, 3), st.sampled_from([100, 200]), st.booleans()
)
TELLINGS = st.lists(
    st.tuples(HAPPENINGS, st.sampled_from(["/crm", "/erp", "/shop"]), st.integers(0, 1), st.integers(0, 2)),
    min_size=1, max_size=14,
)  # fmt: skip


@given(TELLINGS, st.integers(1, 6), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_however_often_and_by_whomever_it_is_told_each_thing_counts_once(
    tellings: list[tuple[Happening, str, int, int]], size: int, chance: Any
) -> None:
    events = [it.told(source, i, name) for i, (it, source, name, _) in enumerate(tellings)]
    repeated = [event for event, telling in zip(events, tellings, strict=True) for _ in range(telling[3])]
    sent = [*events, *repeated]
    chance.shuffle(sent)

    database, answers = take(*(sent[start : start + size] for start in range(0, len(sent), size)))

    happened = {it for it, _, _, _ in tellings}
    with database(write=False) as tx:
        for record in ("o-1", "o-2"):
            stored = tx.crm_events.of_entity(TENANT, "opportunity", record)
            found = [(it.occurred_at.second, it.data["amount"], it.type.startswith("payment")) for it in stored]
            assert Counter(found) == Counter((it.second, it.amount, it.paid) for it in happened if it.record == record)
            if stored:
                assert tx.entities.get(TENANT, "opportunity", record) == replay("opportunity", record, stored)
    assert sum(len(it.accepted) + len(it.duplicates) for it in answers) == len(sent)
    assert {it.id for answer in answers for it in answer.duplicates} <= {name for _, name in database.state.crm_events}


@given(HAPPENINGS, HAPPENINGS, st.integers(0, 1), st.integers(0, 1))
def test_sameness_is_the_same_from_both_sides(one: Happening, other: Happening, first: int, second: int) -> None:
    left, right = one.told("/crm", 1, first), other.told("/erp", 2, second)
    assert is_same_thing(left, right, names=NAMES) == is_same_thing(right, left, names=NAMES) == (one == other)
