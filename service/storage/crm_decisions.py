"""Decisions on the record: written once each, never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from service.domain.crm.decisions import Decision
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables_crm import crm_decision
from service.storage.upserts import insert_into

PIECE = 1_000


class SqlDecisions:
    """The Decisions port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, tenant_id: str, decision: Decision) -> bool:
        row = columns_of(decision) | {"data": dict(decision.data), "because": list(decision.because)}
        closed = self._sealed.closed(crm_decision, row | {"tenant_id": tenant_id})
        added = insert_into(self._connection, crm_decision).values(**closed)
        once = added.on_conflict_do_nothing(index_elements=["tenant_id", "kind", "subject", "key"])
        return self._connection.execute(once.returning(crm_decision.c.id)).one_or_none() is not None

    def latest(self, tenant_id: str, kind: str, subject: str) -> Decision | None:
        return next(iter(self.of(tenant_id, kind, subject=subject, limit=1)), None)

    def latest_of(self, tenant_id: str, kind: str, subjects: Sequence[str]) -> dict[str, Decision]:
        found: dict[str, Decision] = {}
        for start in range(0, len(subjects), PIECE):
            query = (
                select(crm_decision)
                .where(crm_decision.c.tenant_id == tenant_id, crm_decision.c.kind == kind)
                .where(crm_decision.c.subject.in_(subjects[start : start + PIECE]))
                .order_by(crm_decision.c.decided_at, crm_decision.c.id)
            )
            found |= {row.subject: self._decision(row) for row in self._connection.execute(query)}
        return found

    def of(
        self,
        tenant_id: str,
        kind: str,
        *,
        subject: str | None = None,
        since: datetime | None = None,
        limit: int = 1_000,
    ) -> list[Decision]:
        query = select(crm_decision).where(crm_decision.c.tenant_id == tenant_id, crm_decision.c.kind == kind)
        if subject is not None:
            query = query.where(crm_decision.c.subject == subject)
        if since is not None:
            query = query.where(crm_decision.c.decided_at >= since)
        newest = query.order_by(crm_decision.c.decided_at.desc(), crm_decision.c.id.desc()).limit(limit)
        return [self._decision(row) for row in self._connection.execute(newest)]

    def _decision(self, row: Row[Any]) -> Decision:
        values = self._sealed.opened(crm_decision, row._asdict())
        del values["tenant_id"]
        return Decision(**values | {"because": tuple(values["because"])})
