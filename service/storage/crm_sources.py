"""Sources of CRM webhooks; their secrets are sealed before they are stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from service.domain.crm.sources import CrmSource
from service.domain.records import Page
from service.storage.documents import columns_of
from service.storage.secret_box import SecretBox
from service.storage.tables_crm import crm_source


class SqlCrmSources:
    """The CrmSources port."""

    def __init__(self, connection: Connection, box: SecretBox) -> None:
        self._connection = connection
        self._box = box

    def add(self, source: CrmSource) -> None:
        row = columns_of(source)
        row["secrets_encrypted"] = self._box.seal(row.pop("secrets"))
        self._connection.execute(insert(crm_source).values(**row))

    def get(self, tenant_id: str, source_id: str) -> CrmSource | None:
        row = self._connection.execute(select(crm_source).where(*_is(tenant_id, source_id))).one_or_none()
        return None if row is None else self._source(row._asdict())

    def find(self, source_id: str) -> CrmSource | None:
        query = select(crm_source).where(crm_source.c.id == source_id).execution_options(system="find_source")
        row = self._connection.execute(query).one_or_none()
        return None if row is None else self._source(row._asdict())

    def page(self, tenant_id: str, page: Page) -> list[CrmSource]:
        query = select(crm_source).where(crm_source.c.tenant_id == tenant_id)
        if page.after is not None:
            query = query.where(crm_source.c.id < page.after)
        rows = self._connection.execute(query.order_by(crm_source.c.id.desc()).limit(page.limit))
        return [self._source(row._asdict()) for row in rows]

    def remove(self, tenant_id: str, source_id: str) -> bool:
        return self._connection.execute(delete(crm_source).where(*_is(tenant_id, source_id))).rowcount == 1

    def seen(self, tenant_id: str, source_id: str, now: datetime) -> None:
        self._connection.execute(update(crm_source).where(*_is(tenant_id, source_id)).values(last_seen_at=now))

    def _source(self, row: Mapping[str, Any]) -> CrmSource:
        values = dict(row)
        secrets = self._box.open(values.pop("secrets_encrypted"))
        return CrmSource(**values, secrets=secrets)


def _is(tenant_id: str, source_id: str) -> tuple[Any, Any]:
    return crm_source.c.tenant_id == tenant_id, crm_source.c.id == source_id
