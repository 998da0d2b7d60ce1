"""Which facts speak of which subjects; a CRM event's data stays in its log, a recorded visit's data lies here.

Invariant: what was said in a visit is found by its `visit_id` and can be erased by it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, select

from service.domain.playbooks.timeline import Fact, Ref
from service.storage.sealed import KEY_ID, SealedColumns
from service.storage.tables_crm import crm_event
from service.storage.tables_playbooks import playbook_link as link

PIECE = 1_000
_COLUMNS = (
    link.c.event_id, link.c.at, link.c.type, link.c.entity_kind, link.c.entity_id, link.c.visit_id, link.c.data,
    link.c.tenant_id, link.c.subject_kind, link.c.subject_id, link.c.key_id,
)  # fmt: skip
_SENT = (crm_event.c.data.label("sent"), crm_event.c.key_id.label("sent_key_id"))


class SqlLinks:
    """The Links port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def put(self, tenant_id: str, fact: Fact, refs: frozenset[Ref]) -> None:
        self.put_all(tenant_id, [(fact, refs)])

    def put_all(self, tenant_id: str, linked: Sequence[tuple[Fact, frozenset[Ref]]]) -> None:
        for start in range(0, len(linked), PIECE):
            ids = [fact.id for fact, _ in linked[start : start + PIECE]]
            former = delete(link).where(link.c.tenant_id == tenant_id, link.c.event_id.in_(ids))
            self._connection.execute(former)
        rows = [
            self._sealed.closed(link, {
                "tenant_id": tenant_id,
                "subject_kind": kind,
                "subject_id": subject_id,
                "event_id": fact.id,
                "at": fact.at,
                "type": fact.type,
                "entity_kind": fact.kind,
                "entity_id": fact.entity_id,
                "visit_id": fact.visit_id,
                "data": None if fact.visit_id is None else dict(fact.data),
            })
            for fact, refs in linked
            for kind, subject_id in sorted(refs)
        ]  # fmt: skip
        if rows:
            self._connection.execute(insert(link), rows)

    def facts(self, tenant_id: str, ref: Ref, *, types: Sequence[str] = (), newest: int | None = None) -> list[Fact]:
        same = and_(crm_event.c.tenant_id == tenant_id, crm_event.c.id == link.c.event_id)
        query: Select[Any] = (
            select(*_COLUMNS, *_SENT)
            .select_from(link.outerjoin(crm_event, same))
            .where(link.c.tenant_id == tenant_id, link.c.subject_kind == ref[0], link.c.subject_id == ref[1])
            .order_by(link.c.at.desc(), link.c.event_id.desc())
            .limit(newest)
        )
        if types:
            query = query.where(link.c.type.in_(types))
        return [self._fact(row) for row in self._connection.execute(query)][::-1]

    def of_visits(self, tenant_id: str, entity: Ref) -> list[Fact]:
        query: Select[Any] = (
            select(*_COLUMNS)
            .where(link.c.tenant_id == tenant_id, link.c.subject_kind == entity[0], link.c.subject_id == entity[1])
            .where(link.c.entity_kind == entity[0], link.c.entity_id == entity[1], link.c.visit_id.is_not(None))
        )
        return [self._fact(row) for row in self._connection.execute(query.order_by(link.c.at, link.c.event_id))]

    def counts(self, tenant_id: str, kind: str, until: datetime) -> dict[str, int]:
        query = (
            select(link.c.subject_id, func.count().label("n"))
            .where(link.c.tenant_id == tenant_id, link.c.subject_kind == kind, link.c.at <= until)
            .group_by(link.c.subject_id)
            .order_by(link.c.subject_id)
        )
        return {row.subject_id: row.n for row in self._connection.execute(query)}

    def of_subjects(
        self, tenant_id: str, kind: str, first: str, last: str, until: datetime
    ) -> Iterator[tuple[str, list[Fact]]]:
        same = and_(crm_event.c.tenant_id == tenant_id, crm_event.c.id == link.c.event_id)
        query: Select[Any] = (
            select(*_COLUMNS, *_SENT)
            .select_from(link.outerjoin(crm_event, same))
            .where(link.c.tenant_id == tenant_id, link.c.subject_kind == kind, link.c.at <= until)
            .where(link.c.subject_id >= first, link.c.subject_id <= last)
            .order_by(link.c.subject_id)
        )
        rows = self._connection.execute(query)
        for subject_id, mine in groupby(rows, key=lambda row: str(row.subject_id)):
            yield subject_id, [self._fact(row) for row in mine]

    def subjects(self, tenant_id: str, kind: str) -> list[str]:
        query = select(link.c.subject_id).where(link.c.tenant_id == tenant_id, link.c.subject_kind == kind)
        return list(self._connection.execute(query.distinct().order_by(link.c.subject_id)).scalars())

    def erase_visit(self, tenant_id: str, visit_id: str) -> int:
        gone = delete(link).where(link.c.tenant_id == tenant_id, link.c.visit_id == visit_id)
        return self._connection.execute(gone).rowcount

    def _fact(self, row: Row[Any]) -> Fact:
        """With the row's own data, or where it has none, with the log's; empty where that is elsewhere."""
        values = row._asdict()
        data = self._sealed.opened(link, values)["data"]
        if data is None and values.get("sent") is not None:
            log = {"tenant_id": row.tenant_id, "id": row.event_id, "data": row.sent, KEY_ID: row.sent_key_id}
            data = self._sealed.opened(crm_event, log)["data"]
        return Fact(row.event_id, row.at, row.type, row.entity_kind, row.entity_id, data or {}, row.visit_id)
