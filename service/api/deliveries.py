"""`/v1/deliveries` and `/v1/events`: what was told to whom, again on request, and by pull when all else fails."""

from functools import partial
from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.caching import NEEDS_KEY, RequiredOnce, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.purposes import Asked
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.examples import DELIVERY_DETAIL, DELIVERY_OUT, DELIVERY_PAGE, EVENT_PAGE
from service.api.schemas.webhooks import (
    DeliveryDetailOut,
    DeliveryOut,
    DeliveryPageOut,
    EventOut,
    EventPageOut,
    delivery_detail,
)
from service.domain.errors import Conflict, NotFound
from service.domain.ports import UnitOfWork
from service.usecases.delivery.replay_deliveries import check_retry

router = strict_router(tags=["webhooks"])
_STATES = "pending|sending|delivered|dead|held|cancelled"


@router.get(
    "/deliveries",
    response_model=DeliveryPageOut,
    responses={200: DELIVERY_PAGE, **problems()},
    openapi_extra=scoped("webhooks:read"),
)
def page(
    caller: Caller,
    services: Wired,
    page: PageOf,
    endpoint_id: Annotated[str | None, Query(max_length=64)] = None,
    state: Annotated[str | None, Query(pattern=f"^({_STATES})$", description=_STATES)] = None,
) -> JsonResponse:
    """Deliveries, the newest first."""
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.deliveries.get, caller.tenant_id))
        found = tx.deliveries.page(caller.tenant_id, page, endpoint_id=endpoint_id, state=state)
    cursor = next_cursor([delivery.id for delivery in found], page)
    return JsonResponse(DeliveryPageOut(items=[DeliveryOut.of(item) for item in found], next_cursor=cursor))


@router.get(
    "/deliveries/{delivery_id}",
    response_model=DeliveryDetailOut,
    responses={200: DELIVERY_DETAIL, **problems(404)},
    openapi_extra=scoped("webhooks:read"),
)
def read(delivery_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One delivery with every try."""
    with services.uow(write=False) as tx:
        delivery = tx.deliveries.get(caller.tenant_id, delivery_id)
        if delivery is None:
            raise NotFound("there is no such delivery", code="delivery_not_found")
        attempts = tx.deliveries.attempts(caller.tenant_id, delivery_id)
    return JsonResponse(delivery_detail(delivery, attempts))


@router.post(
    "/deliveries/{delivery_id}/retry",
    status_code=202,
    response_model=DeliveryOut,
    responses={202: DELIVERY_OUT, **problems(404, 409)},
    openapi_extra=scoped("webhooks:write", **NEEDS_KEY),
)
def retry(delivery_id: str, caller: Caller, services: Wired, once: RequiredOnce) -> JsonResponse:
    """Send it again now, with the same event id. Needs an Idempotency-Key."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        owed = tx.deliveries.get(caller.tenant_id, delivery_id)
        if owed is None:
            raise NotFound("there is no such delivery", code="delivery_not_found")
        check_retry(tx, owed)
        if not tx.deliveries.retry(caller.tenant_id, delivery_id, services.clock.now()):
            raise Conflict("this delivery is being sent right now", code="delivery_in_flight")
        delivery = tx.deliveries.get(caller.tenant_id, delivery_id)
        if delivery is None:
            raise NotFound("there is no such delivery", code="delivery_not_found")
        return 202, json_bytes(DeliveryOut.of(delivery))

    return respond_once(services, once, action)


@router.get(
    "/events",
    response_model=EventPageOut,
    responses={200: EVENT_PAGE, **problems()},
    openapi_extra=scoped("webhooks:read"),
)
def events(caller: Caller, services: Wired, asked: Asked, page: PageOf) -> JsonResponse:
    """Events in the order they happened: the way back for a receiver that lost its webhooks.

    For `purpose=hr` they are as a webhook of that purpose gets them: types that judge nobody, no score nobody reviewed.
    """
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.events.get, caller.tenant_id))
        found = tx.events.after(caller.tenant_id, page.after, page.limit)
    cursor = next_cursor([event.id for event in found], page)
    return JsonResponse(EventPageOut(items=[EventOut.of(event) for event in asked.events(found)], next_cursor=cursor))
