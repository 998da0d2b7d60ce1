"""Deliveries, claimed like stage runs: one statement, one winner, every later write fenced.

Invariant: at most four are in flight to one endpoint, and one while it fails (exact on SQLite; on PostgreSQL two
claims at the same instant may exceed it by one, which costs the receiver a request and nothing else).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, insert, or_, select, update

from service.domain.delivery.deliveries import Attempt, Delivery, DeliveryState
from service.domain.delivery.ports import ReplayWish
from service.domain.records import Page
from service.domain.stages import CLOCKS_DIFFER, LEASE
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables import event, webhook_attempt, webhook_delivery, webhook_endpoint

IN_FLIGHT = 4
OPEN = ("pending", "sending", "held", "dead")
DELIVERY_COLUMNS = [column for column in webhook_delivery.columns if column.name != "owner"]


class SqlDeliveries:
    """The Deliveries port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def claim(self, owner: str, now: datetime) -> Delivery | None:
        busy = webhook_delivery.alias("busy")
        in_flight = (
            select(func.count())
            .select_from(busy)
            .where(busy.c.endpoint_id == webhook_delivery.c.endpoint_id, busy.c.state == "sending")
            .where(busy.c.lease_until >= now)
            .scalar_subquery()
        )
        allowed = (
            select(case((_takes_several(), IN_FLIGHT), else_=1))
            .where(webhook_endpoint.c.id == webhook_delivery.c.endpoint_id, webhook_endpoint.c.disabled_at.is_(None))
            .scalar_subquery()
        )
        due = or_(
            and_(webhook_delivery.c.state == "pending", webhook_delivery.c.next_attempt_at <= now),
            and_(webhook_delivery.c.state == "sending", webhook_delivery.c.lease_until < now),
        )
        first = (
            select(webhook_delivery.c.id)
            .where(due, in_flight < allowed)
            .order_by(webhook_delivery.c.next_attempt_at, webhook_delivery.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.id == first.scalar_subquery())
            .values(state="sending", owner=owner, lease_until=now + LEASE, fence=webhook_delivery.c.fence + 1)
            .returning(*DELIVERY_COLUMNS)
            .execution_options(system="claim")
        ).one_or_none()
        return None if row is None else self._delivery(row)

    def due_beside(self, delivery: Delivery, now: datetime) -> int:
        query = select(func.count()).select_from(webhook_delivery).where(*_due_beside(delivery, now))
        return int(self._connection.execute(query).scalar_one())

    def claim_beside(self, delivery: Delivery, owner: str, now: datetime, limit: int) -> list[Delivery]:
        # Two statements: PostgreSQL may run a locking sub-select more than once, and would then take more than `limit`.
        first = self._connection.execute(
            select(webhook_delivery.c.id)
            .where(*_due_beside(delivery, now))
            .order_by(webhook_delivery.c.next_attempt_at, webhook_delivery.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
        rows = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == delivery.tenant_id, webhook_delivery.c.id.in_(list(first)))
            .values(state="sending", owner=owner, lease_until=now + LEASE, fence=webhook_delivery.c.fence + 1)
            .returning(*DELIVERY_COLUMNS)
        )
        claimed = [self._delivery(row) for row in rows]
        return sorted(claimed, key=lambda each: (each.next_attempt_at, each.id))

    def put_off(self, delivery: Delivery, until: datetime) -> bool:
        written = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == delivery.tenant_id, webhook_delivery.c.id == delivery.id)
            .where(webhook_delivery.c.fence == delivery.fence, webhook_delivery.c.state == "sending")
            .values(state="pending", owner="", lease_until=None, next_attempt_at=until)
        )
        return written.rowcount == 1

    def put_off_all(self, tenant_id: str, endpoint_id: str, until: datetime) -> int:
        written = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.endpoint_id == endpoint_id)
            .where(webhook_delivery.c.state == "pending", webhook_delivery.c.next_attempt_at < until)
            .values(next_attempt_at=until)
        )
        return written.rowcount

    def bring_forward(self, now: datetime) -> int:
        columns, ahead = webhook_delivery.c, now + CLOCKS_DIFFER
        unborn = select(event.c.id).where(event.c.occurred_at > ahead)
        waiting = and_(columns.state == "pending", columns.next_attempt_at > ahead, columns.event_id.in_(unborn))
        too_long = and_(columns.state == "sending", columns.lease_until > ahead + LEASE)
        moved = (
            update(webhook_delivery).where(waiting).values(next_attempt_at=now),
            update(webhook_delivery).where(too_long).values(lease_until=now + LEASE),
        )
        return sum(self._connection.execute(each.execution_options(system="overdue")).rowcount for each in moved)

    def record(
        self,
        delivery: Delivery,
        attempt: Attempt,
        *,
        state: DeliveryState,
        next_attempt_at: datetime | None,
        parts_sent: int = 0,
    ) -> bool:
        values: dict[str, Any] = {
            "state": state,
            "owner": "",
            "lease_until": None,
            "attempts": attempt.number,
            "last_status": attempt.status,
            "delivered_at": attempt.at if state == "delivered" else None,
            "parts_sent": parts_sent,
        }
        if next_attempt_at is not None:
            values["next_attempt_at"] = next_attempt_at
        # The only column of the row that is sealed, so that the newest key may close it.
        error = {"id": delivery.id, "tenant_id": delivery.tenant_id, "last_error": attempt.error}
        values |= self._sealed.closed(webhook_delivery, error)
        written = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == delivery.tenant_id, webhook_delivery.c.id == delivery.id)
            .where(webhook_delivery.c.fence == delivery.fence, webhook_delivery.c.state == "sending")
            .values(**values)
        )
        if written.rowcount != 1:
            return False
        row = {"tenant_id": delivery.tenant_id, **columns_of(attempt)}
        self._connection.execute(insert(webhook_attempt).values(**self._sealed.closed(webhook_attempt, row)))
        return True

    def get(self, tenant_id: str, delivery_id: str) -> Delivery | None:
        row = self._connection.execute(
            select(*DELIVERY_COLUMNS).where(
                webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.id == delivery_id
            )
        ).one_or_none()
        return None if row is None else self._delivery(row)

    def attempts(self, tenant_id: str, delivery_id: str) -> list[Attempt]:
        return self.attempts_of(tenant_id, [delivery_id])

    def attempts_of(self, tenant_id: str, delivery_ids: Sequence[str]) -> list[Attempt]:
        query = (
            select(webhook_attempt)
            .where(webhook_attempt.c.tenant_id == tenant_id, webhook_attempt.c.delivery_id.in_(delivery_ids))
            .order_by(webhook_attempt.c.delivery_id, webhook_attempt.c.number)
        )
        return [self._attempt(row) for row in self._connection.execute(query)]

    def page(
        self, tenant_id: str, page: Page, *, endpoint_id: str | None = None, state: str | None = None
    ) -> list[Delivery]:
        query = select(*DELIVERY_COLUMNS).where(webhook_delivery.c.tenant_id == tenant_id)
        wanted: Mapping[str, str | None] = {"endpoint_id": endpoint_id, "state": state}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(webhook_delivery.c[name] == value)
        if page.after is not None:
            query = query.where(webhook_delivery.c.id < page.after)
        rows = self._connection.execute(query.order_by(webhook_delivery.c.id.desc()).limit(page.limit))
        return [self._delivery(row) for row in rows]

    def retry(self, tenant_id: str, delivery_id: str, now: datetime) -> bool:
        turned = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.id == delivery_id)
            .where(webhook_delivery.c.state.not_in(("sending", "cancelled")))
            .values(state="pending", next_attempt_at=now, parts_sent=0, fence=webhook_delivery.c.fence + 1)
        )
        return turned.rowcount == 1

    def replay(self, tenant_id: str, endpoint_id: str, wish: ReplayWish, now: datetime, limit: int) -> int:
        happened = (
            select(event.c.id)
            .where(event.c.tenant_id == tenant_id, event.c.occurred_at >= wish.since, event.c.occurred_at < wish.until)
            .where(event.c.type.in_(wish.types))
        )
        oldest = (
            select(webhook_delivery.c.id)
            .where(webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.endpoint_id == endpoint_id)
            .where(webhook_delivery.c.state.in_(wish.states), webhook_delivery.c.event_id.in_(happened))
            .order_by(webhook_delivery.c.id)
            .limit(limit)
        )
        turned = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.id.in_(oldest))
            .where(webhook_delivery.c.state.in_(wish.states))
            .values(state="pending", next_attempt_at=now, parts_sent=0, fence=webhook_delivery.c.fence + 1)
        )
        return turned.rowcount

    def expire_held(self, before: datetime) -> int:
        expired = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.state == "held", webhook_delivery.c.next_attempt_at < before)
            .values(state="dead", last_error="held for 30 days, and nobody asked for it")
            .execution_options(system="sweep")
        )
        return expired.rowcount

    def tally(self, now: datetime) -> tuple[dict[str, int], float]:
        counted = select(webhook_delivery.c.state, func.count()).where(webhook_delivery.c.state.in_(OPEN))
        rows = self._connection.execute(
            counted.group_by(webhook_delivery.c.state).execution_options(system="depth")
        ).all()
        oldest = self._connection.execute(
            select(func.min(webhook_delivery.c.next_attempt_at))
            .where(webhook_delivery.c.state == "pending")
            .execution_options(system="depth")
        ).scalar_one_or_none()
        return {row[0]: row[1] for row in rows}, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0

    def _delivery(self, row: Row[Any]) -> Delivery:
        return Delivery(**self._sealed.opened(webhook_delivery, row._asdict()))

    def _attempt(self, row: Row[Any]) -> Attempt:
        values = self._sealed.opened(webhook_attempt, row._asdict())
        del values["tenant_id"]
        return Attempt(**values)


def _takes_several() -> ColumnElement[bool]:
    """Whether an endpoint may be sent several at a time: not while it fails, and a robot never."""
    return and_(webhook_endpoint.c.failing_since.is_(None), webhook_endpoint.c.kind == "standard")


def _due_beside(delivery: Delivery, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        webhook_delivery.c.tenant_id == delivery.tenant_id,
        webhook_delivery.c.endpoint_id == delivery.endpoint_id,
        webhook_delivery.c.state == "pending",
        webhook_delivery.c.next_attempt_at <= now,
    )
