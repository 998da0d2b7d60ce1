"""The outbox: an event is stored with the change it tells of and a delivery per endpoint that wants it."""

from typing import Any

from sqlalchemy import Connection, insert, select

from service.domain.delivery import Event
from service.domain.ports import Ids
from service.storage.documents import columns_of
from service.storage.tables import event, visit_sequence, webhook_delivery, webhook_endpoint
from service.storage.upserts import insert_into


class SqlEvents:
    """The Events port."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def add(self, event_: Event) -> None:
        self._connection.execute(insert(event).values(**columns_of(event_) | {"data": dict(event_.data)}))
        endpoints = self._connection.execute(
            select(webhook_endpoint.c.id, webhook_endpoint.c.event_types, webhook_endpoint.c.disabled_at)
            .where(webhook_endpoint.c.tenant_id == event_.tenant_id)
            .order_by(webhook_endpoint.c.id)
        )
        rows = [
            self._delivery(event_, row.id, live=row.disabled_at is None)
            for row in endpoints
            if event_.type in row.event_types
        ]
        if rows:
            self._connection.execute(insert(webhook_delivery), rows)

    def _delivery(self, event_: Event, endpoint_id: str, *, live: bool) -> dict[str, Any]:
        return {
            "id": self._ids.new("dlv"),
            "tenant_id": event_.tenant_id,
            "event_id": event_.id,
            "endpoint_id": endpoint_id,
            # What happens while an endpoint is switched off is held for it, not lost.
            "state": "pending" if live else "held",
            "next_attempt_at": event_.occurred_at,
            "attempts": 0,
            "owner": "",
            "fence": 0,
            "last_error": "",
        }

    def get(self, tenant_id: str, event_id: str) -> Event | None:
        row = self._connection.execute(
            select(event).where(event.c.tenant_id == tenant_id, event.c.id == event_id)
        ).one_or_none()
        return None if row is None else Event(**row._asdict())

    def after(self, tenant_id: str, cursor: str | None, limit: int) -> list[Event]:
        query = select(event).where(event.c.tenant_id == tenant_id).order_by(event.c.id).limit(limit)
        if cursor is not None:
            query = query.where(event.c.id > cursor)
        return [Event(**row._asdict()) for row in self._connection.execute(query)]

    def next_sequence(self, tenant_id: str, visit_id: str) -> int:
        statement = insert_into(self._connection, visit_sequence).values(
            tenant_id=tenant_id, visit_id=visit_id, sequence=1
        )
        moved = statement.on_conflict_do_update(
            index_elements=["tenant_id", "visit_id"], set_={"sequence": visit_sequence.c.sequence + 1}
        ).returning(visit_sequence.c.sequence)
        return int(self._connection.execute(moved).scalar_one())
