"""A phrase said everywhere stands in no table and no file: sealed at once, after a reseal, and under every new key."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, select, text

from service.adapters.key_ring import KeyRing
from service.domain.ports import UnitOfWorkFactory
from service.domain.privacy.rules import RETENTION_ID, default_retention
from service.storage.compact import compact
from service.storage.engine import make_engine
from service.storage.migrate import downgrade, upgrade
from service.storage.sealed import HALF_SEALED, OFTEN_EMPTY, SEALED, sealed_tables
from service.storage.subjects import DECIDED
from service.storage.tables import metadata
from tests.support.builders import OTHER_TENANT, TENANT, a_run, an_id
from tests.support.fakes import NOON
from tests.support.said_everywhere import say_everywhere
from tests.support.sealed_store import opened
from tests.support.servers import postgres_database

CANARY = "金丝雀九一四四"
THEIRS = "金丝雀五五二零"
SWEEP = {"system": "sweep"}
NEVER_COPIED = {"stage_checkpoint", "webhook_delivery", "webhook_attempt"}
"""Windows are the run's output again; what receivers answered is nobody's but theirs."""


def fill(uow: UnitOfWorkFactory, phrase: str = CANARY, tenant: str = TENANT, number: int = 1) -> None:
    with uow() as tx:
        tx.privacy.retention.put(default_retention(tenant, NOON))
        say_everywhere(tx, phrase, tenant=tenant, number=number)


def rows_of(engine: Engine, table: Table) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(select(table).execution_options(**SWEEP)).mappings().all()
    return [{str(name): value for name, value in row.items()} for row in found]


def says(value: object, phrase: str = CANARY) -> bool:
    told = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else repr(value)
    return phrase in told or phrase.encode("unicode_escape").decode() in told


def columns_with_it(engine: Engine, phrase: str = CANARY) -> set[tuple[str, str]]:
    return {
        (table.name, name)
        for table in metadata.sorted_tables
        for row in rows_of(engine, table)
        for name, value in row.items()
        if says(value, phrase)
    }


def collected(uow: UnitOfWorkFactory, tenant: str = TENANT, number: int = 1) -> list[str]:
    """All that copies for the visit, its account and its rep would show, without the order in which it comes."""
    visit_ids, found = [an_id("vis", number)], set()
    with uow(write=False) as tx:
        for kind, ref in (("visit", visit_ids[0]), ("account", "acc_hengtong"), ("person", "rep_lin")):
            rows = tx.privacy.subjects.collect(tenant, kind, ref, visit_ids)  # type: ignore[arg-type]
            found |= {json.dumps([name, row], ensure_ascii=False, sort_keys=True, default=str) for name, row in rows}
    return sorted(found)


def reseal(uow: UnitOfWorkFactory, tenant: str = TENANT) -> int:
    with uow() as tx:
        return tx.privacy.reseal(tenant, 1_000)


def plain_texts(uow: UnitOfWorkFactory, tenant: str = TENANT) -> int:
    with uow(write=False) as tx:
        return tx.privacy.aging.plain_texts(tenant)


YOUNGER = {"score_review"}
"""Sealed tables that version 0019 does not have: their rows go with them on the way there."""
EVERY_COLUMN = {(name, column) for name, columns in SEALED.items() for column in columns}


def test_the_phrase_is_said_in_every_column_that_is_sealed(engine: Engine) -> None:
    """Else what follows would prove nothing of the column that was left out."""
    fill(opened(engine, None))
    assert columns_with_it(engine) == EVERY_COLUMN


def test_sealed_as_it_comes_it_stands_in_no_table_and_no_file(engine: Engine, ring: KeyRing, tmp_path: Path) -> None:
    uow = opened(engine, ring)
    fill(uow)
    compact(engine)
    assert columns_with_it(engine) == set()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()] == []
    assert plain_texts(uow) == 0
    shown = {json.loads(row)[0] for row in collected(uow) if CANARY in row}
    assert shown == set(SEALED) - DECIDED - NEVER_COPIED, "whoever may read it reads it all the same"


def test_what_lay_open_reads_as_before_and_is_closed_by_the_chore(engine: Engine, ring: KeyRing) -> None:
    fill(opened(engine, None))
    uow, as_it_was = opened(engine, ring), collected(opened(engine, None))
    assert collected(uow) == as_it_was, "rows of an older version are read as they are"
    assert plain_texts(uow) == sum(len(rows_of(engine, table)) for table in sealed_tables())
    assert reseal(uow) > len(SEALED)
    assert columns_with_it(engine) == set()
    assert collected(uow) == as_it_was
    assert plain_texts(uow) == 0


def test_after_a_rotation_no_row_is_left_that_the_old_key_would_be_needed_for(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    before = collected(uow)
    new = ring.rotate(TENANT)
    reseal(uow)
    assert ring.forget(TENANT, but_newest=True) == 1
    assert {row["key_id"] for table in sealed_tables() for row in rows_of(engine, table)} == {new}
    assert collected(opened(engine, ring)) == before


def test_two_tenants_open_only_their_own(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    fill(uow)
    fill(uow, THEIRS, OTHER_TENANT, 2)
    assert not any(THEIRS in row for row in collected(uow))
    assert not any(CANARY in row for row in collected(uow, OTHER_TENANT, 2))
    assert reseal(uow, OTHER_TENANT) == reseal(uow) == 0
    ring.forget(TENANT)
    assert any(THEIRS in row for row in collected(opened(engine, ring), OTHER_TENANT, 2))
    with opened(engine, ring)(write=False) as tx:
        assert tx.privacy.retention.get(TENANT, RETENTION_ID) is not None, "decisions are nobody's words"


def test_switched_off_all_is_opened_for_an_older_version(engine: Engine, ring: KeyRing) -> None:
    fill(opened(engine, ring))
    older = [row for row in collected(opened(engine, ring)) if json.loads(row)[0] not in YOUNGER]
    reseal(opened(engine, ring, seal=False))
    assert columns_with_it(engine) == EVERY_COLUMN
    downgrade(engine, "0019")
    upgrade(engine)
    assert collected(opened(engine, None)) == older


def test_a_run_that_began_open_ends_open_and_is_closed_later(engine: Engine, ring: KeyRing) -> None:
    """An upgrade meets runs in progress: what they put out goes beside an open input, under no key."""
    with opened(engine, None)() as tx:
        tx.privacy.retention.put(default_retention(TENANT, NOON))
        tx.runs.enqueue(a_run(1, "transcribe", input={"decoded": CANARY}))
        claimed = tx.runs.claim("asr", "me", NOON)
    assert claimed is not None
    uow = opened(engine, ring)
    with uow() as tx:
        assert tx.runs.finish(claimed.id, claimed.fence, {"segments": [CANARY]})
    assert columns_with_it(engine) == {("stage_run", "input"), ("stage_run", "output")}
    assert reseal(uow) == 1
    assert columns_with_it(engine) == set()
    with uow(write=False) as tx:
        ended = tx.runs.get(TENANT, claimed.id)
        assert ended is not None
        assert (ended.input, ended.output) == ({"decoded": CANARY}, {"segments": [CANARY]})


def test_a_run_that_spans_a_rotation_keeps_one_key_until_it_is_resealed(engine: Engine, ring: KeyRing) -> None:
    uow = opened(engine, ring)
    with uow() as tx:
        tx.privacy.retention.put(default_retention(TENANT, NOON))
        tx.runs.enqueue(a_run(1, "transcribe", input={"decoded": CANARY}))
        claimed = tx.runs.claim("asr", "me", NOON)
    assert claimed is not None
    old, new = ring.newest(TENANT), ring.rotate(TENANT)
    with uow() as tx:
        assert tx.runs.finish(claimed.id, claimed.fence, {"segments": [CANARY]})
    (row,) = rows_of(engine, metadata.tables["stage_run"])
    assert row["key_id"] == old
    assert f":{old}:" in str(row["input"])
    assert f":{old}:" in str(row["output"])
    assert reseal(uow) == 1
    (row,) = rows_of(engine, metadata.tables["stage_run"])
    assert row["key_id"] == new
    assert not any(f":{old}:" in str(value) for value in row.values())


def test_rows_sealed_before_one_more_column_was_are_next_in_line(engine: Engine, ring: KeyRing) -> None:
    """The migration: titles of alerts and what was dropped from transcripts lay open beside sealed columns."""
    uow = opened(engine, ring)
    fill(uow)
    before = collected(uow)
    alert, transcript = metadata.tables["alert"], metadata.tables["transcript"]
    with engine.begin() as connection:
        connection.execute(alert.update().where(alert.c.tenant_id == TENANT).values(title=CANARY))
        was_open = transcript.update().where(transcript.c.tenant_id == TENANT).values(engine={"dropped": [CANARY]})
        connection.execute(was_open)
        for table in (alert, transcript):  # as migration 0020 leaves them
            connection.execute(table.update().where(table.c.tenant_id == TENANT).values(key_id=HALF_SEALED))
    assert collected(uow) == before, "half open, they read as ever"
    assert plain_texts(uow) == 2
    assert reseal(uow) == 2
    assert (columns_with_it(engine), plain_texts(uow)) == (set(), 0)
    assert collected(uow) == before


OLD_CONSENTS = {
    1: ({"expires_at": "2026-03-09T02:00:00Z"}, datetime(2026, 3, 9, 2, tzinfo=UTC)),
    2: ({"expires_at": "2026-03-09T10:00:00+08:00"}, datetime(2026, 3, 9, 2, tzinfo=UTC)),
    3: ({"expires_at": "2026-03-09T02:00:00Z", "withdrawn_at": "2026-03-02T02:00:00Z"}, None),
    4: ({}, None),
    5: (None, None),
}


def test_the_migration_notes_when_old_consents_end_and_marks_what_is_half_sealed(engine: Engine) -> None:
    downgrade(engine, "0019")
    given = {"basis": "consent", "method": "verbal", "given_at": "2026-03-01T02:00:00Z"}
    added = text(
        "INSERT INTO visit (id, tenant_id, rep_id, account_id, visited_at, created_at, industry, channel, stage, place,"
        " timezone, competitors, consent) VALUES (:id, :tenant, 'r', 'a', '2026-03-01 02:00:00',"
        " '2026-03-01 02:00:00', '', '', '', '', 'Asia/Shanghai', '[]', :consent)"
    ).execution_options(**SWEEP)
    with engine.execution_options(write=True).begin() as connection:
        for number, (more, _) in OLD_CONSENTS.items():
            consent = None if more is None else json.dumps({**given, **more})
            connection.execute(added, {"id": an_id("vis", number), "tenant": TENANT, "consent": consent})
    upgrade(engine)
    ends = {row["id"]: row["consent_until"] for row in rows_of(engine, metadata.tables["visit"])}
    assert ends == {an_id("vis", number): until for number, (_, until) in OLD_CONSENTS.items()}
    with opened(engine, None)(write=False) as tx:
        ended = tx.privacy.aging.consents_ended(TENANT, datetime(2026, 3, 9, 2, tzinfo=UTC), after="", limit=9)
        early = tx.privacy.aging.consents_ended(TENANT, datetime(2026, 3, 9, tzinfo=UTC), after="", limit=9)
    assert (ended, early) == ([an_id("vis", 1), an_id("vis", 2)], [])


def test_tables_that_are_mostly_empty_are_not_counted_where_they_hold_nothing(engine: Engine, ring: KeyRing) -> None:
    fill(opened(engine, None))
    with engine.begin() as connection:
        for name, column in OFTEN_EMPTY.items():
            table = metadata.tables[name]
            empty = None if table.c[column].nullable else ""
            connection.execute(table.update().where(table.c.tenant_id == TENANT).values({column: empty}))
    reseal(opened(engine, ring))
    keys = {name: {row["key_id"] for row in rows_of(engine, metadata.tables[name])} for name in OFTEN_EMPTY}
    assert keys == {name: {""} for name in OFTEN_EMPTY}
    assert plain_texts(opened(engine, ring)) == 0


@pytest.mark.postgres
def test_a_run_that_ends_while_it_is_to_be_resealed_keeps_what_it_put_out(ring: KeyRing) -> None:
    """SQLite has one writer; on PostgreSQL the chore must not write what it read before over what came since."""
    with postgres_database() as url:
        made = make_engine(url)
        upgrade(made)
        uow = opened(made, ring)
        with uow() as tx:
            tx.privacy.retention.put(default_retention(TENANT, NOON))
            tx.runs.enqueue(a_run(1, "transcribe", input={"decoded": CANARY}))
            claimed = tx.runs.claim("asr", "me", NOON)
        assert claimed is not None
        new = ring.rotate(TENANT)
        with uow() as tx:
            assert tx.runs.finish(claimed.id, claimed.fence, {"segments": [CANARY]})
            assert reseal(uow) == 0, "it is held: next time"
        assert reseal(uow) == 1
        (row,) = rows_of(made, metadata.tables["stage_run"])
        assert row["key_id"] == new
        with uow(write=False) as tx:
            ended = tx.runs.get(TENANT, claimed.id)
        made.dispose()
    assert ended is not None
    assert (ended.state, ended.output) == ("succeeded", {"segments": [CANARY]})
