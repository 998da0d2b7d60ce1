"""Answers kept under the caller's idempotency key, in the transaction that has the effect."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.sql.elements import ColumnElement

from service.domain.records import IdempotentAnswer
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables import idempotency_key
from service.storage.upserts import insert_into


class SqlIdempotencyKeys:
    """The IdempotencyKeys port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def begin(self, answer: IdempotentAnswer) -> IdempotentAnswer | None:
        # On PostgreSQL the insert waits for a concurrent one of the same key, so exactly one caller sees None.
        added = self._connection.execute(
            insert_into(self._connection, idempotency_key)
            .values(**self._sealed.closed(idempotency_key, columns_of(answer)))
            .on_conflict_do_nothing()
            .returning(idempotency_key.c.key)
        ).one_or_none()
        if added is not None:
            return None
        standing = select(idempotency_key).where(*_is(answer.tenant_id, answer.route, answer.key))
        row = self._connection.execute(standing).one()
        return IdempotentAnswer(**self._sealed.opened(idempotency_key, row._asdict()))

    def complete(self, tenant_id: str, route: str, key: str, *, status: int, body: bytes) -> None:
        row = {"tenant_id": tenant_id, "route": route, "key": key, "status": status, "body": body}
        values = self._sealed.closed(idempotency_key, row)
        self._connection.execute(update(idempotency_key).where(*_is(tenant_id, route, key)).values(**values))

    def forget(self, tenant_id: str, route: str, key: str) -> None:
        self._connection.execute(delete(idempotency_key).where(*_is(tenant_id, route, key)))

    def sweep(self, before: datetime) -> int:
        swept = self._connection.execute(
            delete(idempotency_key).where(idempotency_key.c.created_at < before).execution_options(system="sweep")
        )
        return swept.rowcount


def _is(tenant_id: str, route: str, key: str) -> tuple[ColumnElement[bool], ...]:
    columns = idempotency_key.c
    return columns.tenant_id == tenant_id, columns.route == route, columns.key == key
