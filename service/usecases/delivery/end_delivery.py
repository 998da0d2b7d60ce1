"""What an attempt leads to: the delivery's next state, the endpoint's record, and word to the tenant when it is over.

Invariant: a delivery that will not be tried again by itself is visible as `dead` or `held`, and every other endpoint
that asked for it hears of it; such news is not itself followed by news, so that failures cannot breed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from service.domain.delivery.deliveries import (
    CHALLENGE,
    DISABLE_AFTER,
    DISABLE_MIN_FAILURES,
    DISABLED,
    EXHAUSTED,
    PING,
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    Event,
    next_delay,
)
from service.domain.ports import Clock, Ids, UnitOfWork
from service.usecases.privacy.count_transfers import CountSent, Sent, left, persons_of_event, uncounted

GONE = 410
ABOUT_DELIVERY = frozenset({EXHAUSTED, DISABLED, PING, CHALLENGE})


Watch = Callable[[str, str], None]
"""Told of each attempt: the endpoint's kind, and the state the delivery is in after it."""


def unwatched(kind: str, state: str) -> None:
    """Nobody watches."""
    del kind, state


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed delivery with what it takes to send it."""

    delivery: Delivery
    endpoint: Endpoint
    event: Event


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt is to be recorded."""

    state: DeliveryState
    next_attempt_at: datetime | None = None
    parts_sent: int = 0
    blames: bool = True  # whether a failure counts against the endpoint


@dataclass(frozen=True, slots=True)
class Records:
    """Writes what attempts led to, over the ports it needs."""

    clock: Clock
    ids: Ids
    watch: Watch = unwatched
    count: CountSent = uncounted

    def count_sent(self, owed: Owed, attempt: Attempt) -> None:
        """Count whose data went out with it; thin ones tell of nobody: their receiver fetches with a key of its own."""
        endpoint, event = owed.endpoint, owed.event
        if endpoint.payload == "thin" or not left(attempt):
            return
        host = urlsplit(endpoint.url).hostname or endpoint.url
        said = event.data if endpoint.payload == "full" else None  # what is pseudonymised has its texts masked
        self.count(Sent(endpoint.tenant_id, host, partial(persons_of_event, event=event), said))

    def record(self, tx: UnitOfWork, owed: Owed, attempt: Attempt, ended: Ended) -> None:
        """Store the attempt under the delivery's fence, and all that follows from it; nothing when it was lost."""
        now = self.clock.now()
        if not tx.deliveries.record(
            owed.delivery,
            attempt,
            state=ended.state,
            next_attempt_at=ended.next_attempt_at,
            parts_sent=ended.parts_sent,
        ):
            return
        self.watch(owed.endpoint.kind, ended.state)
        tenant_id, endpoint_id = owed.endpoint.tenant_id, owed.endpoint.id
        if ended.state == "delivered":
            if owed.endpoint.failing_since is not None:
                tx.endpoints.note_success(tenant_id, endpoint_id)
            if owed.event.type == CHALLENGE:
                tx.endpoints.prove(tenant_id, endpoint_id, str(owed.event.data["challenge"]))
            return
        if ended.state == "dead":
            self._tell_exhausted(tx, owed, attempt)
        if not ended.blames:
            return
        failing = tx.endpoints.note_failure(tenant_id, endpoint_id, now)
        reason = why_disable(attempt, failing, now)
        if reason is not None:
            tx.endpoints.disable(tenant_id, endpoint_id, reason=reason, now=now)
            self._tell(tx, owed, DISABLED, {"reason": reason})

    def _tell_exhausted(self, tx: UnitOfWork, owed: Owed, attempt: Attempt) -> None:
        if owed.event.type in ABOUT_DELIVERY:
            return
        delivery = owed.delivery
        said = {
            "delivery_id": delivery.id,
            "event_id": owed.event.id,
            "event_type": owed.event.type,
            "attempts": attempt.number,
            "last_status": attempt.status,
            "last_error": attempt.error,
            "links": {"delivery": f"/v1/deliveries/{delivery.id}"},
        }
        self._tell(tx, owed, EXHAUSTED, said)

    def _tell(self, tx: UnitOfWork, owed: Owed, type_: str, data: dict[str, Any]) -> None:
        tenant_id, endpoint_id = owed.endpoint.tenant_id, owed.endpoint.id
        event = Event(
            id=self.ids.new("evt"),
            tenant_id=tenant_id,
            type=type_,
            occurred_at=self.clock.now(),
            visit_id=None,
            sequence=tx.events.next_sequence(tenant_id, endpoint_id),
            data={"endpoint_id": endpoint_id, **data},
        )
        tx.events.add(event, but=endpoint_id)


def after_attempt(attempt: Attempt, now: datetime, *, jitter: float) -> Ended:
    """What a standard webhook's attempt leads to."""
    if attempt.status is not None and 200 <= attempt.status < 300 and not attempt.error:
        return Ended("delivered")
    if attempt.status == GONE:
        return Ended("held")
    delay = next_delay(attempt.number, jitter=jitter, retry_after_s=attempt.retry_after_s)
    return Ended("dead") if delay is None else Ended("pending", now + delay)


def why_disable(attempt: Attempt, endpoint: Endpoint | None, now: datetime) -> str | None:
    """Why nothing more should be sent to this endpoint; None to go on."""
    if endpoint is None or endpoint.disabled_at is not None:
        return None
    if attempt.status == GONE:
        return "the endpoint answered 410 Gone"
    lasting = endpoint.failing_since is not None and now - endpoint.failing_since >= DISABLE_AFTER
    if lasting and endpoint.failures >= DISABLE_MIN_FAILURES:
        return f"{endpoint.failures} attempts in a row failed, for five days"
    return None
