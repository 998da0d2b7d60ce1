"""A tenant's own content in the database: versions, never rewritten."""

from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from service.domain.content_store import ContentVersion
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables_playbooks import content_version


class SqlContentVersions:
    """The ContentVersions port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, version: ContentVersion) -> None:
        row = self._sealed.closed(content_version, columns_of(version))
        self._connection.execute(insert(content_version).values(**row))

    def current(self, tenant_id: str) -> list[ContentVersion]:
        columns = content_version.c
        query = select(content_version).where(columns.tenant_id == tenant_id).order_by(columns.version)
        rows = [self._version(row) for row in self._connection.execute(query)]
        newest = {(each.kind, each.item_id): each for each in rows}
        return [newest[key] for key in sorted(newest)]

    def of_item(self, tenant_id: str, kind: str, item_id: str) -> list[ContentVersion]:
        columns = content_version.c
        mine = (columns.tenant_id == tenant_id, columns.kind == kind, columns.item_id == item_id)
        query = select(content_version).where(*mine).order_by(columns.version.desc())
        return [self._version(row) for row in self._connection.execute(query)]

    def stamp(self, tenant_id: str) -> int:
        counted = select(func.count()).select_from(content_version).where(content_version.c.tenant_id == tenant_id)
        return int(self._connection.execute(counted).scalar_one())

    def _version(self, row: Row[Any]) -> ContentVersion:
        return ContentVersion(**self._sealed.opened(content_version, row._asdict()))
