"""One contract suite, four implementations: in memory, SQLite with its texts open and sealed, PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.adapters.key_ring import KeyRing
from service.adapters.text_vault import TextVault
from service.domain.ports import UnitOfWorkFactory
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.tables import metadata
from service.storage.unit_of_work import make_unit_of_work
from tests.support.fakes import FakeIds, MemoryDatabase
from tests.support.seal import SEAL
from tests.support.servers import postgres_database


@pytest.fixture(scope="module")
def postgres_engine() -> Iterator[Engine]:
    """One database for each test file, emptied for each test: creating one takes longer than most tests."""
    with postgres_database() as url:
        engine = make_engine(url)
        upgrade(engine)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["memory", "sqlite", "sealed", pytest.param("postgres", marks=pytest.mark.postgres)])
def uow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UnitOfWorkFactory]:
    if request.param == "memory":
        yield MemoryDatabase(FakeIds())
        return
    if request.param in ("sqlite", "sealed"):
        path = tmp_path / "contract.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        engine = make_engine(f"sqlite:///{path}")
        vault = TextVault(KeyRing(tmp_path / "keys", b"k" * 32)) if request.param == "sealed" else None
        yield make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL], seal=vault)
        engine.dispose()
        return
    engine = request.getfixturevalue("postgres_engine")
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete().execution_options(system="sweep"))
    yield make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A database to lay hands on behind the service's back."""
    path = tmp_path / "touched.db"
    shutil.copyfile(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()
