"""People in the database."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from service.domain.people import Person
from service.domain.records import Page
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables_people import person
from service.storage.upserts import insert_into


class SqlPeople:
    """The People port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def put(self, person_: Person) -> Person:
        row = self._sealed.closed(person, columns_of(person_))
        kept = {name: value for name, value in row.items() if name not in {"tenant_id", "id", "row_id"}}
        statement = insert_into(self._connection, person).values(**row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=kept))
        stored = self.get(person_.tenant_id, person_.id)
        assert stored is not None  # noqa: S101 - written in this transaction
        return stored

    def get(self, tenant_id: str, person_id: str) -> Person | None:
        query = select(person).where(person.c.tenant_id == tenant_id, person.c.id == person_id)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else self._person(row._asdict())

    def of_team(self, tenant_id: str, team: str | None = None) -> list[Person]:
        query = select(person).where(person.c.tenant_id == tenant_id).order_by(person.c.team, person.c.id)
        if team is not None:
            query = query.where(person.c.team == team)
        return [self._person(row._asdict()) for row in self._connection.execute(query)]

    def page(self, tenant_id: str, page: Page, *, team: str | None = None) -> list[Person]:
        query = select(person).where(person.c.tenant_id == tenant_id).order_by(person.c.row_id.desc()).limit(page.limit)
        if page.after is not None:
            query = query.where(person.c.row_id < page.after)
        if team is not None:
            query = query.where(person.c.team == team)
        return [self._person(row._asdict()) for row in self._connection.execute(query)]

    def holds_cursor(self, tenant_id: str, row_id: str) -> bool:
        query = select(person.c.id).where(person.c.tenant_id == tenant_id, person.c.row_id == row_id)
        return self._connection.execute(query).first() is not None

    def _person(self, row: Mapping[str, Any]) -> Person:
        return Person(**self._sealed.opened(person, row))
