"""Webhook endpoints; their secrets are sealed before they are stored and opened only on reading."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from service.domain.delivery.deliveries import Endpoint
from service.domain.records import Page
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.secret_box import SecretBox
from service.storage.tables import webhook_delivery, webhook_endpoint


class SqlEndpoints:
    """The Endpoints port."""

    def __init__(self, connection: Connection, box: SecretBox, sealed: SealedColumns) -> None:
        self._connection = connection
        self._box = box
        self._sealed = sealed

    def add(self, endpoint: Endpoint) -> None:
        self._connection.execute(insert(webhook_endpoint).values(**self._to_row(endpoint)))

    def get(self, tenant_id: str, endpoint_id: str) -> Endpoint | None:
        query = select(webhook_endpoint).where(*_is(tenant_id, endpoint_id))
        row = self._connection.execute(query).one_or_none()
        return None if row is None else self._from_row(row._asdict())

    def page(self, tenant_id: str, page: Page) -> list[Endpoint]:
        query = select(webhook_endpoint).where(webhook_endpoint.c.tenant_id == tenant_id)
        if page.after is not None:
            query = query.where(webhook_endpoint.c.id < page.after)
        rows = self._connection.execute(query.order_by(webhook_endpoint.c.id.desc()).limit(page.limit))
        return [self._from_row(row._asdict()) for row in rows]

    def update(self, endpoint: Endpoint) -> None:
        self._set(endpoint.tenant_id, endpoint.id, self._to_row(endpoint))

    def remove(self, tenant_id: str, endpoint_id: str) -> bool:
        removed = self._connection.execute(delete(webhook_endpoint).where(*_is(tenant_id, endpoint_id)))
        self._turn_deliveries(tenant_id, endpoint_id, "cancelled", ("pending", "held", "sending"))
        return removed.rowcount == 1

    def note_success(self, tenant_id: str, endpoint_id: str) -> None:
        self._set(tenant_id, endpoint_id, {"failing_since": None, "failures": 0})

    def note_failure(self, tenant_id: str, endpoint_id: str, now: datetime) -> Endpoint | None:
        self._set(
            tenant_id,
            endpoint_id,
            {
                "failing_since": func.coalesce(webhook_endpoint.c.failing_since, now),
                "failures": webhook_endpoint.c.failures + 1,
            },
        )
        return self.get(tenant_id, endpoint_id)

    def prove(self, tenant_id: str, endpoint_id: str, challenge: str) -> bool:
        asked = update(webhook_endpoint).where(*_is(tenant_id, endpoint_id), webhook_endpoint.c.challenge == challenge)
        if not challenge or self._connection.execute(asked.values(challenge="")).rowcount == 0:
            return False
        self._turn_deliveries(tenant_id, endpoint_id, "pending", ("held",))
        return True

    def disable(self, tenant_id: str, endpoint_id: str, *, reason: str, now: datetime) -> None:
        self._set(tenant_id, endpoint_id, {"disabled_at": now, "disabled_reason": reason})
        self._turn_deliveries(tenant_id, endpoint_id, "held", ("pending",))

    def _set(self, tenant_id: str, endpoint_id: str, values: Mapping[str, object]) -> None:
        self._connection.execute(update(webhook_endpoint).where(*_is(tenant_id, endpoint_id)).values(**values))

    def _turn_deliveries(self, tenant_id: str, endpoint_id: str, state: str, sources: tuple[str, ...]) -> None:
        self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.endpoint_id == endpoint_id)
            .where(webhook_delivery.c.state.in_(sources))
            .values(state=state, fence=webhook_delivery.c.fence + 1, lease_until=None)
        )

    def _to_row(self, endpoint: Endpoint) -> dict[str, Any]:
        row = columns_of(endpoint) | {"event_types": list(endpoint.event_types)}
        row["secrets_encrypted"] = self._box.seal(row.pop("secrets"))
        return self._sealed.closed(webhook_endpoint, row)

    def _from_row(self, row: Mapping[str, Any]) -> Endpoint:
        values = self._sealed.opened(webhook_endpoint, row)
        secrets = self._box.open(values.pop("secrets_encrypted"))
        return Endpoint(**values | {"event_types": tuple(values["event_types"]), "secrets": secrets})


def _is(tenant_id: str, endpoint_id: str) -> tuple[Any, Any]:
    return webhook_endpoint.c.tenant_id == tenant_id, webhook_endpoint.c.id == endpoint_id
