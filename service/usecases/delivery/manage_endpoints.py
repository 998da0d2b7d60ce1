"""Webhook endpoints: register, rotate the secret, switch on again.

Invariant: a secret is returned by the call that makes it and by no other.
"""

import base64
from dataclasses import dataclass, replace

from service.domain.coaching.score_reviews import HR_TYPES
from service.domain.delivery.deliveries import (
    CHALLENGE,
    EVENT_TYPES,
    ROBOT_TYPES,
    SECRET_OVERLAP,
    Endpoint,
    EndpointKind,
    EndpointPurpose,
    Event,
    PayloadKind,
)
from service.domain.delivery.robots import check_robot_url, mask_robot_url
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.ports import Ids, UnitOfWork
from service.domain.records import Page
from service.usecases.coaching.review_scores import require_allowed
from service.usecases.services import Services

MAX_ENDPOINTS = 50
SIGNING = ("dingtalk", "feishu")
CHALLENGE_BYTES = 20


def new_secret(ids: Ids) -> str:
    """A Standard Webhooks secret: `whsec_` and base64 of 32 random bytes."""
    return f"whsec_{base64.b64encode(ids.secret(32)).decode()}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an endpoint is: an URL, and what kind of receiver answers there."""

    url: str
    kind: EndpointKind = "standard"
    sign_secret: str = ""


def check_address(services: Services, address: Address) -> None:
    """Refuse an address that may not be called, or that is not its vendor's.

    Raises:
        Invalid: `url_forbidden`, `robot_url_invalid`, or `sign_secret_unused`.
    """
    services.urls.check(address.url)
    if address.kind != "standard":
        check_robot_url(address.kind, address.url)
    if address.sign_secret and address.kind not in SIGNING:
        raise Invalid(f"`sign_secret` is for {' and '.join(SIGNING)} robots; leave it out", code="sign_secret_unused")


def register_endpoint(
    tx: UnitOfWork, services: Services, *, tenant_id: str, address: Address, event_types: tuple[str, ...],
    payload: PayloadKind, description: str, purpose: EndpointPurpose = "operations"
) -> Endpoint:  # fmt: skip
    """The new endpoint with its secret; the caller has checked the address.

    Raises:
        Invalid: an unknown event type (`event_type_unknown`), too many endpoints (`too_many_endpoints`), or tokens for
            a robot (`payload_unsuited`), or what the purpose `hr` excludes (`purpose_unsuited`).
        Forbidden: `hr`, and the tenant's rule is coaching only (`purpose_forbidden`).
    """
    if payload == "pseudonymised" and address.kind != "standard":
        raise Invalid(
            "people read what a robot posts: `pseudonymised` is for your own receiver", code="payload_unsuited"
        )
    unknown = set(event_types) - set(EVENT_TYPES)
    if unknown:
        raise Invalid(f"event types are: {', '.join(EVENT_TYPES)}", code="event_type_unknown")
    if purpose == "hr":
        _require_for_hr(tx, services, tenant_id, address, event_types)
    standing = tx.endpoints.page(tenant_id, Page(MAX_ENDPOINTS))
    if len(standing) >= MAX_ENDPOINTS:
        raise Invalid(f"a tenant may have {MAX_ENDPOINTS} endpoints: remove one first", code="too_many_endpoints")
    endpoint = Endpoint(
        id=services.ids.new("whk"),
        tenant_id=tenant_id,
        url=address.url if address.kind == "standard" else mask_robot_url(address.url),
        event_types=event_types or _asked_by_default(address, purpose),
        payload=payload,
        secrets=(new_secret(services.ids),) if address.kind == "standard" else (address.url, address.sign_secret),
        created_at=services.clock.now(),
        description=description,
        kind=address.kind,
        challenge=_new_challenge(services, address),
        purpose=purpose,
    )
    tx.endpoints.add(endpoint)
    _send_challenge(tx, services, endpoint)
    return endpoint


def _asked_by_default(address: Address, purpose: EndpointPurpose) -> tuple[str, ...]:
    if address.kind != "standard":
        return ROBOT_TYPES
    return tuple(name for name in EVENT_TYPES if purpose != "hr" or name in HR_TYPES)


def _require_for_hr(
    tx: UnitOfWork, services: Services, tenant_id: str, address: Address, event_types: tuple[str, ...]
) -> None:
    require_allowed(tx, services, tenant_id)
    if address.kind != "standard" or set(event_types) - HR_TYPES:
        raise Invalid(
            f"`hr` is for your own receiver, and its event types are: {', '.join(sorted(HR_TYPES))}; "
            "what else you need goes to an endpoint for `operations`",
            code="purpose_unsuited",
        )


def challenge_again(tx: UnitOfWork, services: Services, *, tenant_id: str, endpoint_id: str) -> Endpoint:
    """The endpoint with another challenge on its way, where it has not repeated the first.

    Raises:
        Conflict: it is disabled (`endpoint_disabled`).
    """
    endpoint = find_endpoint(tx, tenant_id, endpoint_id)
    if endpoint.disabled_at is not None:
        raise Conflict("this endpoint is disabled: enable it first", code="endpoint_disabled")
    if endpoint.challenge:
        endpoint = replace(endpoint, challenge=_letters(services.ids.secret(CHALLENGE_BYTES)))
        tx.endpoints.update(endpoint)
        _send_challenge(tx, services, endpoint)
    return endpoint


def _new_challenge(services: Services, address: Address) -> str:
    """None for a robot, whose address is its vendor's, and for a host that the operator vouches for."""
    asked = address.kind == "standard" and not services.urls.vouched_for(address.url)
    return _letters(services.ids.secret(CHALLENGE_BYTES)) if asked else ""


def _letters(secret: bytes) -> str:
    """Letters alone, so that no masking of numbers takes it for somebody's."""
    return "".join(chr(ord("a") + half) for byte in secret for half in (byte >> 4, byte & 15))


def _send_challenge(tx: UnitOfWork, services: Services, endpoint: Endpoint) -> None:
    if not endpoint.challenge:
        return
    sequence = tx.events.next_sequence(endpoint.tenant_id, endpoint.id)
    data = {"endpoint_id": endpoint.id, "challenge": endpoint.challenge, "links": {}}
    now = services.clock.now()
    event = Event(services.ids.new("evt"), endpoint.tenant_id, CHALLENGE, now, None, sequence, data)
    tx.events.add(event, only=endpoint.id)


def rotate_secret(tx: UnitOfWork, services: Services, *, tenant_id: str, endpoint_id: str) -> Endpoint:
    """The endpoint with a new secret first; for 24 hours every delivery carries both signatures.

    Raises:
        Conflict: a robot's secret is its vendor's to change (`robot_has_no_secret`).
    """
    endpoint = find_endpoint(tx, tenant_id, endpoint_id)
    if endpoint.kind != "standard":
        raise Conflict("a robot's secret is its address: register the new address instead", code="robot_has_no_secret")
    rotated = replace(
        endpoint,
        secrets=(new_secret(services.ids), endpoint.secrets[0]),
        previous_secret_until=services.clock.now() + SECRET_OVERLAP,
    )
    tx.endpoints.update(rotated)
    return rotated


def enable_endpoint(tx: UnitOfWork, *, tenant_id: str, endpoint_id: str) -> Endpoint:
    """The endpoint, switched on and with a clean record."""
    endpoint = find_endpoint(tx, tenant_id, endpoint_id)
    enabled = replace(endpoint, disabled_at=None, disabled_reason="", failing_since=None, failures=0)
    tx.endpoints.update(enabled)
    return enabled


def find_endpoint(tx: UnitOfWork, tenant_id: str, endpoint_id: str) -> Endpoint:
    """The endpoint, or NotFound."""
    endpoint = tx.endpoints.get(tenant_id, endpoint_id)
    if endpoint is None:
        raise NotFound("there is no such webhook endpoint", code="endpoint_not_found")
    return endpoint
