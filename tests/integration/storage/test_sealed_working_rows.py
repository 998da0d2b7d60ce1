"""What the CRM told, what rules made of it, and windows of a recording: closed in the database, read as before."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from service.adapters.key_ring import KeyRing
from service.adapters.sealing import SealBroken
from service.domain.crm.entities import Entity, apply
from service.domain.playbooks.timeline import Fact
from service.domain.ports import UnitOfWorkFactory
from service.domain.records import Page
from service.storage.migrate import downgrade, upgrade
from service.storage.tables import metadata, stage_checkpoint, stage_run
from tests.support.builders import OTHER_TENANT, TENANT, a_run, a_visit, an_id
from tests.support.crm import an_event
from tests.support.fakes import NOON
from tests.support.owned_playbooks import an_alert
from tests.support.sealed_store import opened

CANARY = "金丝雀六六零三"
OPPORTUNITY = ("opportunity", "o1")
SEALED_HERE = {"crm_event": 1, "crm_entity": 1, "playbook_link": 1, "alert": 1, "stage_checkpoint": 1}
BESIDE = {"visit", "stage_run"}
"""Rows of theirs that are sealed, too, and do not say the phrase here; see `test_sealed_everywhere`."""
EVENT = replace(an_event(note=CANARY), kind="opportunity", entity_id="o1")
PROOF = {"visit_id": an_id("vis"), "quote": CANARY}


def fill(uow: UnitOfWorkFactory, tenant: str = TENANT) -> None:
    """An event with its entity and link, a fact of a visit, an alert that quotes it, and a window of a recording."""
    said = Fact("fact_said", NOON, "visit.said", "opportunity", "o1", {"quote": CANARY}, an_id("vis"))
    told = Fact(EVENT.id, NOON, EVENT.type, "opportunity", "o1", dict(EVENT.data), None)
    number = 1 if tenant == TENANT else 2
    with uow() as tx:
        tx.visits.add(a_visit(number, tenant_id=tenant))
        tx.crm_events.add(tenant, EVENT)
        tx.entities.put(tenant, apply(Entity("opportunity", "o1"), EVENT))
        for fact in (said, told):
            tx.playbooks.links.put(tenant, fact, frozenset({OPPORTUNITY}))
        alert = an_alert(number, tenant_id=tenant, text=CANARY, evidence=[PROOF], steps=[{"text": CANARY}],
                         log=[{"note": CANARY}], due_at=NOON)  # fmt: skip
        assert tx.playbooks.alerts.add(alert)
        assert not tx.playbooks.alerts.add(alert)
        tx.runs.enqueue(a_run(number, "transcribe", tenant_id=tenant, visit_id=an_id("vis", number)))
        claimed = tx.runs.claim("asr", "me", NOON)
        assert claimed is not None
        assert tx.runs.checkpoint(claimed.id, claimed.fence, "0", {"segments": ["另一句"]})
        assert tx.runs.checkpoint(claimed.id, claimed.fence, "0", {"segments": [CANARY]})


def read(uow: UnitOfWorkFactory) -> list[object]:
    """Everything that a reader gets, by every way there is."""
    until = NOON + timedelta(days=9)
    with uow() as tx:
        events, links, alerts = tx.crm_events, tx.playbooks.links, tx.playbooks.alerts
        return [
            events.get(TENANT, EVENT.id),
            events.of_entity(TENANT, "opportunity", "o1"),
            list(events.between(TENANT, NOON - timedelta(days=900), until)),
            events.unjudged(9, tenant_id=TENANT),
            tx.entities.get(TENANT, "opportunity", "o1"),
            tx.entities.of_kind(TENANT, "opportunity"),
            tx.entities.hold(TENANT, "opportunity", "o1"),
            links.facts(TENANT, OPPORTUNITY),
            links.of_visits(TENANT, OPPORTUNITY),
            list(links.of_subjects(TENANT, "opportunity", "a", "z", until)),
            alerts.get(TENANT, an_alert().id),
            alerts.of_subject(TENANT, OPPORTUNITY),
            alerts.page(TENANT, Page(), rule_id="own_rule"),
            alerts.claim_due(NOON, tenant_id=TENANT),
            tx.runs.checkpoints(a_run().id),
            sorted(str(row) for _, row in tx.privacy.subjects.collect(TENANT, "tenant", "all", [an_id("vis")])),
        ]


def tables_with_it(engine: Engine) -> set[str]:
    forms = (CANARY, CANARY.encode("unicode_escape").decode())
    with engine.connect() as connection:
        rows = {table.name: repr(connection.execute(select(table).execution_options(system="sweep")).all())
                for table in metadata.sorted_tables}  # fmt: skip
    return {name for name, told in rows.items() if any(form in told for form in forms)}


def key_ids(engine: Engine, tenant: str = TENANT) -> set[str]:
    """Keys of the rows that hold something of their own."""
    found: set[str] = set()
    with engine.connect() as connection:
        for name in (*SEALED_HERE, *BESIDE):
            table = metadata.tables[name]
            query = select(table.c.key_id).where(table.c.tenant_id == tenant)
            query = query.where(table.c.visit_id.is_not(None)) if name == "playbook_link" else query
            found |= set(connection.execute(query).scalars())
    return found


def test_what_lies_plain_is_closed_and_reads_as_before(engine: Engine, ring: KeyRing) -> None:
    plain, sealed = opened(engine, None), opened(engine, ring)
    fill(plain)
    as_it_was = read(plain)
    assert tables_with_it(engine) == set(SEALED_HERE)
    with sealed() as tx:
        assert tx.privacy.aging.plain_texts(TENANT) == len(SEALED_HERE) + len(BESIDE)
        assert tx.privacy.reseal(TENANT, 100) == len(SEALED_HERE) + len(BESIDE)
        assert tx.privacy.reseal(TENANT, 100) == 0
        assert tx.privacy.aging.plain_texts(TENANT) == 0
    assert tables_with_it(engine) == set()
    assert read(sealed) == as_it_was


def test_new_rows_are_closed_as_they_come_under_their_tenants_own_key(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    fill(uow, OTHER_TENANT)
    assert tables_with_it(engine) == set()
    assert (key_ids(engine), key_ids(engine, OTHER_TENANT)) == ({ring.newest(TENANT)}, {ring.newest(OTHER_TENANT)})


def test_after_a_rotation_all_goes_over_and_the_old_key_may_go(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    before, old = read(uow), ring.newest(TENANT)
    new = ring.rotate(TENANT)
    with uow() as tx:
        alert = tx.playbooks.alerts.get(TENANT, an_alert().id)
        assert alert is not None
        tx.playbooks.alerts.update(replace(alert, step=1))  # written between: under the new key at once
    assert key_ids(engine) == {old, new}
    with uow() as tx:
        assert tx.privacy.reseal(TENANT, 100) == len(SEALED_HERE) + len(BESIDE) - 1
        tx.playbooks.alerts.update(alert)
    assert ring.forget(TENANT, but_newest=True) == 1
    assert key_ids(engine) == {new}
    assert read(uow) == before


def test_switched_off_all_is_opened_again(engine: Engine, ring: KeyRing) -> None:
    fill(opened(engine, ring))
    before = read(opened(engine, ring))
    with opened(engine, ring, seal=False)() as tx:
        assert tx.privacy.reseal(TENANT, 100) == len(SEALED_HERE) + len(BESIDE)
    assert key_ids(engine) == {""}
    assert read(opened(engine, None)) == before


def test_an_erased_visit_leaves_no_word_and_the_alert_without_its_quote(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    with uow() as tx:
        tx.erasure.erase_words(TENANT, an_id("vis"), code="consent_withdrawn")
    with uow(write=False) as tx:
        alert = tx.playbooks.alerts.get(TENANT, an_alert().id)
        assert alert is not None
        assert (alert.text, alert.evidence, alert.steps) == ("", [], [])
        assert [fact.id for fact in tx.playbooks.links.facts(TENANT, OPPORTUNITY)] == [EVENT.id]
        assert tx.runs.checkpoints(a_run().id) == {}


def test_a_row_put_in_anothers_place_does_not_open(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    event = metadata.tables["crm_event"]
    with engine.begin() as connection:
        connection.execute(update(event).where(event.c.tenant_id == TENANT).values(id="cev_another"))
    with uow(write=False) as tx, pytest.raises(SealBroken, match="changed or moved"):
        tx.crm_events.get(TENANT, "cev_another")


def test_windows_that_an_older_version_stored_find_their_tenant(engine: Engine) -> None:
    fill(opened(engine, None))
    downgrade(engine, "0018")
    upgrade(engine)
    with engine.connect() as connection:
        of_run = select(stage_run.c.tenant_id).where(stage_run.c.id == a_run().id).execution_options(system="sweep")
        query = select(stage_checkpoint.c.tenant_id).execution_options(system="sweep")
        assert connection.execute(query).scalars().all() == [connection.execute(of_run).scalar_one()] == [TENANT]
    with opened(engine, None)(write=False) as tx:
        assert tx.runs.checkpoints(a_run().id) == {"0": {"segments": [CANARY]}}
