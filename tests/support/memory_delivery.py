"""Events, endpoints and deliveries in memory: the same rules as their SQL twins."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from service.domain.delivery import Attempt, Delivery, DeliveryState, Endpoint, Event
from service.domain.ports import Ids
from service.domain.records import Page
from service.domain.stages import LEASE
from tests.support.memory_state import State, newest_first

IN_FLIGHT = 4


class MemoryEvents:
    def __init__(self, state: State, ids: Ids) -> None:
        self._state = state
        self._ids = ids

    def add(self, event: Event) -> None:
        self._state.events[event.id] = event
        for endpoint in self._state.endpoints.values():
            if endpoint.tenant_id == event.tenant_id and event.type in endpoint.event_types:
                state: DeliveryState = "pending" if endpoint.disabled_at is None else "held"
                delivery = Delivery(
                    self._ids.new("dlv"), event.tenant_id, event.id, endpoint.id, state, event.occurred_at
                )
                self._state.deliveries[delivery.id] = delivery

    def get(self, tenant_id: str, event_id: str) -> Event | None:
        event = self._state.events.get(event_id)
        return event if event is not None and event.tenant_id == tenant_id else None

    def after(self, tenant_id: str, cursor: str | None, limit: int) -> list[Event]:
        mine = sorted((e for e in self._state.events.values() if e.tenant_id == tenant_id), key=lambda e: e.id)
        return [event for event in mine if cursor is None or event.id > cursor][:limit]

    def next_sequence(self, tenant_id: str, visit_id: str) -> int:
        following = self._state.sequences.get((tenant_id, visit_id), 0) + 1
        self._state.sequences[tenant_id, visit_id] = following
        return following


class MemoryEndpoints:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, endpoint: Endpoint) -> None:
        self._state.endpoints[endpoint.id] = endpoint

    def get(self, tenant_id: str, endpoint_id: str) -> Endpoint | None:
        endpoint = self._state.endpoints.get(endpoint_id)
        return endpoint if endpoint is not None and endpoint.tenant_id == tenant_id else None

    def page(self, tenant_id: str, page: Page) -> list[Endpoint]:
        mine = [endpoint for endpoint in self._state.endpoints.values() if endpoint.tenant_id == tenant_id]
        return newest_first(mine, page, lambda endpoint: endpoint.id)

    def update(self, endpoint: Endpoint) -> None:
        if self.get(endpoint.tenant_id, endpoint.id) is not None:
            self._state.endpoints[endpoint.id] = endpoint

    def remove(self, tenant_id: str, endpoint_id: str) -> bool:
        known = self.get(tenant_id, endpoint_id) is not None
        if known:
            del self._state.endpoints[endpoint_id]
            self._turn(tenant_id, endpoint_id, "cancelled", ("pending", "held", "sending"))
        return known

    def note_success(self, tenant_id: str, endpoint_id: str) -> None:
        self._edit(tenant_id, endpoint_id, lambda it: replace(it, failing_since=None, failures=0))

    def note_failure(self, tenant_id: str, endpoint_id: str, now: datetime) -> Endpoint | None:
        return self._edit(
            tenant_id,
            endpoint_id,
            lambda it: replace(it, failing_since=it.failing_since or now, failures=it.failures + 1),
        )

    def disable(self, tenant_id: str, endpoint_id: str, *, reason: str, now: datetime) -> None:
        self._edit(tenant_id, endpoint_id, lambda it: replace(it, disabled_at=now, disabled_reason=reason))
        self._turn(tenant_id, endpoint_id, "held", ("pending",))

    def _edit(self, tenant_id: str, endpoint_id: str, change: Callable[[Endpoint], Endpoint]) -> Endpoint | None:
        endpoint = self.get(tenant_id, endpoint_id)
        if endpoint is None:
            return None
        self._state.endpoints[endpoint_id] = change(endpoint)
        return self._state.endpoints[endpoint_id]

    def _turn(self, tenant_id: str, endpoint_id: str, state: DeliveryState, sources: tuple[str, ...]) -> None:
        for delivery in list(self._state.deliveries.values()):
            owed = (delivery.tenant_id, delivery.endpoint_id) == (tenant_id, endpoint_id)
            if owed and delivery.state in sources:
                turned = replace(delivery, state=state, fence=delivery.fence + 1, lease_until=None)
                self._state.deliveries[delivery.id] = turned


class MemoryDeliveries:
    def __init__(self, state: State) -> None:
        self._state = state

    def claim(self, owner: str, now: datetime) -> Delivery | None:
        due = [delivery for delivery in self._state.deliveries.values() if self._is_due(delivery, now)]
        for delivery in sorted(due, key=lambda it: (it.next_attempt_at, it.id)):
            endpoint = self._state.endpoints.get(delivery.endpoint_id)
            if endpoint is None or endpoint.disabled_at is not None:
                continue
            if self._in_flight(endpoint.id, now) < (IN_FLIGHT if endpoint.failing_since is None else 1):
                claimed = replace(delivery, state="sending", fence=delivery.fence + 1, lease_until=now + LEASE)
                self._state.deliveries[delivery.id] = claimed
                return claimed
        return None

    def record(
        self, delivery: Delivery, attempt: Attempt, *, state: DeliveryState, next_attempt_at: datetime | None
    ) -> bool:
        standing = self._state.deliveries.get(delivery.id)
        if standing is None or (standing.fence, standing.state) != (delivery.fence, "sending"):
            return False
        self._state.deliveries[delivery.id] = replace(
            standing,
            state=state,
            lease_until=None,
            attempts=attempt.number,
            last_status=attempt.status,
            last_error=attempt.error,
            delivered_at=attempt.at if state == "delivered" else None,
            next_attempt_at=next_attempt_at or standing.next_attempt_at,
        )
        self._state.attempts[attempt.delivery_id, attempt.number] = attempt
        return True

    def get(self, tenant_id: str, delivery_id: str) -> Delivery | None:
        delivery = self._state.deliveries.get(delivery_id)
        return delivery if delivery is not None and delivery.tenant_id == tenant_id else None

    def attempts(self, tenant_id: str, delivery_id: str) -> list[Attempt]:
        if self.get(tenant_id, delivery_id) is None:
            return []
        return [attempt for (of, _), attempt in sorted(self._state.attempts.items()) if of == delivery_id]

    def page(
        self, tenant_id: str, page: Page, *, endpoint_id: str | None = None, state: str | None = None
    ) -> list[Delivery]:
        mine = [
            delivery
            for delivery in self._state.deliveries.values()
            if delivery.tenant_id == tenant_id
            and endpoint_id in (None, delivery.endpoint_id)
            and state in (None, delivery.state)
        ]
        return newest_first(mine, page, lambda delivery: delivery.id)

    def retry(self, tenant_id: str, delivery_id: str, now: datetime) -> bool:
        delivery = self.get(tenant_id, delivery_id)
        if delivery is None or delivery.state in ("sending", "cancelled"):
            return False
        self._state.deliveries[delivery_id] = replace(
            delivery, state="pending", next_attempt_at=now, fence=delivery.fence + 1
        )
        return True

    def _is_due(self, delivery: Delivery, now: datetime) -> bool:
        if delivery.state == "sending":
            return delivery.lease_until is not None and delivery.lease_until < now
        return delivery.state == "pending" and delivery.next_attempt_at <= now

    def _in_flight(self, endpoint_id: str, now: datetime) -> int:
        return sum(
            delivery.lease_until is not None and delivery.lease_until >= now
            for delivery in self._state.deliveries.values()
            if delivery.endpoint_id == endpoint_id and delivery.state == "sending"
        )
