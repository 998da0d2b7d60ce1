"""Deliver what is owed: claim in one transaction, send outside any, record in another.

Invariant: an attempt is recorded or its lease runs out and it is made again with the same event id; never is a
transaction open while the other side is waited for.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.delivery import (
    DISABLE_AFTER,
    DISABLE_MIN_FAILURES,
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    Event,
    next_delay,
    payload_of,
)
from service.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory, WebhookSender

GONE = 410


def _jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - spreads load, hides nothing


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed delivery with what it takes to send it."""

    delivery: Delivery
    endpoint: Endpoint
    event: Event


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Sends what is due, one at a time; safe to use from several threads and processes."""

    uow: UnitOfWorkFactory
    clock: Clock
    sender: WebhookSender
    owner: str
    jitter: Callable[[], float] = _jitter

    def deliver_one(self) -> bool:
        """Send one due delivery; False when none was due."""
        with self.uow() as tx:
            delivery = tx.deliveries.claim(self.owner, self.clock.now())
            if delivery is None:
                return False
            endpoint = tx.endpoints.get(delivery.tenant_id, delivery.endpoint_id)
            event = tx.events.get(delivery.tenant_id, delivery.event_id)
        if endpoint is None or event is None:
            return True  # removed this moment, and its deliveries with it
        attempt = self.sender.send(
            endpoint,
            event.id,
            body_of(payload_of(event, endpoint.payload)),
            delivery_id=delivery.id,
            number=delivery.attempts + 1,
            now=self.clock.now(),
        )
        with self.uow() as tx:
            self._record(tx, Owed(delivery, endpoint, event), attempt)
        return True

    def _record(self, tx: UnitOfWork, owed: Owed, attempt: Attempt) -> None:
        now = self.clock.now()
        state, next_attempt_at = after_attempt(attempt, now, jitter=self.jitter())
        if not tx.deliveries.record(owed.delivery, attempt, state=state, next_attempt_at=next_attempt_at):
            return
        tenant_id, endpoint_id = owed.endpoint.tenant_id, owed.endpoint.id
        if state == "delivered":
            if owed.endpoint.failing_since is not None:
                tx.endpoints.note_success(tenant_id, endpoint_id)
            return
        failing = tx.endpoints.note_failure(tenant_id, endpoint_id, now)
        reason = why_disable(attempt, failing, now)
        if reason is not None:
            tx.endpoints.disable(tenant_id, endpoint_id, reason=reason, now=now)


def body_of(payload: dict[str, Any]) -> bytes:
    """The payload as the bytes that are signed and sent; real characters, no NaN."""
    return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def after_attempt(attempt: Attempt, now: datetime, *, jitter: float) -> tuple[DeliveryState, datetime | None]:
    """The delivery's state after this attempt, and when to try again."""
    if attempt.status is not None and 200 <= attempt.status < 300 and not attempt.error:
        return "delivered", None
    if attempt.status == GONE:
        return "held", None
    delay = next_delay(attempt.number, jitter=jitter, retry_after_s=attempt.retry_after_s)
    return ("dead", None) if delay is None else ("pending", now + delay)


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
