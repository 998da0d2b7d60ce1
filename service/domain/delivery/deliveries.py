"""Webhook deliveries: what is owed to whom, and when to try again.

Invariant: an event that was committed is delivered or visibly dead; `webhook-id` is the event id in every attempt.
Source: schedule, status meanings and limits follow Standard Webhooks 1.0.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

DeliveryState = Literal["pending", "sending", "delivered", "dead", "held", "cancelled"]
PayloadKind = Literal["thin", "full", "pseudonymised"]
EndpointKind = Literal["standard", "wecom", "dingtalk", "feishu"]
EndpointPurpose = Literal["operations", "hr"]
PING = "webhook.ping"  # sent to one endpoint on request; nobody subscribes to it
CHALLENGE = "webhook.challenge"  # sent to one endpoint when it is registered; nobody subscribes to it
EXHAUSTED = "webhook.exhausted"
DISABLED = "webhook.disabled"
EVENT_TYPES = (
    "visit.analyzed",
    "visit.failed",
    "visit.consent_unverified",
    "visit.consent_confirmed",
    "recording.progress",
    "recording.waiting_for_model",
    "alert.raised",
    "alert.closed",
    "action.taken",
    "report.ready",
    "person.erased",
    "stage.frozen",
    "stage.opened",
    "deal.checked",
    "deal.overdue",
    "attribution.disputed",
    "attribution.decided",
    "credibility.low",
    "loss.pattern",
    "payment.closed_loop",
    "coaching.withdrawn",
    "privacy.request_due",
    "privacy.transfer_threshold",
    EXHAUSTED,
    DISABLED,
)
# What a chat group is told of when nothing else was asked for: people read it, so not every change of state.
ROBOT_TYPES = (
    "visit.analyzed",
    "visit.failed",
    "visit.consent_unverified",
    "recording.waiting_for_model",
    "alert.raised",
    "report.ready",
    EXHAUSTED,
    DISABLED,
)

FULL_KEY = "analysis"  # the part of an event that only `full` endpoints are sent
PRIVATE_KEYS = frozenset({FULL_KEY, "evidence"})  # what was said; `thin` receivers fetch it with a key of their own

DELAYS = tuple(timedelta(seconds=s) for s in (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
JITTER = 0.2
MAX_RETRY_AFTER = timedelta(hours=24)
DISABLE_AFTER = timedelta(days=5)
DISABLE_MIN_FAILURES = 20
SECRET_OVERLAP = timedelta(hours=24)
HELD_FOR = timedelta(days=30)
REPLAY_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a tenant wants to be told.

    Until its receiver has repeated `challenge`, nothing but the challenge is sent to it; empty: it was, or need not be.
    A `standard` endpoint's secrets are Standard Webhooks `whsec_` texts, the newest first. A robot's address is itself
    the secret: `url` shows its host and last four characters, `secrets` holds the address and the signing secret.
    What decides about people (`hr`) is told no score of a rep that no person reviewed.
    """

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
    kind: EndpointKind = "standard"
    challenge: str = ""
    purpose: EndpointPurpose = "operations"

    def takes(self, event_type: str) -> bool:
        """Whether events of this type may be sent now; what may not is held for it."""
        return self.disabled_at is None and (not self.challenge or event_type == CHALLENGE)


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
    parts_sent: int = 0  # of a robot's message that is longer than the vendor takes at once


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


def judge_challenge(attempt: Attempt, challenge: str) -> Attempt:
    """The attempt, failed where a receiver took the challenge and did not repeat it: it may be anybody's."""
    taken = attempt.status is not None and 200 <= attempt.status < 300 and not attempt.error
    if not taken or (challenge and challenge in attempt.body):
        return attempt
    return replace(attempt, error="the answer does not repeat the challenge")


def payload_of(event: Event, kind: PayloadKind) -> dict[str, Any]:
    """The body of a delivery: `{type, timestamp, data}`; `thin` leaves out what was said and found.

    For `pseudonymised` it is what a full one holds: who may not know it is told by `pseudonyms.pseudonymise`.

    Source: Standard Webhooks 1.0.0, which advises thin payloads for private data.
    """
    data = {name: value for name, value in event.data.items() if kind != "thin" or name not in PRIVATE_KEYS}
    timestamp = event.occurred_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    ids = {"event_id": event.id, "visit_id": event.visit_id, "sequence": event.sequence}
    return {"type": event.type, "timestamp": timestamp, "data": {**ids, **data}}
