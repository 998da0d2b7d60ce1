"""Events, endpoints and deliveries as ports: the outbox, whom it is for, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.domain.delivery.deliveries import Attempt, Delivery, DeliveryState, Endpoint, Event
from service.domain.records import Page


class Events(Protocol):
    """The outbox: events committed with the change they tell of."""

    def add(self, event: Event, *, only: str | None = None, but: str | None = None) -> list[str]:
        """Store the event and one delivery per endpoint that wants its type; held while the endpoint is disabled.

        Args:
            only: the one endpoint to tell, whatever types it asked for.
            but: an endpoint that is not told, because it is what the event is about.
        Returns:
            Ids of the deliveries.
        """
        ...

    def add_all(self, events: Sequence[Event]) -> None:
        """As `add` for each, in this order; for many it is much faster."""
        ...

    def get(self, tenant_id: str, event_id: str) -> Event | None: ...
    def after(self, tenant_id: str, cursor: str | None, limit: int) -> list[Event]:
        """Events in the order in which they were committed, after the one whose id is `cursor`."""
        ...

    def next_sequence(self, tenant_id: str, visit_id: str) -> int: ...
    def next_sequences(self, tenant_id: str, counts: Mapping[str, int]) -> dict[str, int]:
        """The last of so many next sequences, for each visit."""
        ...


class Endpoints(Protocol):
    """Webhook endpoints; secrets are encrypted at rest by the storage."""

    def add(self, endpoint: Endpoint) -> None: ...
    def get(self, tenant_id: str, endpoint_id: str) -> Endpoint | None: ...
    def page(self, tenant_id: str, page: Page) -> list[Endpoint]: ...
    def update(self, endpoint: Endpoint) -> None: ...
    def remove(self, tenant_id: str, endpoint_id: str) -> bool:
        """Forget it and cancel what is still owed to it; False when it is unknown."""
        ...

    def note_success(self, tenant_id: str, endpoint_id: str) -> None:
        """It answered: failures are counted from zero again."""
        ...

    def note_failure(self, tenant_id: str, endpoint_id: str, now: datetime) -> Endpoint | None:
        """Count one failed attempt, without touching what the tenant may be changing meanwhile."""
        ...

    def prove(self, tenant_id: str, endpoint_id: str, challenge: str) -> bool:
        """Its receiver repeated this challenge: what was held is due; False where another challenge stands by now."""
        ...

    def disable(self, tenant_id: str, endpoint_id: str, *, reason: str, now: datetime) -> None:
        """Send nothing more; what is owed is held until the tenant asks for it."""
        ...


@dataclass(frozen=True, slots=True)
class ReplayWish:
    """Which deliveries of an endpoint are to be sent again: of events that happened in [since, until)."""

    since: datetime
    until: datetime
    types: tuple[str, ...]
    states: tuple[DeliveryState, ...]


class Deliveries(Protocol):
    """What is owed to endpoints, claimed like stage runs."""

    def claim(self, owner: str, now: datetime) -> Delivery | None: ...
    def due_beside(self, delivery: Delivery, now: datetime) -> int:
        """How many more are due to the endpoint of a claimed delivery."""
        ...

    def claim_beside(self, delivery: Delivery, owner: str, now: datetime, limit: int) -> list[Delivery]:
        """Up to `limit` more that are due to the endpoint of a claimed delivery, the oldest first."""
        ...

    def put_off(self, delivery: Delivery, until: datetime) -> bool:
        """A claimed delivery waits until then; no attempt is counted. False when it was lost."""
        ...

    def put_off_all(self, tenant_id: str, endpoint_id: str, until: datetime) -> int:
        """What is due to an endpoint before `until` waits until then."""
        ...

    def bring_forward(self, now: datetime) -> int:
        """Mend what was written before the clock was set back, as for runs: an event that has yet to happen is owed
        now, and a lease ends within one lease; how many deliveries."""
        ...

    def record(
        self,
        delivery: Delivery,
        attempt: Attempt,
        *,
        state: DeliveryState,
        next_attempt_at: datetime | None,
        parts_sent: int = 0,
    ) -> bool:
        """Store the attempt and the new state under the delivery's fence; False when it was lost."""
        ...

    def get(self, tenant_id: str, delivery_id: str) -> Delivery | None: ...
    def attempts(self, tenant_id: str, delivery_id: str) -> list[Attempt]: ...
    def attempts_of(self, tenant_id: str, delivery_ids: Sequence[str]) -> list[Attempt]:
        """The tries of several deliveries, in the order of ids and numbers."""
        ...

    def page(
        self, tenant_id: str, page: Page, *, endpoint_id: str | None = None, state: str | None = None
    ) -> list[Delivery]: ...
    def retry(self, tenant_id: str, delivery_id: str, now: datetime) -> bool:
        """Back to pending, due now, with the same event id; False when it is unknown or being sent."""
        ...

    def replay(self, tenant_id: str, endpoint_id: str, wish: ReplayWish, now: datetime, limit: int) -> int:
        """The oldest `limit` that the wish names are pending again, due now, with their event ids; how many."""
        ...

    def expire_held(self, before: datetime) -> int:
        """What was held since before then is dead; how many."""
        ...

    def tally(self, now: datetime) -> tuple[Mapping[str, int], float]:
        """How many deliveries are in each state that is not over, and for how many seconds the oldest is due."""
        ...
