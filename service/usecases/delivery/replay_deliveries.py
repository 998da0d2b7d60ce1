"""Send again what an endpoint missed, and try whether it answers at all.

Invariant: a replay keeps every event's id, so that a receiver drops what it has; it is bounded in number and in time.
"""

from datetime import timedelta

import structlog

from service.domain.delivery.deliveries import (
    CHALLENGE,
    EVENT_TYPES,
    HELD_FOR,
    PING,
    REPLAY_AT_MOST,
    Delivery,
    Endpoint,
    Event,
)
from service.domain.delivery.ports import ReplayWish
from service.domain.errors import Conflict, Invalid
from service.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory
from service.usecases.delivery.manage_endpoints import find_endpoint
from service.usecases.privacy.keep_audit import note
from service.usecases.services import Services

log = structlog.get_logger(__name__)


def replay_deliveries(
    tx: UnitOfWork, services: Services, *, tenant_id: str, endpoint_id: str, wish: ReplayWish, actor: str
) -> tuple[int, bool]:
    """How many deliveries are pending again, and whether there may be more.

    Raises:
        NotFound: no such endpoint. Conflict: it is disabled (`endpoint_disabled`), or not proven (`endpoint_unproven`).
        Invalid: a time that is none (`replay_range_invalid`), or one too long ago (`replay_too_old`).
    """
    _find_open(tx, tenant_id, endpoint_id)
    now = services.clock.now()
    if wish.since >= wish.until:
        raise Invalid("`since` must lie before `until`", code="replay_range_invalid")
    if wish.since < now - HELD_FOR - timedelta(days=1):
        raise Invalid(f"a replay reaches {HELD_FOR.days} days back", code="replay_too_old")
    asked = ReplayWish(wish.since, wish.until, wish.types or EVENT_TYPES, wish.states)
    replayed = tx.deliveries.replay(tenant_id, endpoint_id, asked, now, REPLAY_AT_MOST)
    note(tx, services, tenant_id, actor, "replay", f"endpoint:{endpoint_id}", detail={"replayed": replayed})
    return replayed, replayed == REPLAY_AT_MOST


def ping_endpoint(tx: UnitOfWork, services: Services, *, tenant_id: str, endpoint_id: str) -> Delivery:
    """The delivery of a `webhook.ping` to this endpoint alone, whatever types it asked for.

    Raises:
        NotFound: no such endpoint. Conflict: it is disabled (`endpoint_disabled`), or not proven (`endpoint_unproven`).
    """
    _find_open(tx, tenant_id, endpoint_id)
    event = Event(
        id=services.ids.new("evt"),
        tenant_id=tenant_id,
        type=PING,
        occurred_at=services.clock.now(),
        visit_id=None,
        sequence=tx.events.next_sequence(tenant_id, endpoint_id),
        data={"endpoint_id": endpoint_id, "links": {}},
    )
    (delivery_id,) = tx.events.add(event, only=endpoint_id)
    delivery = tx.deliveries.get(tenant_id, delivery_id)
    if delivery is None:
        raise RuntimeError("a delivery that was just added is not there")
    return delivery


def check_retry(tx: UnitOfWork, delivery: Delivery) -> None:
    """Refuse to send a delivery again to a receiver that has not shown whose it is.

    Raises:
        Conflict: `endpoint_unproven`.
    """
    endpoint = tx.endpoints.get(delivery.tenant_id, delivery.endpoint_id)
    event = tx.events.get(delivery.tenant_id, delivery.event_id)
    if endpoint is not None and event is not None:
        refuse_unproven(endpoint, event.type)


def refuse_unproven(endpoint: Endpoint, event_type: str) -> None:
    """Refuse to send to an endpoint whose receiver has not repeated its challenge.

    Raises:
        Conflict: `endpoint_unproven`.
    """
    if endpoint.challenge and event_type != CHALLENGE:
        raise Conflict("its receiver has not repeated the challenge yet: see `POST …/verify`", code="endpoint_unproven")


def _find_open(tx: UnitOfWork, tenant_id: str, endpoint_id: str) -> Endpoint:
    endpoint = find_endpoint(tx, tenant_id, endpoint_id)
    if endpoint.disabled_at is not None:
        raise Conflict("this endpoint is disabled: enable it first", code="endpoint_disabled")
    refuse_unproven(endpoint, PING)
    return endpoint


def expire_held(uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Deliveries held for 30 days for an endpoint that nobody switched on again are dead."""
    with uow() as tx:
        return tx.deliveries.expire_held(clock.now() - HELD_FOR)
