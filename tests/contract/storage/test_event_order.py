"""The pull cursor misses nothing: an event whose transaction commits late is behind no reader."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from service.domain.ports import UnitOfWorkFactory
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from tests.support.builders import OTHER_TENANT, TENANT, an_event, an_id
from tests.support.fakes import FakeIds
from tests.support.seal import SEAL
from tests.support.servers import postgres_database


@pytest.fixture
def postgres() -> Iterator[Engine]:
    with postgres_database() as url:
        engine = make_engine(url)
        upgrade(engine)
        yield engine
        engine.dispose()


def pull(uow: UnitOfWorkFactory, cursor: str | None) -> list[str]:
    with uow(write=False) as tx:
        return [event.id for event in tx.events.after(TENANT, cursor, 50)]


@pytest.mark.postgres
def test_an_older_event_that_commits_late_comes_after_the_newer_one(postgres: Engine) -> None:
    """Ids are made when work begins; the first to begin here is the last to commit."""
    uow = make_unit_of_work(postgres, ids=FakeIds(), secret_keys=[SEAL])
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        with uow() as tx:
            tx.visits.get(TENANT, "vis_1")  # its transaction is open
            begun.set()
            go_on.wait(10)
            tx.events.add(an_event(1))
        done.set()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(10)
    with uow() as tx:
        tx.events.add(an_event(2))
    seen = pull(uow, None)
    go_on.set()
    thread.join(10)

    assert done.is_set()
    assert seen == [an_id("evt", 2)]
    assert pull(uow, seen[-1]) == [an_id("evt", 1)]


@pytest.mark.postgres
def test_a_reader_between_two_open_writers_sees_no_gap(postgres: Engine) -> None:
    """The second writer gets no place before the first has one and is done: there is never a hole to step over."""
    uow = make_unit_of_work(postgres, ids=FakeIds(), secret_keys=[SEAL])
    added, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with uow() as tx:
            tx.events.add(an_event(1))
            added.set()
            go_on.wait(10)

    def second() -> None:
        with uow() as tx:
            tx.events.add(an_event(2))

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert added.wait(10)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    threads[1].join(0.3)
    between = pull(uow, None)
    with uow() as tx:  # another tenant's writer is not held up
        tx.events.add(an_event(3, tenant_id=OTHER_TENANT))
    go_on.set()
    for thread in threads:
        thread.join(10)

    assert between == []
    assert pull(uow, None) == [an_id("evt", 1), an_id("evt", 2)]


@pytest.mark.postgres
@pytest.mark.slow
def test_a_reader_that_keeps_pulling_misses_none_of_many_writers_events(postgres: Engine) -> None:
    uow = make_unit_of_work(postgres, ids=FakeIds(), secret_keys=[SEAL])
    numbers = iter(range(1, 10_000))
    lock = threading.Lock()
    stop = threading.Event()
    written: set[str] = set()

    def write() -> None:
        for _ in range(40):
            with lock:
                event = an_event(next(numbers))
            with uow() as tx:
                tx.events.add(event)
            written.add(event.id)

    read: list[str] = []

    def keep_pulling() -> None:
        while not stop.is_set():
            read.extend(pull(uow, read[-1] if read else None))

    reader = threading.Thread(target=keep_pulling)
    writers = [threading.Thread(target=write) for _ in range(5)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    stop.set()
    reader.join(10)
    read.extend(pull(uow, read[-1] if read else None))

    assert len(written) == 200
    assert sorted(read) == sorted(written)
