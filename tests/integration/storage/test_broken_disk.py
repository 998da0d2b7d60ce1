"""P7: whichever write of a transaction the disk under SQLite breaks, it is refused whole and can be had again."""

from dataclasses import dataclass, field

import pytest

from service.domain.errors import ServiceError
from service.domain.ports import UnitOfWorkFactory
from service.storage.compact import compact
from service.storage.engine import make_engine
from service.storage.unit_of_work import make_unit_of_work
from tests.proofs.commits import missing
from tests.support.broken_disk import in_own_process, writable_below
from tests.support.builders import a_run, a_visit, an_id
from tests.support.fakes import FakeIds
from tests.support.seal import SEAL

HEAD, FRAME = 32, 24 + 4096  # of SQLite's write-ahead log, in bytes
MOST_FRAMES = 80  # a transaction of more has lost its end
PAGE = 4096


@dataclass
class Seen:
    """What one process saw."""

    codes: list[str] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)


def write(uow: UnitOfWorkFactory, number: int) -> None:
    with uow() as tx:
        tx.visits.add(a_visit(number, place="骆主任的诊室" * 1_000))
        tx.runs.enqueue(a_run(number, visit_id=an_id("vis", number), recording_id=None))


def break_each_write_of_the_log(url: str) -> Seen:
    engine = make_engine(url)
    uow = make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])
    seen = Seen()
    for frames in range(MOST_FRAMES):
        number = frames + 1
        assert compact(engine)
        try:
            with writable_below(HEAD + frames * FRAME - 1):
                write(uow, number)
        except ServiceError as error:
            seen.codes.append(error.code)
            assert missing(url, seen.confirmed) == (set(), len(seen.confirmed), [])
            write(uow, number)  # the same once more, on a disk that is whole again
            seen.confirmed.append(number)
        else:
            seen.confirmed.append(number)
            break
    engine.dispose()
    return seen


def keep_the_log_from_the_file(url: str) -> Seen:
    engine = make_engine(url)
    uow = make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])
    seen = Seen()
    for number in range(1, 9):
        write(uow, number)
        seen.confirmed.append(number)
        with writable_below(PAGE):
            assert not compact(engine)
    engine.dispose()
    return seen


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


def test_whichever_write_of_the_log_fails_the_transaction_is_refused_whole_and_taken_afterwards(url: str) -> None:
    seen = in_own_process(break_each_write_of_the_log, url)

    assert set(seen.codes) == {"database_unavailable"}
    assert 3 < len(seen.codes) < MOST_FRAMES - 1
    assert missing(url, seen.confirmed) == (set(), len(seen.confirmed), [])


def test_what_was_confirmed_stays_though_the_log_cannot_be_brought_into_the_file(url: str) -> None:
    seen = in_own_process(keep_the_log_from_the_file, url)

    assert missing(url, seen.confirmed) == (set(), len(seen.confirmed), [])
