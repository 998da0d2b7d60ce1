"""Durability settings, the wall between tenants, errors in our words, sealed secrets, many writers at once."""

import os
import sqlite3
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, delete, event, exc, insert, select, text, update

from service.adapters.clock import SystemClock
from service.domain.errors import Conflict, Permanent, ServiceError, StorageFull, Unavailable
from service.domain.ports import UnitOfWorkFactory
from service.storage import tables
from service.storage.clock import DatabaseClock
from service.storage.engine import make_engine, verify_engine
from service.storage.migrate import upgrade
from service.storage.tables import metadata, stage_run, visit
from service.storage.tenancy import TenantMissing
from service.storage.unit_of_work import make_unit_of_work, to_domain, translated
from tests.support.builders import SECRET, TENANT, a_run, a_visit, an_endpoint, an_id
from tests.support.fakes import NOON, FakeClock, FakeIds
from tests.support.seal import SEAL


def test_what_was_committed_stays_committed(engine: Engine) -> None:
    verify_engine(engine)


def test_a_database_that_may_lose_commits_is_refused(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'unsafe.db'}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))

    with pytest.raises(Permanent, match="synchronous"):
        verify_engine(engine)
    engine.dispose()


UNFILTERED = {
    "select": select(visit),
    "other condition": select(visit).where(visit.c.id == "vis_1"),
    "update": update(stage_run).where(stage_run.c.id == "run_1").values(state="failed"),
    "delete": delete(visit),
    "inequality": select(visit).where(visit.c.tenant_id != TENANT),
    "column to column": select(visit).where(visit.c.tenant_id == visit.c.rep_id),
    "one of two joined": select(visit)
    .join(stage_run, stage_run.c.visit_id == visit.c.id)
    .where(visit.c.tenant_id == TENANT),
    "in a subquery": select(visit).where(visit.c.tenant_id == TENANT, visit.c.id.in_(select(stage_run.c.visit_id))),
    "an alias": select(visit.alias("v")),
    "inserted from": insert(visit).from_select(["id"], select(stage_run.c.id)),
    "textual": text("SELECT * FROM visit"),
    "unlisted system query": select(visit).execution_options(system="everything"),
}


@pytest.mark.parametrize("statement", UNFILTERED.values(), ids=UNFILTERED.keys())
def test_a_tenants_table_is_not_touched_without_its_tenant(engine: Engine, statement: object) -> None:
    with engine.connect() as connection, pytest.raises(TenantMissing):
        connection.execute(statement)  # type: ignore[call-overload]


def test_a_statement_that_names_the_tenant_of_every_table_runs(engine: Engine) -> None:
    joined = (
        select(visit)
        .join(stage_run, stage_run.c.visit_id == visit.c.id)
        .where(visit.c.tenant_id == TENANT, stage_run.c.tenant_id == TENANT)
    )
    with engine.connect() as connection:
        assert connection.execute(joined).all() == []


def test_every_table_with_a_tenant_is_behind_the_wall() -> None:
    outside = set(metadata.tables) - tables.TENANT_TABLES

    assert outside == {"fair_share", "robot", "tick"}


def test_secrets_are_sealed_and_open_with_an_older_key(engine: Engine) -> None:
    new = Fernet.generate_key()
    with make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])() as tx:
        tx.endpoints.add(an_endpoint())
    with engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT secrets_encrypted FROM webhook_endpoint").scalar_one()
    with make_unit_of_work(engine, ids=FakeIds(), secret_keys=[new, SEAL])() as tx:
        assert tx.endpoints.get(TENANT, an_id("whk")).secrets == (SECRET,)
    assert SECRET.encode() not in bytes(stored)

    def with_another_key() -> None:
        with make_unit_of_work(engine, ids=FakeIds(), secret_keys=[new])() as tx:
            tx.endpoints.get(TENANT, an_id("whk"))

    with pytest.raises(Permanent) as refused:
        with_another_key()
    assert refused.value.code == "secret_unreadable"


def test_erased_words_leave_the_sqlite_file(sqlite_url: str, tmp_path: Path) -> None:
    engine = make_engine(sqlite_url)
    uow = make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])
    with uow() as tx:
        tx.visits.add(a_visit(place="金丝雀饭店"))
    with engine.begin() as connection:
        connection.execute(delete(visit).where(visit.c.tenant_id == TENANT))
    engine.dispose()  # the last connection writes the log back into the file

    found = [path.name for path in tmp_path.iterdir() if path.is_file() and "金丝雀".encode() in path.read_bytes()]
    assert found == []


def test_writing_in_a_unit_that_promised_not_to_is_a_mistake(uow: UnitOfWorkFactory) -> None:
    def write() -> None:
        with uow(write=False) as tx:
            tx.visits.add(a_visit())

    with pytest.raises(exc.DBAPIError):
        write()


def test_readers_do_not_wait_for_the_writer(uow: UnitOfWorkFactory) -> None:
    with uow() as writer:
        writer.visits.add(a_visit())
        with uow(write=False) as reader:
            assert reader.visits.get(TENANT, an_id("vis")) is None


def test_parameters_stay_out_of_error_texts(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.visits.add(a_visit(place="金丝雀饭店"))

    def again() -> None:
        with uow() as tx:
            tx.visits.add(a_visit(place="金丝雀饭店"))

    with pytest.raises(Conflict) as refused:
        again()
    assert "金丝雀" not in str(refused.value) + str(refused.value.__cause__)


def test_a_database_that_is_not_there_is_unavailable() -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/none")
    uow = make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])

    def open_unit() -> None:
        with uow():
            pass

    with pytest.raises(Unavailable) as failed:
        open_unit()
    assert failed.value.fields["retry_after_s"] == 5


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exc.OperationalError("", {}, sqlite3.OperationalError("database or disk is full")), StorageFull),
        (exc.OperationalError("", {}, sqlite3.OperationalError("disk I/O error")), Unavailable),
        (exc.OperationalError("", {}, sqlite3.OperationalError("database is locked")), Unavailable),
        (exc.IntegrityError("", {}, sqlite3.IntegrityError("UNIQUE constraint failed")), Conflict),
        (exc.TimeoutError("pool"), Unavailable),
        (exc.InterfaceError("", {}, Exception("gone")), Unavailable),
        (exc.DBAPIError("", {}, Exception("cut"), connection_invalidated=True), Unavailable),
    ],
    ids=["full", "i/o", "locked", "unique", "pool", "interface", "cut"],
)
def test_errors_of_the_database_are_told_in_our_words(error: exc.SQLAlchemyError, kind: type[ServiceError]) -> None:
    with pytest.raises(kind), translated():
        raise error


def test_a_mistake_of_ours_stays_what_it_is() -> None:
    mistake = exc.ProgrammingError("", {}, Exception("no such table"))

    assert to_domain(mistake) is mistake


def test_naive_instants_are_refused(uow: UnitOfWorkFactory) -> None:
    def add() -> None:
        with uow() as tx:
            tx.visits.add(a_visit(visited_at=NOON.replace(tzinfo=None)))

    with pytest.raises((ValueError, exc.StatementError)):
        add()


def test_many_threads_claim_each_run_once(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 61):
            tx.runs.enqueue(a_run(number))
    claimed: list[str] = []

    def work(owner: str) -> None:
        while True:
            with uow() as tx:
                run = tx.runs.claim("asr", owner, NOON)
            if run is None:
                return
            claimed.append(run.id)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert Counter(claimed) == {an_id("run", number): 1 for number in range(1, 61)}


def test_a_due_moment_is_taken_by_one_of_many_threads(uow: UnitOfWorkFactory) -> None:
    taken: list[int] = []

    def take(moment: int) -> None:
        with uow() as tx:
            if tx.ticks.take("report", timedelta(seconds=10), FakeClock(NOON + timedelta(seconds=10 * moment)).now):
                taken.append(moment)

    for moment in range(10):
        threads = [threading.Thread(target=take, args=(moment,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    assert taken == list(range(10))


def test_hosts_with_wrong_clocks_agree_on_the_databases_time(engine: Engine) -> None:
    ahead = FakeClock(SystemClock().now() + timedelta(minutes=10))
    distance = DatabaseClock(engine, ahead).now() - SystemClock().now()
    own = timedelta(minutes=10) if engine.dialect.name == "sqlite" else timedelta(0)

    assert abs(distance - own) < timedelta(seconds=5)


def test_while_the_database_is_away_its_last_known_time_goes_on() -> None:
    clock = DatabaseClock(make_engine("postgresql://nobody@127.0.0.1:1/none"), FakeClock())

    assert clock.now() == NOON


def test_the_sqlite_file_is_whole_after_a_crash_of_its_writer(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    upgrade(engine)
    engine.dispose()
    child = os.fork()
    if child == 0:
        writer = make_engine(sqlite_url)
        with writer.begin() as connection:
            connection.execute(delete(visit).where(visit.c.tenant_id == TENANT))
            os.kill(os.getpid(), 9)
    os.waitpid(child, 0)

    reader = make_engine(sqlite_url)
    with reader.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    reader.dispose()
