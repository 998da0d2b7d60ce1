"""What a tenant does about an endpoint that missed something: try it, see its tries, have it all sent again."""

from functools import partial

from service.api.auth import Caller, Wired
from service.api.caching import NEEDS_KEY, TAKES_KEY, Once, RequiredOnce, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.delivery_examples import ATTEMPT_PAGE, PING_OUT, REPLAY_IN, REPLAY_OUT
from service.api.schemas.webhooks import AttemptPageOut, DeliveryOut, EndpointAttemptOut, ReplayIn, ReplayOut
from service.domain.delivery.ports import ReplayWish
from service.domain.ports import UnitOfWork
from service.usecases.delivery.manage_endpoints import find_endpoint
from service.usecases.delivery.replay_deliveries import ping_endpoint, replay_deliveries
from service.usecases.privacy.keep_audit import actor_of

router = strict_router(tags=["webhooks"])


@router.post(
    "/webhook-endpoints/{endpoint_id}/replay",
    status_code=202,
    response_model=ReplayOut,
    responses={202: REPLAY_OUT, **problems(404, 409)},
    openapi_extra=scoped("webhooks:write", requestBody=REPLAY_IN, **NEEDS_KEY),
)
def replay(endpoint_id: str, body: ReplayIn, caller: Caller, services: Wired, once: RequiredOnce) -> JsonResponse:
    """Send again what this endpoint missed, with the same event ids. Needs an Idempotency-Key."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        wish = ReplayWish(body.since, body.until, body.types, body.states)
        replayed, more = replay_deliveries(
            tx, services, tenant_id=caller.tenant_id, endpoint_id=endpoint_id, wish=wish, actor=actor_of(caller)
        )
        return 202, json_bytes(ReplayOut(replayed=replayed, more=more))

    return respond_once(services, once, action)


@router.post(
    "/webhook-endpoints/{endpoint_id}/ping",
    status_code=202,
    response_model=DeliveryOut,
    responses={202: PING_OUT, **problems(404, 409)},
    openapi_extra=scoped("webhooks:write", **TAKES_KEY),
)
def ping(endpoint_id: str, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Send a `webhook.ping` to this endpoint alone; the delivery shows whether it was taken."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        delivery = ping_endpoint(tx, services, tenant_id=caller.tenant_id, endpoint_id=endpoint_id)
        return 202, json_bytes(DeliveryOut.of(delivery))

    return respond_once(services, once, action)


@router.get(
    "/webhook-endpoints/{endpoint_id}/attempts",
    response_model=AttemptPageOut,
    responses={200: ATTEMPT_PAGE, **problems(404)},
    openapi_extra=scoped("webhooks:read"),
)
def attempts(endpoint_id: str, caller: Caller, services: Wired, page: PageOf) -> JsonResponse:
    """The tries of this endpoint's deliveries, the newest delivery first; a page counts deliveries."""
    with services.uow(write=False) as tx:
        find_endpoint(tx, caller.tenant_id, endpoint_id)
        require_cursor(page, partial(tx.deliveries.get, caller.tenant_id))
        ids = [each.id for each in tx.deliveries.page(caller.tenant_id, page, endpoint_id=endpoint_id)]
        found = tx.deliveries.attempts_of(caller.tenant_id, ids)
    newest = sorted(found, key=lambda attempt: (attempt.delivery_id, attempt.number), reverse=True)
    items = [EndpointAttemptOut.of(attempt) for attempt in newest]
    return JsonResponse(AttemptPageOut(items=items, next_cursor=next_cursor(ids, page)))
