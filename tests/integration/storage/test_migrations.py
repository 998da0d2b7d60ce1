"""Migrations: up and down on both databases, equal to the tables in code, safe when two processes start at once."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, Select, func, inspect, select

from service.storage.engine import make_engine
from service.storage.migrate import current_revision, downgrade, upgrade
from service.storage.tables import metadata, stage_run
from tests.support.builders import NOON
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


def differences(engine: Engine) -> list[object]:
    """What Alembic would change; it cannot read a descending column back from SQLite, so that index is tested below."""

    def compared(_: object, name: str | None, *__: object) -> bool:
        return engine.dialect.name != "sqlite" or name != "ix_stage_run_due"

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": compared})
        return list(compare_metadata(context, metadata))


def test_the_migrated_schema_is_the_one_in_code(empty: Engine) -> None:
    upgrade(empty)

    assert differences(empty) == []


def test_what_goes_up_comes_down_and_goes_up_again(empty: Engine) -> None:
    assert current_revision(empty) is None
    upgrade(empty)
    newest = current_revision(empty)
    downgrade(empty, "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}
    upgrade(empty)

    assert current_revision(empty) == newest is not None


def test_a_long_queue_is_claimed_from_without_sorting_it(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    due = select(stage_run.c.id).where(stage_run.c.state == "queued", stage_run.c.queue == "asr")
    plan = plan_of(engine, due.order_by(stage_run.c.priority.desc(), stage_run.c.vtime, stage_run.c.id).limit(1))

    assert "ix_stage_run_due" in plan
    assert "TEMP B-TREE" not in plan


def test_what_ended_lately_is_counted_without_reading_what_ended_before(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    ended = stage_run.c.state == "succeeded", stage_run.c.queue == "asr", stage_run.c.heartbeat_at >= NOON
    plan = plan_of(engine, select(func.count()).select_from(stage_run).where(*ended, stage_run.c.stage != "canary"))

    assert "ix_stage_run_queue_state_heartbeat_at (queue=? AND state=? AND heartbeat_at>?)" in plan


def plan_of(engine: Engine, query: Select[Any]) -> str:
    text = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
    engine.dispose()
    return str(plan)


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
    assert differences(empty) == []
