"""A tenant's own content in the database: versions, never rewritten."""

from sqlalchemy import Connection, func, insert, select

from service.domain.content_store import ContentVersion
from service.storage.documents import columns_of
from service.storage.tables_playbooks import content_version


class SqlContentVersions:
    """The ContentVersions port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, version: ContentVersion) -> None:
        self._connection.execute(insert(content_version).values(**columns_of(version)))

    def current(self, tenant_id: str) -> list[ContentVersion]:
        columns = content_version.c
        query = select(content_version).where(columns.tenant_id == tenant_id).order_by(columns.version)
        rows = [ContentVersion(**row._asdict()) for row in self._connection.execute(query)]
        newest = {(each.kind, each.item_id): each for each in rows}
        return [newest[key] for key in sorted(newest)]

    def of_item(self, tenant_id: str, kind: str, item_id: str) -> list[ContentVersion]:
        columns = content_version.c
        mine = (columns.tenant_id == tenant_id, columns.kind == kind, columns.item_id == item_id)
        query = select(content_version).where(*mine).order_by(columns.version.desc())
        return [ContentVersion(**row._asdict()) for row in self._connection.execute(query)]

    def stamp(self, tenant_id: str) -> int:
        counted = select(func.count()).select_from(content_version).where(content_version.c.tenant_id == tenant_id)
        return int(self._connection.execute(counted).scalar_one())
