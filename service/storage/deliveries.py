"""Deliveries, claimed like stage runs: one statement, one winner, every later write fenced.

Invariant: at most four are in flight to one endpoint, and one while it fails (exact on SQLite; on PostgreSQL two
claims at the same instant may exceed it by one, which costs the receiver a request and nothing else).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, or_, select, update

from service.domain.delivery import Attempt, Delivery, DeliveryState
from service.domain.records import Page
from service.domain.stages import LEASE
from service.storage.documents import columns_of
from service.storage.tables import webhook_attempt, webhook_delivery, webhook_endpoint

IN_FLIGHT = 4
DELIVERY_COLUMNS = [column for column in webhook_delivery.columns if column.name != "owner"]
ATTEMPT_COLUMNS = [column for column in webhook_attempt.columns if column.name != "tenant_id"]


class SqlDeliveries:
    """The Deliveries port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
            select(case((webhook_endpoint.c.failing_since.is_(None), IN_FLIGHT), else_=1))
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
        return None if row is None else Delivery(**row._asdict())

    def record(
        self, delivery: Delivery, attempt: Attempt, *, state: DeliveryState, next_attempt_at: datetime | None
    ) -> bool:
        values: dict[str, Any] = {
            "state": state,
            "owner": "",
            "lease_until": None,
            "attempts": attempt.number,
            "last_status": attempt.status,
            "last_error": attempt.error,
            "delivered_at": attempt.at if state == "delivered" else None,
        }
        if next_attempt_at is not None:
            values["next_attempt_at"] = next_attempt_at
        written = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == delivery.tenant_id, webhook_delivery.c.id == delivery.id)
            .where(webhook_delivery.c.fence == delivery.fence, webhook_delivery.c.state == "sending")
            .values(**values)
        )
        if written.rowcount != 1:
            return False
        self._connection.execute(insert(webhook_attempt).values(tenant_id=delivery.tenant_id, **columns_of(attempt)))
        return True

    def get(self, tenant_id: str, delivery_id: str) -> Delivery | None:
        row = self._connection.execute(
            select(*DELIVERY_COLUMNS).where(
                webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.id == delivery_id
            )
        ).one_or_none()
        return None if row is None else Delivery(**row._asdict())

    def attempts(self, tenant_id: str, delivery_id: str) -> list[Attempt]:
        query = (
            select(*ATTEMPT_COLUMNS)
            .where(webhook_attempt.c.tenant_id == tenant_id, webhook_attempt.c.delivery_id == delivery_id)
            .order_by(webhook_attempt.c.number)
        )
        return [Attempt(**row._asdict()) for row in self._connection.execute(query)]

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
        return [Delivery(**row._asdict()) for row in rows]

    def retry(self, tenant_id: str, delivery_id: str, now: datetime) -> bool:
        turned = self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.id == delivery_id)
            .where(webhook_delivery.c.state.not_in(("sending", "cancelled")))
            .values(state="pending", next_attempt_at=now, fence=webhook_delivery.c.fence + 1)
        )
        return turned.rowcount == 1
