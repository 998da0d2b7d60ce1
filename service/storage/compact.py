"""Takes freed pages out of the files: what was erased must not be read back from a log or a dead row.

SQLite overwrites freed pages itself (`secure_delete`), but its write-ahead log keeps the pages as they were; PostgreSQL
keeps dead rows until they are vacuumed.
"""

import sqlite3

import structlog
from sqlalchemy import Engine, exc

from service.storage import tables  # noqa: F401 - every table must be known before they are counted
from service.storage.metadata import metadata

log = structlog.get_logger(__name__)


def compact(engine: Engine, *, vacuum: bool = True) -> bool:
    """Empty the log or the dead rows now; False where a reader or the disk was in the way: the next time does it.

    Args:
        vacuum: PostgreSQL's dead rows, too, which may take minutes; else they are left for the hourly chore.
    """
    try:
        if engine.dialect.name == "sqlite":
            return _truncate_log(engine)
        if vacuum:
            _vacuum(engine)
    except (exc.OperationalError, sqlite3.OperationalError) as error:
        log.warning("compaction_postponed", error=type(getattr(error, "orig", error)).__name__)
        return False
    return True


def _truncate_log(engine: Engine) -> bool:
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA query_only=0")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        answer = cursor.fetchone()
        cursor.close()
    finally:
        raw.close()
    return answer is not None and not answer[0]


def _vacuum(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = '10min'")
        for name in sorted(metadata.tables):
            connection.exec_driver_sql(f'VACUUM "{name}"')
        connection.exec_driver_sql("RESET statement_timeout")
