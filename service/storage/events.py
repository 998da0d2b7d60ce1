"""The outbox: an event is stored with the change it tells of and a delivery per endpoint that wants it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, insert, select

from service.domain.delivery.deliveries import CHALLENGE, Event
from service.domain.ports import Ids
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables import event, event_position, visit_sequence, webhook_delivery, webhook_endpoint
from service.storage.upserts import insert_into

EVENT_COLUMNS = [column for column in event.columns if column.name != "position"]


class SqlEvents:
    """The Events port."""

    def __init__(
        self,
        connection: Connection,
        ids: Ids,
        mask: Callable[[Event], Event] = lambda event_: event_,
        sealed: SealedColumns | None = None,
    ) -> None:
        """`mask` is what an event goes through before it is stored."""
        self._connection = connection
        self._sealed = sealed or SealedColumns()
        self._ids = ids
        self._mask = mask

    def add(self, event_: Event, *, only: str | None = None, but: str | None = None) -> list[str]:
        return self._add_all(event_.tenant_id, [event_], only=only, but=but)

    def add_all(self, events: Sequence[Event]) -> None:
        for tenant_id, mine in groupby(events, key=lambda each: each.tenant_id):
            self._add_all(tenant_id, list(mine), only=None, but=None)

    def _add_all(self, tenant_id: str, events: Sequence[Event], *, only: str | None, but: str | None) -> list[str]:
        masked = [self._mask(each) for each in events]
        first = self._next_position(tenant_id, len(masked)) - len(masked) + 1
        told = [
            self._sealed.closed(event, columns_of(each) | {"data": dict(each.data), "position": position})
            for position, each in enumerate(masked, first)
        ]
        self._connection.execute(insert(event), told)
        endpoints = self._connection.execute(
            select(
                webhook_endpoint.c.id,
                webhook_endpoint.c.event_types,
                webhook_endpoint.c.disabled_at,
                webhook_endpoint.c.challenge,
            )
            .where(webhook_endpoint.c.tenant_id == tenant_id)
            .order_by(webhook_endpoint.c.id)
        ).all()
        rows = [
            self._delivery(each, row.id, live=row.disabled_at is None and (not row.challenge or each.type == CHALLENGE))
            for each in masked
            for row in endpoints
            if row.id != but and (row.id == only if only is not None else each.type in row.event_types)
        ]
        if rows:
            self._connection.execute(insert(webhook_delivery), rows)
        return [row["id"] for row in rows]

    def _next_position(self, tenant_id: str, count: int) -> int:
        """The last of the tenant's next `count` places in the order of commits.

        The counter's row stays locked until this transaction ends, so that whoever sees a position sees all before it:
        an event that commits late cannot slip behind a reader's cursor, as it could if ids or times decided.
        """
        first = insert_into(self._connection, event_position).values(tenant_id=tenant_id, position=count)
        moved = first.on_conflict_do_update(
            index_elements=["tenant_id"], set_={"position": event_position.c.position + count}
        ).returning(event_position.c.position)
        return int(self._connection.execute(moved).scalar_one())

    def _delivery(self, event_: Event, endpoint_id: str, *, live: bool) -> dict[str, Any]:
        row = {
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
            "parts_sent": 0,
        }
        return self._sealed.closed(webhook_delivery, row)

    def get(self, tenant_id: str, event_id: str) -> Event | None:
        row = self._connection.execute(
            select(*EVENT_COLUMNS).where(event.c.tenant_id == tenant_id, event.c.id == event_id)
        ).one_or_none()
        return None if row is None else Event(**self._sealed.opened(event, row._asdict()))

    def after(self, tenant_id: str, cursor: str | None, limit: int) -> list[Event]:
        query = select(*EVENT_COLUMNS).where(event.c.tenant_id == tenant_id).order_by(event.c.position).limit(limit)
        if cursor is not None:
            seen = select(event.c.position).where(event.c.tenant_id == tenant_id, event.c.id == cursor)
            query = query.where(event.c.position > seen.scalar_subquery())
        return [Event(**self._sealed.opened(event, row._asdict())) for row in self._connection.execute(query)]

    def next_sequence(self, tenant_id: str, visit_id: str) -> int:
        return self.next_sequences(tenant_id, {visit_id: 1})[visit_id]

    def next_sequences(self, tenant_id: str, counts: Mapping[str, int]) -> dict[str, int]:
        statement = insert_into(self._connection, visit_sequence)
        moved = statement.on_conflict_do_update(
            index_elements=["tenant_id", "visit_id"],
            set_={"sequence": visit_sequence.c.sequence + statement.excluded.sequence},
        ).returning(visit_sequence.c.visit_id, visit_sequence.c.sequence)
        rows = [{"tenant_id": tenant_id, "visit_id": name, "sequence": counts[name]} for name in sorted(counts)]
        return {row.visit_id: row.sequence for row in self._connection.execute(moved, rows)}
