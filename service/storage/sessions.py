"""The console's sessions and links in the database; only hashes of their secrets are here."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from service.domain.sessions import ConsoleLink, ConsoleSession
from service.storage.documents import columns_of
from service.storage.tables_console import console_link, console_session


class SqlConsoleSessions:
    """The ConsoleSessions port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_link(self, link: ConsoleLink) -> None:
        self._connection.execute(insert(console_link).values(**columns_of(link)))

    def find_link(self, link_id: str) -> ConsoleLink | None:
        row = self._find(console_link, link_id)
        return None if row is None else ConsoleLink(**row)

    def use_link(self, link: ConsoleLink, now: datetime) -> bool:
        used = self._connection.execute(
            update(console_link)
            .where(console_link.c.tenant_id == link.tenant_id, console_link.c.id == link.id)
            .where(console_link.c.used_at.is_(None))
            .values(used_at=now)
        )
        return used.rowcount == 1

    def add(self, session: ConsoleSession) -> None:
        self._connection.execute(insert(console_session).values(**columns_of(session)))

    def find(self, session_id: str) -> ConsoleSession | None:
        row = self._find(console_session, session_id)
        return None if row is None else ConsoleSession(**row)

    def touch(self, session: ConsoleSession, now: datetime) -> None:
        self._set(session, seen_at=now)

    def end(self, session: ConsoleSession, now: datetime) -> None:
        self._set(session, ended_at=now)

    def sweep(self, before: datetime) -> int:
        gone = 0
        for table in (console_link, console_session):
            statement = delete(table).where(table.c.expires_at < before).execution_options(system="sweep")
            gone += self._connection.execute(statement).rowcount
        return gone

    def _find(self, table: Table, row_id: str) -> dict[str, Any] | None:
        query = select(table).where(table.c.id == row_id).execution_options(system="find_session")
        row = self._connection.execute(query).one_or_none()
        return None if row is None else row._asdict()

    def _set(self, session: ConsoleSession, **values: datetime) -> None:
        self._connection.execute(
            update(console_session)
            .where(console_session.c.tenant_id == session.tenant_id, console_session.c.id == session.id)
            .values(**values)
        )
