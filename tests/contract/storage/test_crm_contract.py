"""What every implementation promises of CRM events, entities and sources."""

from datetime import timedelta
from typing import Any

from service.domain.crm.decisions import Decision
from service.domain.crm.entities import Entity, apply, replay
from service.domain.crm.sources import CrmSource
from service.domain.ports import UnitOfWorkFactory
from service.domain.records import Page
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.crm import an_event
from tests.support.fakes import NOON

HOUR = timedelta(hours=1)


def a_source(number: int = 1, tenant_id: str = TENANT) -> CrmSource:
    return CrmSource(an_id("src", number), tenant_id, "twenty", ("geheim",), NOON, "华东 CRM")


def test_an_event_comes_back_as_it_was_and_only_once(uow: UnitOfWorkFactory) -> None:
    event = an_event(amount=12.5, tags=["急", None], nested={"a": True})
    with uow() as tx:
        assert tx.crm_events.add(TENANT, event)
        assert not tx.crm_events.add(TENANT, event)
    with uow(write=False) as tx:
        assert tx.crm_events.get(TENANT, event.id) == event
        assert tx.crm_events.named(TENANT, [event.id, "cev_0"]) == {event.id: event}


def test_the_same_event_of_two_tenants_is_two_events(uow: UnitOfWorkFactory) -> None:
    event = an_event(stage="方案")
    with uow() as tx:
        assert tx.crm_events.add(TENANT, event)
        assert tx.crm_events.get(OTHER_TENANT, event.id) is None
        assert tx.crm_events.add(OTHER_TENANT, event)


def test_events_are_read_in_the_order_they_happened(uow: UnitOfWorkFactory) -> None:
    late, early = an_event(at=2 * HOUR), an_event(at=HOUR)
    quote = an_event("quote", "q-1", at=1.5 * HOUR, opportunity_id="opp-1")
    with uow() as tx:
        for event in (late, quote, early):
            tx.crm_events.add(TENANT, event)
        tx.crm_events.add(OTHER_TENANT, an_event())
        tx.crm_events.add(TENANT, an_event("account", "opp-1"))
    with uow(write=False) as tx:
        assert tx.crm_events.of_entity(TENANT, "opportunity", "opp-1") == [early, late]
        assert tx.crm_events.of_opportunity(TENANT, "opp-1") == [early, quote, late]
        assert list(tx.crm_events.between(TENANT, NOON + HOUR, NOON + 2 * HOUR)) == [early, quote]
        assert list(tx.crm_events.between(TENANT, NOON, NOON + 3 * HOUR, kinds=["quote"])) == [quote]
        assert list(tx.crm_events.between(TENANT, NOON, NOON + 3 * HOUR, types=["quote.updated"])) == [quote]


def test_what_happened_to_a_record_at_an_instant_is_found_by_both(uow: UnitOfWorkFactory) -> None:
    wanted = [an_event(at=HOUR + timedelta(microseconds=1)), an_event("quote", "q-1", at=HOUR), an_event(at=2 * HOUR)]
    beside = [an_event(at=HOUR), an_event("quote", "q-1", at=2 * HOUR), an_event(entity_id="opp-2", at=2 * HOUR)]
    places = {(it.kind, it.entity_id, it.occurred_at) for it in wanted}
    with uow() as tx:
        tx.crm_events.add_all(TENANT, [*beside, *wanted])
        tx.crm_events.add(OTHER_TENANT, an_event(at=2 * HOUR))
    with uow(write=False) as tx:
        assert tx.crm_events.told_at(TENANT, places) == [wanted[1], wanted[0], wanted[2]]
        assert (
            tx.crm_events.told_at(TENANT, {*places, *(("lead", f"l-{i}", NOON) for i in range(2_500))})[0] == wanted[1]
        )
        assert tx.crm_events.told_at(TENANT, set()) == []


def test_many_are_stored_at_once_and_only_the_new_ones_count(uow: UnitOfWorkFactory) -> None:
    known, first, second = an_event(), an_event("quote", "q", opportunity_id="opp-1"), an_event(entity_id="opp-2")
    with uow() as tx:
        assert tx.crm_events.add_all(TENANT, []) == set()
        tx.crm_events.add(TENANT, known)
        assert tx.crm_events.add_all(TENANT, [second, known, first, second]) == {first.id, second.id}
        found = tx.crm_events.of_opportunities(TENANT, ["opp-1", "opp-2", "opp-3"])
    assert {it: {event.id for event in events} for it, events in found.items()} == {
        "opp-1": {known.id, first.id}, "opp-2": {second.id},
    }  # fmt: skip


def test_many_entities_are_held_and_put_at_once(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.entities.hold_all(TENANT, []) == {}
        tx.entities.put_all(TENANT, [])
        held = tx.entities.hold_all(TENANT, [("lead", "b"), ("account", "a"), ("lead", "a")])
        assert held["lead", "b"] == Entity("lead", "b")
        events = [an_event(kind, entity_id, owner_id="r") for kind, entity_id in held]
        tx.entities.put_all(TENANT, [apply(held[it.kind, it.entity_id], it) for it in events])
    with uow(write=False) as tx:
        assert [entity.id for entity in tx.entities.linked(TENANT, "lead", owner_id="r")] == ["a", "b"]
        assert tx.entities.get(TENANT, "account", "a") is not None


def test_many_events_of_one_moment_are_read_whole(uow: UnitOfWorkFactory) -> None:
    events = [an_event(at=HOUR) for _ in range(2_005)]
    with uow() as tx:
        tx.crm_events.add_all(TENANT, events)
    with uow(write=False) as tx:
        found = list(tx.crm_events.between(TENANT, NOON, NOON + 2 * HOUR))
    assert [event.id for event in found] == sorted(event.id for event in events)


def test_each_event_is_judged_once_and_in_order_of_arrival(uow: UnitOfWorkFactory) -> None:
    first, second = an_event(at=HOUR), an_event(at=2 * HOUR)
    with uow() as tx:
        tx.crm_events.add(OTHER_TENANT, second)
        tx.crm_events.add(TENANT, first)
        assert tx.crm_events.unjudged(10) == [(TENANT, first), (OTHER_TENANT, second)]
        assert tx.crm_events.unjudged(1) == [(TENANT, first)]
        tx.crm_events.judged(TENANT, [first.id, second.id], NOON)
    with uow() as tx:
        assert tx.crm_events.unjudged(10) == [(OTHER_TENANT, second)]


def test_an_entity_comes_back_with_its_lineage(uow: UnitOfWorkFactory) -> None:
    entity = replay(
        "opportunity", "opp-1", [an_event(stage="方案", budget={"cny": 5}), an_event(at=HOUR, stage="合同")]
    )
    with uow() as tx:
        assert tx.entities.get(TENANT, "opportunity", "opp-1") is None
        tx.entities.put(TENANT, entity)
    with uow(write=False) as tx:
        assert tx.entities.get(TENANT, "opportunity", "opp-1") == entity
        assert tx.entities.get(OTHER_TENANT, "opportunity", "opp-1") is None
        assert tx.entities.get(TENANT, "account", "opp-1") is None


def test_a_held_entity_is_empty_until_it_is_put(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        held = tx.entities.hold(TENANT, "lead", "l-1")
        assert held == Entity("lead", "l-1")
    with uow() as tx:
        assert tx.entities.get(TENANT, "lead", "l-1") is None
        assert tx.entities.of_kind(TENANT, "lead") == []
        changed = apply(tx.entities.hold(TENANT, "lead", "l-1"), an_event("lead", "l-1", state="new"))
        tx.entities.put(TENANT, changed)
        assert tx.entities.hold(TENANT, "lead", "l-1") == changed


def test_entities_are_listed_by_kind_and_by_what_they_name(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number, (account, owner) in enumerate([("a", "r1"), ("a", "r2"), ("b", "r1")]):
            event = an_event("quote", f"q-{number}", account_id=account, owner_id=owner, opportunity_id="o")
            tx.entities.put(TENANT, apply(Entity("quote", f"q-{number}"), event))
        tx.entities.put(OTHER_TENANT, apply(Entity("quote", "q-9"), an_event("quote", "q-9", account_id="a")))
    with uow(write=False) as tx:

        def ids(**wanted: str) -> list[str]:
            return [entity.id for entity in tx.entities.linked(TENANT, "quote", **wanted)]

        assert [entity.id for entity in tx.entities.of_kind(TENANT, "quote", limit=2)] == ["q-0", "q-1"]
        assert [entity.id for entity in tx.entities.of_kind(TENANT, "quote", after="q-1")] == ["q-2"]
        assert ids(account_id="a") == ["q-0", "q-1"]
        assert ids(owner_id="r1") == ["q-0", "q-2"]
        assert ids(account_id="a", owner_id="r1", opportunity_id="o") == ["q-0"]
        assert ids(opportunity_id="x") == []


def test_an_entity_that_names_a_rep_is_its_owners(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.entities.put(TENANT, apply(Entity("task", "t"), an_event("task", "t", rep_id="r7")))
        assert [entity.id for entity in tx.entities.linked(TENANT, "task", owner_id="r7")] == ["t"]


def test_a_source_keeps_its_secret_and_its_tenant(uow: UnitOfWorkFactory) -> None:
    source = a_source()
    with uow() as tx:
        tx.crm_sources.add(source)
        tx.crm_sources.add(a_source(2, OTHER_TENANT))
        assert tx.crm_sources.get(OTHER_TENANT, source.id) is None
        assert tx.crm_sources.find(source.id) == source
        assert tx.crm_sources.find(an_id("src", 9)) is None
        tx.crm_sources.seen(TENANT, source.id, NOON + HOUR)
        assert tx.crm_sources.page(TENANT, Page())[0].last_seen_at == NOON + HOUR
        assert tx.crm_sources.page(TENANT, Page(after=source.id)) == []
        assert not tx.crm_sources.remove(OTHER_TENANT, source.id)
        assert tx.crm_sources.remove(TENANT, source.id)
        assert tx.crm_sources.get(TENANT, source.id) is None


def a_decision(number: int = 1, key: str = "k", **changes: Any) -> Decision:
    values = {"kind": "stage", "subject": "opp-1", "decided_at": NOON, "data": {"frozen": ["合同"]}, **changes}
    return Decision(id=an_id("dcn", number), key=key, because=("cev_1",), **values)


def test_a_decision_is_taken_once_and_stays_on_the_record(uow: UnitOfWorkFactory) -> None:
    first, second = a_decision(1, "a"), a_decision(2, "b", decided_at=NOON + HOUR)
    with uow() as tx:
        assert tx.decisions.latest(TENANT, "stage", "opp-1") is None
        assert tx.decisions.add(TENANT, first)
        assert not tx.decisions.add(TENANT, a_decision(3, "a", data={}))
        assert tx.decisions.add(TENANT, second)
        assert tx.decisions.add(TENANT, a_decision(4, "a", subject="opp-2"))
        assert tx.decisions.add(OTHER_TENANT, a_decision(5, "a"))
    with uow(write=False) as tx:
        assert tx.decisions.latest(TENANT, "stage", "opp-1") == second
        assert tx.decisions.of(TENANT, "stage", subject="opp-1") == [second, first]
        assert tx.decisions.of(TENANT, "stage", since=NOON + HOUR) == [second]
        assert len(tx.decisions.of(TENANT, "stage", limit=2)) == 2
        latest = tx.decisions.latest_of(TENANT, "stage", ["opp-1", "opp-2", "opp-3"])
        assert {subject: found.id for subject, found in latest.items()} == {
            "opp-1": an_id("dcn", 2),
            "opp-2": an_id("dcn", 4),
        }
        assert tx.decisions.of(TENANT, "other") == []


def test_tenants_are_those_whose_crm_told_anything(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.entities.tenants() == []
        for tenant_id in (TENANT, OTHER_TENANT):
            for entity_id in ("a", "b"):
                tx.entities.put(tenant_id, apply(Entity("lead", entity_id), an_event("lead", entity_id, x=1)))
    with uow(write=False) as tx:
        assert tx.entities.tenants() == sorted([TENANT, OTHER_TENANT])


def test_of_each_record_the_newest_event_of_each_type_is_found(uow: UnitOfWorkFactory) -> None:
    old, new = an_event("quote", "q-1", verb="sent", at=-2 * HOUR), an_event("quote", "q-1", verb="sent", at=-HOUR)
    other = an_event("quote", "q-2", verb="sent", at=-3 * HOUR)
    refused, unasked = an_event("quote", "q-1", verb="rejected"), an_event("quote", "q-1", verb="updated")
    elsewhere = an_event("opportunity", "q-1", verb="sent", event_type="quote.sent", at=HOUR)
    with uow() as tx:
        tx.crm_events.add_all(TENANT, [refused, old, unasked, elsewhere, new, other])
        tx.crm_events.add(OTHER_TENANT, an_event("quote", "q-1", verb="sent"))
    asked = ("quote.sent", "quote.rejected")
    with uow(write=False) as tx:
        assert tx.crm_events.newest(TENANT, [("quote", "q-1"), ("quote", "q-2")], asked) == [other, new, refused]
        assert tx.crm_events.newest(TENANT, [("quote", "q-1"), ("opportunity", "q-1")], asked[:1]) == [new, elsewhere]
        assert tx.crm_events.newest(TENANT, [], asked) == tx.crm_events.newest(TENANT, [("quote", "q-1")], ()) == []


def test_two_events_of_one_moment_have_one_newest(uow: UnitOfWorkFactory) -> None:
    twins = sorted((an_event("quote", "q-1", verb="sent") for _ in range(2)), key=lambda event: event.id)
    with uow() as tx:
        tx.crm_events.add_all(TENANT, twins)
        assert tx.crm_events.newest(TENANT, [("quote", "q-1")], ["quote.sent"]) == twins[1:]


def test_an_accounts_records_are_itself_what_names_it_and_what_names_its_opportunities(uow: UnitOfWorkFactory) -> None:
    told = [
        an_event("account", "acc-1", name="恒屿"),
        an_event("opportunity", "opp-1", account_id="acc-1"),
        an_event("quote", "q-1", opportunity_id="opp-1"),
        an_event("payment", "p-1", opportunity_id="opp-1", account_id="acc-1"),
        an_event("task", "t-1", account_id="acc-1"),
        an_event("quote", "q-9", opportunity_id="opp-9"),
        an_event("opportunity", "acc-1", account_id="acc-9"),
        an_event("account", "acc-9"),
    ]
    with uow() as tx:
        for tenant, events in ((TENANT, told), (OTHER_TENANT, [an_event("quote", "q-8", account_id="acc-1")])):
            tx.entities.put_all(tenant, [apply(Entity(event.kind, event.entity_id), event) for event in events])
    with uow(write=False) as tx:
        found = tx.entities.of_account(TENANT, "acc-1", ("quote", "account", "payment", "opportunity"))
        quotes = tx.entities.of_account(TENANT, "acc-1", ("quote",))
    assert [(entity.kind, entity.id) for entity in found] == [
        ("account", "acc-1"), ("opportunity", "opp-1"), ("payment", "p-1"), ("quote", "q-1"),
    ]  # fmt: skip
    assert found[0].get("name") == "恒屿"
    assert [entity.id for entity in quotes] == ["q-1"]
