"""Brings a database to the newest schema at start-up.

Invariant: all steps happen in one transaction under a lock, so a process killed in the middle leaves the old schema
and two processes that start at once migrate once.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, RootTransaction, exc

LOCK = 7_364_201_915  # any number, the same in all processes
SQLITE_PATIENCE_S = 60.0


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to `revision`; returns at once when it is there."""
    with _locked(engine) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take schema changes back to `revision` (`base`: all)."""
    with _locked(engine) as connection:
        command.downgrade(_config(connection), revision)


def current_revision(engine: Engine) -> str | None:
    """The schema's revision, None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The revision that this version of the code wants."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    with engine.execution_options(write=True).connect() as connection:
        transaction = _begin_patiently(connection)
        with transaction:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'")
                connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            yield connection


def _begin_patiently(connection: Connection) -> RootTransaction:
    deadline = time.monotonic() + SQLITE_PATIENCE_S
    while True:
        try:
            return connection.begin()
        except exc.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
