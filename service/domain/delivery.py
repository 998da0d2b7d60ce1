"""Webhook deliveries: what is owed to whom, and when to try again.

Invariant: an event that was committed is delivered or visibly dead; `webhook-id` is the event id in every attempt.
Source: schedule, status meanings and limits follow Standard Webhooks 1.0.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

DeliveryState = Literal["pending", "sending", "delivered", "dead", "held", "cancelled"]
PayloadKind = Literal["thin", "full"]
EVENT_TYPES = ("visit.analyzed", "visit.failed", "recording.waiting_for_model")

FULL_KEY = "analysis"  # the part of an event that only `full` endpoints are sent

DELAYS = tuple(timedelta(seconds=s) for s in (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
JITTER = 0.2
MAX_RETRY_AFTER = timedelta(hours=24)
DISABLE_AFTER = timedelta(days=5)
DISABLE_MIN_FAILURES = 20
SECRET_OVERLAP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a tenant wants to be told; secrets are Standard Webhooks `whsec_` texts, the newest first."""

    id: str
    tenant_id: str
    url: str
    event_types: tuple[str, ...]
    payload: PayloadKind
    secrets: tuple[str, ...]
    created_at: datetime
    description: str = ""
    disabled_at: datetime | None = None
    disabled_reason: str = ""
    failing_since: datetime | None = None
    failures: int = 0
    previous_secret_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, committed with the change it tells of."""

    id: str
    tenant_id: str
    type: str
    occurred_at: datetime
    visit_id: str | None
    sequence: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event owed to one endpoint."""

    id: str
    tenant_id: str
    event_id: str
    endpoint_id: str
    state: DeliveryState
    next_attempt_at: datetime
    attempts: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    last_status: int | None = None
    last_error: str = ""
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try led to; `body` is the first 512 characters of the answer, redacted."""

    delivery_id: str
    number: int
    at: datetime
    status: int | None
    error: str
    latency_ms: int
    body: str = ""
    retry_after_s: int | None = None


def next_delay(attempts: int, *, jitter: float, retry_after_s: int | None = None) -> timedelta | None:
    """How long to wait after the `attempts`-th failed try; None when the schedule is exhausted.

    Args:
        attempts: failed tries so far, from 1.
        jitter: drawn uniformly from [-1, 1]; stretches the delay by up to 20% either way.
        retry_after_s: what the receiver asked for; the longer of both counts, up to 24 hours.
    """
    if attempts >= len(DELAYS):
        return None
    delay = DELAYS[attempts] * (1 + JITTER * jitter)
    if retry_after_s is not None:
        delay = max(delay, min(timedelta(seconds=retry_after_s), MAX_RETRY_AFTER))
    return delay


def payload_of(event: Event, kind: PayloadKind) -> dict[str, Any]:
    """The body of a delivery: `{type, timestamp, data}`; `thin` leaves out what was said and found.

    Source: Standard Webhooks 1.0.0, which advises thin payloads for private data.
    """
    data = {name: value for name, value in event.data.items() if kind == "full" or name != FULL_KEY}
    timestamp = event.occurred_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ids = {"event_id": event.id, "visit_id": event.visit_id, "sequence": event.sequence}
    return {"type": event.type, "timestamp": timestamp, "data": {**ids, **data}}
