"""Webhook endpoints: register, rotate the secret, switch on again.

Invariant: a secret is returned by the call that makes it and by no other.
"""

import base64
from dataclasses import replace

from service.domain.delivery import EVENT_TYPES, SECRET_OVERLAP, Endpoint, PayloadKind
from service.domain.errors import Invalid, NotFound
from service.domain.ports import Ids, UnitOfWork
from service.domain.records import Page
from service.usecases.services import Services

MAX_ENDPOINTS = 50


def new_secret(ids: Ids) -> str:
    """A Standard Webhooks secret: `whsec_` and base64 of 32 random bytes."""
    return f"whsec_{base64.b64encode(ids.secret(32)).decode()}"


def register_endpoint(
    tx: UnitOfWork, services: Services, *, tenant_id: str, url: str, event_types: tuple[str, ...], payload: PayloadKind,
    description: str
) -> Endpoint:  # fmt: skip
    """The new endpoint with its secret; the caller has checked the address with the URL policy.

    Raises:
        Invalid: an unknown event type (`event_type_unknown`), or too many endpoints (`too_many_endpoints`).
    """
    unknown = set(event_types) - set(EVENT_TYPES)
    if unknown:
        raise Invalid(f"event types are: {', '.join(EVENT_TYPES)}", code="event_type_unknown")
    standing = tx.endpoints.page(tenant_id, Page(MAX_ENDPOINTS))
    if len(standing) >= MAX_ENDPOINTS:
        raise Invalid(f"a tenant may have {MAX_ENDPOINTS} endpoints: remove one first", code="too_many_endpoints")
    endpoint = Endpoint(
        id=services.ids.new("whk"),
        tenant_id=tenant_id,
        url=url,
        event_types=event_types or EVENT_TYPES,
        payload=payload,
        secrets=(new_secret(services.ids),),
        created_at=services.clock.now(),
        description=description,
    )
    tx.endpoints.add(endpoint)
    return endpoint


def rotate_secret(tx: UnitOfWork, services: Services, *, tenant_id: str, endpoint_id: str) -> Endpoint:
    """The endpoint with a new secret first; for 24 hours every delivery carries both signatures."""
    endpoint = find_endpoint(tx, tenant_id, endpoint_id)
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
