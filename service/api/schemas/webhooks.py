"""Bodies of webhook endpoints, deliveries and events."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from service.api.rendering import instant
from service.api.schemas.base import In, Instant, Label, Out
from service.api.schemas.examples import answer
from service.domain.delivery.deliveries import EVENT_TYPES, Attempt, Delivery, Endpoint, EndpointPurpose, Event


class EndpointIn(In):
    """Where to send events; `full` puts the whole analysis into the payload, `thin` only links.

    `pseudonymised` is full without links, with masked texts, and with tokens in place of ids, names and numbers: the
    same for the same at this endpoint, others at every other one; `webhook-id` is such a token, too.

    `kind` is `standard` for your own receiver; for a chat robot `url` is the address that the group shows, and
    `sign_secret` its signing secret where DingTalk or Feishu gave one.

    `purpose` is `hr` for receivers that decide about people: told how good a rep is only when a person reviewed
    the month of the event; else the analysis comes without `skills` and `courses`, and with `review`: `required`, or
    `forbidden` where the tenant's rule is `coaching_only`. It may ask for events whose type judges nobody.
    """

    url: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=2_048)]
    kind: Literal["standard", "wecom", "dingtalk", "feishu"] = "standard"
    sign_secret: Annotated[str, StringConstraints(strict=True, max_length=200, pattern=r"^[!-~]*$")] = ""
    event_types: Annotated[tuple[Literal[EVENT_TYPES], ...], Field(max_length=50)] = ()  # type: ignore[valid-type]
    payload: Literal["thin", "full", "pseudonymised"] = "thin"
    description: Label = ""
    purpose: EndpointPurpose = "operations"


class EndpointOut(Out):
    """A webhook endpoint; its secret is shown only when it is made. Of a robot's `url` the end is shown."""

    id: str
    kind: str
    url: str
    event_types: list[str]
    payload: str
    purpose: str
    description: str
    created_at: str
    disabled_at: str | None
    disabled_reason: str
    proven: Annotated[
        bool, Field(description="Whether its receiver repeated the challenge, where one is asked; until then it waits")
    ]

    @classmethod
    def of(cls, endpoint: Endpoint) -> "EndpointOut":
        """From the row."""
        return cls(**_endpoint_fields(endpoint))


class EndpointSecretOut(EndpointOut):
    """The answer that makes a secret: `whsec_...`, shown this once; null for a robot, whose secret is its address."""

    secret: str | None

    @classmethod
    def of(cls, endpoint: Endpoint) -> "EndpointSecretOut":
        """From the row, with the newest secret."""
        secret = endpoint.secrets[0] if endpoint.kind == "standard" else None
        return cls(secret=secret, **_endpoint_fields(endpoint))


def _endpoint_fields(endpoint: Endpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "kind": endpoint.kind,
        "url": endpoint.url,
        "event_types": list(endpoint.event_types),
        "payload": endpoint.payload,
        "purpose": endpoint.purpose,
        "description": endpoint.description,
        "created_at": instant(endpoint.created_at),
        "disabled_at": endpoint.disabled_at and instant(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_reason,
        "proven": not endpoint.challenge,
    }


class EndpointPageOut(Out):
    """One page of endpoints."""

    items: list[EndpointOut]
    next_cursor: str | None


class PseudonymOut(Out):
    """What a token stands for; `kind` is person, account, visit, opportunity or external."""

    kind: str
    id: str


PSEUDONYM_OUT = answer({"kind": "account", "id": "acc-2041"})


class AttemptOut(Out):
    """One try."""

    number: int
    at: str
    status: int | None
    error: str
    latency_ms: int
    body: str

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptOut":
        """From the row."""
        return cls(number=attempt.number, at=instant(attempt.at), status=attempt.status, error=attempt.error,
                   latency_ms=attempt.latency_ms, body=attempt.body)  # fmt: skip


class EndpointAttemptOut(AttemptOut):
    """One try of one delivery."""

    delivery_id: str

    @classmethod
    def of(cls, attempt: Attempt) -> "EndpointAttemptOut":
        """From the row."""
        return cls(delivery_id=attempt.delivery_id, **AttemptOut.of(attempt).model_dump())


class AttemptPageOut(Out):
    """The tries of one page of deliveries; pass `next_cursor` as `after` for the deliveries before them."""

    items: list[EndpointAttemptOut]
    next_cursor: str | None


class ReplayIn(In):
    """What to send again: events that happened in [since, until), of these types, whose deliveries are in these states.

    No types: all. At most 10,000 deliveries, the oldest first, of the last 30 days.
    """

    since: Instant
    until: Instant
    types: Annotated[tuple[Literal[EVENT_TYPES], ...], Field(max_length=50)] = ()  # type: ignore[valid-type]
    states: Annotated[tuple[Literal["dead", "held", "delivered"], ...], Field(min_length=1, max_length=3)] = (
        "dead",
        "held",
    )


class ReplayOut(Out):
    """How many are being sent again; `more` when as many as one replay takes were found: ask once more."""

    replayed: int
    more: bool


class DeliveryOut(Out):
    """One event owed to one endpoint."""

    id: str
    event_id: str
    endpoint_id: str
    state: str
    attempts: int
    next_attempt_at: str
    last_status: int | None
    last_error: str
    delivered_at: str | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        """From the row."""
        return cls(**_delivery_fields(delivery))


def _delivery_fields(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "endpoint_id": delivery.endpoint_id,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt_at": instant(delivery.next_attempt_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "delivered_at": delivery.delivered_at and instant(delivery.delivered_at),
    }


class DeliveryDetailOut(DeliveryOut):
    """A delivery with every try."""

    history: list[AttemptOut]


def delivery_detail(delivery: Delivery, attempts: list[Attempt]) -> DeliveryDetailOut:
    """A delivery with every try so far, the first one first."""
    history = [AttemptOut.of(attempt) for attempt in attempts]
    return DeliveryDetailOut(history=history, **_delivery_fields(delivery))


class DeliveryPageOut(Out):
    """One page of deliveries, the newest first."""

    items: list[DeliveryOut]
    next_cursor: str | None


class EventOut(Out):
    """An event as webhooks carry it."""

    id: str
    type: str
    timestamp: str
    visit_id: str | None
    sequence: int
    data: dict[str, object]

    @classmethod
    def of(cls, event: Event) -> "EventOut":
        """From the row."""
        return cls(id=event.id, type=event.type, timestamp=instant(event.occurred_at), visit_id=event.visit_id,
                   sequence=event.sequence, data=dict(event.data))  # fmt: skip


class EventPageOut(Out):
    """Events in the order they happened; pass the last id as `after` to go on."""

    items: list[EventOut]
    next_cursor: str | None
