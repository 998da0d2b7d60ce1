"""Events, endpoints and deliveries in memory: the same rules as their SQL twins."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from service.domain.delivery.deliveries import Attempt, Delivery, DeliveryState, Endpoint, Event
from service.domain.delivery.ports import ReplayWish
from service.domain.delivery.robots import Bucket
from service.domain.ports import Ids
from service.domain.records import Page
from service.domain.stages import CLOCKS_DIFFER, LEASE
from tests.support.memory_state import State, newest_first

IN_FLIGHT = 4
OPEN = ("pending", "sending", "held", "dead")


class MemoryEvents:
    def __init__(self, state: State, ids: Ids) -> None:
        self._state = state
        self._ids = ids

    def add(self, event: Event, *, only: str | None = None, but: str | None = None) -> list[str]:
        self._state.events[event.id] = event
        made = []
        for endpoint in self._state.endpoints.values():
            wanted = endpoint.id == only if only is not None else event.type in endpoint.event_types
            if endpoint.tenant_id == event.tenant_id and endpoint.id != but and wanted:
                state: DeliveryState = "pending" if endpoint.takes(event.type) else "held"
                delivery = Delivery(
                    self._ids.new("dlv"), event.tenant_id, event.id, endpoint.id, state, event.occurred_at
                )
                self._state.deliveries[delivery.id] = delivery
                made.append(delivery.id)
        return made

    def add_all(self, events: Sequence[Event]) -> None:
        for event in events:
            self.add(event)

    def get(self, tenant_id: str, event_id: str) -> Event | None:
        event = self._state.events.get(event_id)
        return event if event is not None and event.tenant_id == tenant_id else None

    def after(self, tenant_id: str, cursor: str | None, limit: int) -> list[Event]:
        mine = [event for event in self._state.events.values() if event.tenant_id == tenant_id]  # as committed
        seen = [event.id for event in mine].index(cursor) + 1 if cursor is not None else 0
        return mine[seen:][:limit]

    def next_sequence(self, tenant_id: str, visit_id: str) -> int:
        return self.next_sequences(tenant_id, {visit_id: 1})[visit_id]

    def next_sequences(self, tenant_id: str, counts: Mapping[str, int]) -> dict[str, int]:
        for visit_id, count in counts.items():
            self._state.sequences[tenant_id, visit_id] = self._state.sequences.get((tenant_id, visit_id), 0) + count
        return {visit_id: self._state.sequences[tenant_id, visit_id] for visit_id in counts}


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

    def prove(self, tenant_id: str, endpoint_id: str, challenge: str) -> bool:
        endpoint = self.get(tenant_id, endpoint_id)
        if endpoint is None or not challenge or endpoint.challenge != challenge:
            return False
        self._edit(tenant_id, endpoint_id, lambda it: replace(it, challenge=""))
        self._turn(tenant_id, endpoint_id, "pending", ("held",))
        return True

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
            several = endpoint.failing_since is None and endpoint.kind == "standard"
            if self._in_flight(endpoint.id, now) < (IN_FLIGHT if several else 1):
                claimed = replace(delivery, state="sending", fence=delivery.fence + 1, lease_until=now + LEASE)
                self._state.deliveries[delivery.id] = claimed
                return claimed
        return None

    def due_beside(self, delivery: Delivery, now: datetime) -> int:
        return len(self._beside(delivery, now))

    def claim_beside(self, delivery: Delivery, owner: str, now: datetime, limit: int) -> list[Delivery]:
        claimed = [
            replace(each, state="sending", fence=each.fence + 1, lease_until=now + LEASE)
            for each in self._beside(delivery, now)[:limit]
        ]
        self._state.deliveries.update({each.id: each for each in claimed})
        return claimed

    def _beside(self, delivery: Delivery, now: datetime) -> list[Delivery]:
        same = (it for it in self._state.deliveries.values() if it.endpoint_id == delivery.endpoint_id)
        due = (it for it in same if it.state == "pending" and it.next_attempt_at <= now)
        return sorted(due, key=lambda it: (it.next_attempt_at, it.id))

    def bring_forward(self, now: datetime) -> int:
        ahead, mended = now + CLOCKS_DIFFER, []
        for it in self._state.deliveries.values():
            event = self._state.events.get(it.event_id)
            unborn = event is not None and event.occurred_at > ahead
            if it.state == "pending" and it.next_attempt_at > ahead and unborn:
                mended.append(replace(it, next_attempt_at=now))
            elif it.state == "sending" and it.lease_until is not None and it.lease_until > ahead + LEASE:
                mended.append(replace(it, lease_until=now + LEASE))
        self._state.deliveries.update({it.id: it for it in mended})
        return len(mended)

    def put_off(self, delivery: Delivery, until: datetime) -> bool:
        standing = self._state.deliveries.get(delivery.id)
        if standing is None or (standing.fence, standing.state) != (delivery.fence, "sending"):
            return False
        waiting = replace(standing, state="pending", lease_until=None, next_attempt_at=until)
        self._state.deliveries[delivery.id] = waiting
        return True

    def put_off_all(self, tenant_id: str, endpoint_id: str, until: datetime) -> int:
        due = [
            it
            for it in self._state.deliveries.values()
            if (it.tenant_id, it.endpoint_id, it.state) == (tenant_id, endpoint_id, "pending")
            and it.next_attempt_at < until
        ]
        self._state.deliveries.update({it.id: replace(it, next_attempt_at=until) for it in due})
        return len(due)

    def record(
        self,
        delivery: Delivery,
        attempt: Attempt,
        *,
        state: DeliveryState,
        next_attempt_at: datetime | None,
        parts_sent: int = 0,
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
            parts_sent=parts_sent,
        )
        self._state.attempts[attempt.delivery_id, attempt.number] = attempt
        return True

    def get(self, tenant_id: str, delivery_id: str) -> Delivery | None:
        delivery = self._state.deliveries.get(delivery_id)
        return delivery if delivery is not None and delivery.tenant_id == tenant_id else None

    def attempts(self, tenant_id: str, delivery_id: str) -> list[Attempt]:
        return self.attempts_of(tenant_id, [delivery_id])

    def attempts_of(self, tenant_id: str, delivery_ids: Sequence[str]) -> list[Attempt]:
        mine = {each for each in delivery_ids if self.get(tenant_id, each) is not None}
        return [attempt for (of, _), attempt in sorted(self._state.attempts.items()) if of in mine]

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
            delivery, state="pending", next_attempt_at=now, parts_sent=0, fence=delivery.fence + 1
        )
        return True

    def replay(self, tenant_id: str, endpoint_id: str, wish: ReplayWish, now: datetime, limit: int) -> int:
        named = [
            it
            for it in sorted(self._state.deliveries.values(), key=lambda it: it.id)
            if (it.tenant_id, it.endpoint_id) == (tenant_id, endpoint_id)
            and it.state in wish.states
            and self._state.events[it.event_id].type in wish.types
            and wish.since <= self._state.events[it.event_id].occurred_at < wish.until
        ][:limit]
        return sum(self.retry(tenant_id, it.id, now) for it in named)

    def expire_held(self, before: datetime) -> int:
        old = [it for it in self._state.deliveries.values() if it.state == "held" and it.next_attempt_at < before]
        for it in old:
            said = "held for 30 days, and nobody asked for it"
            self._state.deliveries[it.id] = replace(it, state="dead", last_error=said)
        return len(old)

    def tally(self, now: datetime) -> tuple[dict[str, int], float]:
        found = Counter(it.state for it in self._state.deliveries.values())
        due = [it.next_attempt_at for it in self._state.deliveries.values() if it.state == "pending"]
        age = max(0.0, (now - min(due)).total_seconds()) if due else 0.0
        return {state: n for state, n in found.items() if state in OPEN}, age

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


class MemoryRobotBuckets:
    def __init__(self, state: State) -> None:
        self._state = state

    def open(self, key: str) -> Bucket:
        return self._state.robots.setdefault(key, Bucket())

    def put(self, key: str, bucket: Bucket) -> None:
        self._state.robots[key] = bucket
