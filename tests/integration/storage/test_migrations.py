"""Migrations: up and down on both databases, equal to the tables in code, safe when two processes start at once."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from service.storage.engine import make_engine
from service.storage.migrate import current_revision, downgrade, upgrade
from service.storage.tables import metadata
from tests.support.servers import postgres_database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with postgres_database() as url:
        yield url


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_the_one_in_code(empty: Engine) -> None:
    upgrade(empty)

    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_goes_up_comes_down_and_goes_up_again(empty: Engine) -> None:
    assert current_revision(empty) is None
    upgrade(empty)
    newest = current_revision(empty)
    downgrade(empty, "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}
    upgrade(empty)

    assert current_revision(empty) == newest is not None


def test_upgrading_twice_changes_nothing(empty: Engine) -> None:
    upgrade(empty)
    upgrade(empty)

    assert set(metadata.tables) < set(inspect(empty).get_table_names())


def start(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()


def test_processes_that_start_at_once_migrate_once(empty_url: str, empty: Engine) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.runner_program"])
    processes = [context.Process(target=start, args=(empty_url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
