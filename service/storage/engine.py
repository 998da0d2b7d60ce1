"""Engines set up so that what was committed stays committed, on both databases.

Invariant: every SQLite transaction begins explicitly (IMMEDIATE when it writes), with write-ahead log and full
synchronisation; every PostgreSQL session has time limits. `verify_engine` reads the settings back.
Source: the event recipe is the one SQLAlchemy documents for SQLite; numbers in the design's database section.
"""

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from service.domain.errors import Permanent
from service.storage import tenancy
from service.storage.columns import dump_json

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a commit survives a power cut
    "busy_timeout": 5000,
    "foreign_keys": 1,
    "wal_autocheckpoint": 1000,
    "secure_delete": 1,  # erased words are overwritten, not only unlinked
}
POSTGRES_OPTIONS = (
    "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
)


def make_engine(url: str, *, pool_size: int = 12) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`, guarded against queries without a tenant.

    Args:
        pool_size: connections this process may hold; a request that gets none for 5 s fails as Unavailable.
    """
    parsed = make_url(url)
    make = _sqlite if parsed.get_backend_name() == "sqlite" else _postgres
    engine = make(parsed, pool_size)
    tenancy.guard(engine)
    return engine


def _sqlite(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url, json_serializer=dump_json, pool_size=pool_size, max_overflow=0, pool_timeout=5, hide_parameters=True
    )
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(dbapi_connection: sqlite3.Connection, _record: object) -> None:
    dbapi_connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_PRAGMAS['busy_timeout']}")  # first: the others may have to wait
    for name, value in SQLITE_PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}={value}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("write", True)
    connection.exec_driver_sql(f"PRAGMA query_only={0 if writes else 1}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres(url: URL, pool_size: int) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        json_serializer=dump_json,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # what people said must not reach a log through an error message
        connect_args={"options": POSTGRES_OPTIONS, "connect_timeout": 5},
    )


def verify_engine(engine: Engine) -> None:
    """Refuse to start on a database that may lose what it has confirmed.

    Raises:
        Permanent: `code="database_unsafe"`, naming the setting and what it must be.
    """
    wanted: dict[str, Any]
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            wanted = SQLITE_PRAGMAS
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
        else:
            wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
            found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in wanted}
    for name, value in wanted.items():
        if found[name] != value:
            raise Permanent(f"database setting {name} is {found[name]!r} and must be {value!r}", code="database_unsafe")
