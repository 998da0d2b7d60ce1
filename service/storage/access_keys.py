"""API keys; only their SHA-256 is stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from service.domain.access import ApiKey
from service.storage.documents import columns_of
from service.storage.tables import api_key


class SqlApiKeys:
    """The ApiKeys port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey) -> None:
        self._connection.execute(insert(api_key).values(**columns_of(key) | {"scopes": sorted(key.scopes)}))

    def find(self, key_id: str) -> ApiKey | None:
        query = select(api_key).where(api_key.c.id == key_id).execution_options(system="find_key")
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _from_row(row._asdict())

    def page(self, tenant_id: str) -> list[ApiKey]:
        query = select(api_key).where(api_key.c.tenant_id == tenant_id).order_by(api_key.c.id.desc())
        return [_from_row(row._asdict()) for row in self._connection.execute(query)]

    def revoke(self, tenant_id: str, key_id: str, now: datetime) -> bool:
        revoked = self._connection.execute(
            update(api_key)
            .where(api_key.c.tenant_id == tenant_id, api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        return revoked.rowcount == 1


def _from_row(row: Mapping[str, Any]) -> ApiKey:
    return ApiKey(**dict(row) | {"scopes": frozenset(row["scopes"])})
