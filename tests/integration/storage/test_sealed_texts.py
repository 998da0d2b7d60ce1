"""What was said is closed in the database and works as before: read, searched, copied, erased; keys change and go."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, select, update

from service.adapters.key_ring import KeyRing
from service.adapters.sealing import SealBroken
from service.domain.coaching.observations import ObservationRow
from service.domain.ports import UnitOfWorkFactory
from service.domain.privacy.ports import PrivacyStore
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.sealed import KEY_ID, SEALED, sealed_tables
from service.storage.tables import metadata, transcript
from service.usecases.privacy.privacy_chores import seal_texts
from service.usecases.services import Services
from tests.support.builders import (
    OTHER_TENANT,
    TENANT,
    a_transcript,
    a_transcript_record,
    a_visit,
    an_analysis_record,
    an_id,
)
from tests.support.fakes import NOON
from tests.support.sealed_store import opened
from tests.support.servers import postgres_database
from tests.support.service import services_over
from tests.support.shelf import shipped_content

CANARY = "金丝雀二二七五"
VISIT = an_id("vis")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | Path]:
    if request.param == "postgres":
        with postgres_database() as url:
            made = make_engine(url)
            upgrade(made)
            made.dispose()
            yield url
        return
    path = tmp_path_factory.mktemp("sealed") / "template.db"
    made = make_engine(f"sqlite:///{path}")
    upgrade(made)
    made.dispose()
    yield path


@pytest.fixture
def engine(template: str | Path, tmp_path: Path) -> Iterator[Engine]:
    if isinstance(template, Path):
        shutil.copyfile(template, tmp_path / "sealed.db")
    made = make_engine(template if isinstance(template, str) else f"sqlite:///{tmp_path / 'sealed.db'}")
    yield made
    if isinstance(template, str):
        with made.begin() as connection:
            for table in (*sealed_tables(), metadata.tables["visit"]):
                connection.execute(table.delete().execution_options(system="sweep"))
    made.dispose()


def house(uow: UnitOfWorkFactory) -> Services:
    return services_over(content=shipped_content(), uow=uow)


def fill(uow: UnitOfWorkFactory, *, tenant: str = TENANT, number: int = 1) -> None:
    visit_id = an_id("vis", number)
    written = an_analysis_record(visit_id=visit_id, tenant_id=tenant, coaching={"hints": [CANARY]})
    finding = replace(written.analysis.findings[0], quote=CANARY)
    analysis = replace(written.analysis, findings=(finding,))
    said = a_transcript_record(visit_id=visit_id, tenant_id=tenant, transcript=a_transcript(CANARY))
    seen = ObservationRow(f"obs_{number}", tenant, NOON, visit_id, "rep_lin", "acc_hengtong", "discovery", "r", CANARY,
                          1, 1.0, "talk", 0, CANARY)  # fmt: skip
    with uow() as tx:
        tx.visits.add(a_visit(id=visit_id, tenant_id=tenant, external_id=None))
        tx.transcripts.put(said)
        tx.analyses.put(replace(written, analysis=analysis))
        tx.coaching.observations.put(seen)


def read(uow: UnitOfWorkFactory, *, tenant: str = TENANT, number: int = 1) -> list[object]:
    """Everything that a reader gets, by every way there is."""
    visit_id = an_id("vis", number)
    with uow(write=False) as tx:
        return [
            tx.transcripts.latest(tenant, visit_id),
            tx.analyses.latest(tenant, visit_id),
            tx.visits.history(tenant, before=NOON + timedelta(days=900), limit=5),
            tx.coaching.observations.find(tenant),
            sorted((name, row["key_id"] if KEY_ID in row else "", str(row))
                   for name, row in tx.privacy.subjects.collect(tenant, "visit", visit_id, [visit_id])),
        ]  # fmt: skip


def key_ids(engine: Engine, tenant: str = TENANT) -> set[str]:
    with engine.connect() as connection:
        return {
            key
            for table in sealed_tables()
            for key in connection.execute(select(table.c.key_id).where(table.c.tenant_id == tenant)).scalars()
        }


def tables_with_it(engine: Engine) -> list[str]:
    forms = (CANARY, CANARY.encode("unicode_escape").decode())
    with engine.connect() as connection:
        rows = {table.name: repr(connection.execute(select(table).execution_options(system="sweep")).all())
                for table in metadata.sorted_tables}  # fmt: skip
    return [name for name, text in rows.items() if any(form in text for form in forms)]


def test_what_is_closed_reads_as_if_it_were_open_and_stands_nowhere(engine: Engine, ring: KeyRing) -> None:
    plain, sealed = opened(engine, None), opened(engine, ring)
    fill(plain)
    as_it_was = read(plain)
    assert {"transcript", "analysis", "skill_observation"} <= set(tables_with_it(engine))
    with sealed() as tx:
        assert reseal(tx.privacy) == 4, "the visit and its three texts"
    assert tables_with_it(engine) == []
    assert read(sealed) == as_it_was


def reseal(privacy: PrivacyStore, tenant: str = TENANT) -> int:
    return privacy.reseal(tenant, 100)


def test_new_rows_are_closed_as_they_come_and_another_tenants_with_another_key(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    fill(uow, tenant=OTHER_TENANT, number=2)
    assert tables_with_it(engine) == []
    assert key_ids(engine) == {ring.newest(TENANT)}
    assert key_ids(engine, OTHER_TENANT) == {ring.newest(OTHER_TENANT)}
    with uow(write=False) as tx:
        assert (tx.privacy.aging.plain_texts(TENANT), tx.privacy.aging.plain_texts("nobody")) == (0, 0)


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_the_last_mention_of_a_topic_is_found_closed_or_not(engine: Engine, ring: KeyRing, closed: bool) -> None:
    uow = opened(engine, ring if closed else None)
    fill(uow)
    code = an_analysis_record().analysis.findings[0].code
    before = NOON + timedelta(days=900)
    with uow(write=False) as tx:
        assert [row.visit_id for row in tx.visits.history(TENANT, before=before, limit=5, about=code)] == [VISIT]
        assert tx.visits.history(TENANT, before=before, limit=5, about=code[:-1]) == []
        assert tx.visits.history(TENANT, before=before, limit=5, about="%") == []


def test_a_row_of_an_older_version_is_found_before_and_after_it_is_closed(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(opened(engine, None))
    analysis = metadata.tables["analysis"]
    with engine.begin() as connection:
        connection.execute(update(analysis).where(analysis.c.tenant_id == TENANT).values(codes=""))
    code, before = an_analysis_record().analysis.findings[0].code, NOON + timedelta(days=900)
    for _ in ("open", "closed"):
        with uow() as tx:
            assert len(tx.visits.history(TENANT, before=before, limit=5, about=code)) == 1
            (labelled,) = tx.visits.labelled(TENANT, since=before - timedelta(days=2_000), until=before)
            assert code in labelled.codes
            reseal(tx.privacy)


def test_coaching_that_comes_later_is_closed_with_its_analysis(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    with uow() as tx:
        tx.analyses.add_coaching(TENANT, VISIT, 1, {"hints": [CANARY, CANARY]})
        tx.analyses.add_coaching(TENANT, VISIT, 7, {"hints": []})
    assert tables_with_it(engine) == []
    with uow(write=False) as tx:
        found = tx.analyses.latest(TENANT, VISIT)
    assert found is not None
    assert found.coaching == {"hints": [CANARY, CANARY]}


def test_after_a_rotation_everything_goes_over_to_the_new_key_and_the_old_one_may_go(
    engine: Engine, ring: KeyRing
) -> None:
    uow = opened(engine, ring)
    for number in range(1, 6):
        fill(uow, number=number)
    old, before = ring.newest(TENANT), read(uow, number=3)
    new = ring.rotate(TENANT)
    fill(uow, number=6)
    assert key_ids(engine) == {old, new}
    assert seal_texts(house(uow), at_most=4) >= 4, "a tick does so much and no more"
    assert key_ids(engine) == {old, new} or key_ids(engine) == {new}
    seal_texts(house(uow))
    assert key_ids(engine) == {new}
    assert seal_texts(house(uow)) == 0
    assert ring.forget(TENANT, but_newest=True) == 1
    again = read(uow, number=3)
    assert again[0] == before[0]
    assert again[1] == before[1]


def test_a_tenant_whose_keys_were_destroyed_is_read_nowhere_any_more(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    fill(uow, tenant=OTHER_TENANT, number=2)
    read(uow)
    ring.forget(TENANT)
    with uow(write=False) as tx, pytest.raises(SealBroken, match="key of a stored text is gone"):
        tx.transcripts.latest(TENANT, VISIT)
    assert read(uow, tenant=OTHER_TENANT, number=2)[0] is not None


def touch(engine: Engine, table: Table, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(update(table).where(table.c.tenant_id == TENANT).values(**values))


def test_a_text_put_in_anothers_place_does_not_open(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    touch(engine, transcript, version=9)
    with uow(write=False) as tx, pytest.raises(SealBroken, match="changed or moved"):
        tx.transcripts.latest(TENANT, VISIT)
    with uow(write=False) as tx:
        assert tx.analyses.latest(TENANT, VISIT) is not None


def test_switched_off_what_is_closed_still_opens_and_what_is_new_stays_open(engine: Engine, ring: KeyRing) -> None:
    fill(opened(engine, ring))
    off = opened(engine, ring, seal=False)
    fill(off, number=2)
    assert read(off, number=1)[0] is not None
    assert key_ids(engine) == {"", ring.newest(TENANT)}
    before = read(off)
    with off() as tx:
        assert tx.privacy.aging.plain_texts(TENANT) == 4
        assert reseal(tx.privacy) == 4, "an older version of the service must be able to read them"
        assert (reseal(tx.privacy), tx.privacy.aging.plain_texts(TENANT)) == (0, 8)
    assert read(opened(engine, None)) == before


def test_every_table_that_is_closed_can_say_by_which_key() -> None:
    for table in sealed_tables():
        assert {"tenant_id", "key_id"} <= set(table.c.keys())
        assert set(SEALED[table.name]) <= set(table.c.keys()), table.name
        indexed = [[column.name for column in index.columns] for index in table.indexes]
        assert ["tenant_id", "key_id"] in indexed, "the chore must not read whole tables"
