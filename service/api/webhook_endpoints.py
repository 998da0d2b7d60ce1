"""`/v1/webhook-endpoints`: where a tenant is told what was found."""

from functools import partial

from fastapi import Response

from service.api.auth import Caller, Wired
from service.api.caching import NEEDS_KEY, TAKES_KEY, Once, RequiredOnce, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.examples import ENDPOINT_IN, ENDPOINT_OUT, ENDPOINT_PAGE, ENDPOINT_SECRET
from service.api.schemas.webhooks import (
    PSEUDONYM_OUT,
    EndpointIn,
    EndpointOut,
    EndpointPageOut,
    EndpointSecretOut,
    PseudonymOut,
)
from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.usecases.delivery.manage_endpoints import (
    Address,
    challenge_again,
    check_address,
    enable_endpoint,
    find_endpoint,
    register_endpoint,
    rotate_secret,
)
from service.usecases.privacy.keep_audit import actor_of
from service.usecases.privacy.resolve_pseudonym import resolve_pseudonym

router = strict_router(tags=["webhooks"])


@router.post(
    "/webhook-endpoints",
    status_code=201,
    response_model=EndpointSecretOut,
    responses={201: ENDPOINT_SECRET, **problems(409)},
    openapi_extra=scoped("webhooks:write", requestBody=ENDPOINT_IN, **TAKES_KEY),
)
def register(body: EndpointIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Register a receiver or a chat robot; a receiver's answer holds its signing secret, shown this once.

    A receiver is first sent a signed `webhook.challenge`: it answers with 2xx and `data.challenge` in the body's first
    500 characters. Until then everything else is held for it. Robots, and hosts the operator vouches for, need not.
    """
    address = Address(body.url, body.kind, body.sign_secret)
    check_address(services, address)

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        endpoint = register_endpoint(
            tx,
            services,
            tenant_id=caller.tenant_id,
            address=address,
            event_types=body.event_types,
            payload=body.payload,
            description=body.description,
            purpose=body.purpose,
        )
        return 201, json_bytes(EndpointSecretOut.of(endpoint))

    return respond_once(services, once, action)


@router.get(
    "/webhook-endpoints",
    response_model=EndpointPageOut,
    responses={200: ENDPOINT_PAGE, **problems()},
    openapi_extra=scoped("webhooks:read"),
)
def page(caller: Caller, services: Wired, page: PageOf) -> JsonResponse:
    """All endpoints, the newest first."""
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.endpoints.get, caller.tenant_id))
        endpoints = tx.endpoints.page(caller.tenant_id, page)
    cursor = next_cursor([endpoint.id for endpoint in endpoints], page)
    return JsonResponse(EndpointPageOut(items=[EndpointOut.of(item) for item in endpoints], next_cursor=cursor))


@router.get(
    "/webhook-endpoints/{endpoint_id}",
    response_model=EndpointOut,
    responses={200: ENDPOINT_OUT, **problems(404)},
    openapi_extra=scoped("webhooks:read"),
)
def read(endpoint_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One endpoint."""
    with services.uow(write=False) as tx:
        return JsonResponse(EndpointOut.of(find_endpoint(tx, caller.tenant_id, endpoint_id)))


@router.get(
    "/webhook-endpoints/{endpoint_id}/pseudonyms/{pseudonym}",
    response_model=PseudonymOut,
    responses={200: PSEUDONYM_OUT, **problems(404)},
    openapi_extra=scoped("personal:read"),
)
def resolve(endpoint_id: str, pseudonym: str, caller: Caller, services: Wired) -> JsonResponse:
    """Whom or what a token of a `pseudonymised` endpoint stands for; written down. Of whom was erased: 404.

    Persons, accounts, visits, opportunities and external ids of visits are found, by trying all that is still kept.
    """
    with services.uow() as tx:
        kind, name = resolve_pseudonym(tx, services, caller.tenant_id, endpoint_id, pseudonym, actor=actor_of(caller))
    return JsonResponse(PseudonymOut(kind=kind, id=name))


@router.delete(
    "/webhook-endpoints/{endpoint_id}",
    status_code=204,
    response_class=Response,
    responses=problems(404),
    openapi_extra=scoped("webhooks:write"),
)
def remove(endpoint_id: str, caller: Caller, services: Wired) -> Response:
    """Forget an endpoint; what was still owed to it is cancelled."""
    with services.uow() as tx:
        if not tx.endpoints.remove(caller.tenant_id, endpoint_id):
            raise NotFound("there is no such webhook endpoint", code="endpoint_not_found")
    return Response(status_code=204)


@router.post(
    "/webhook-endpoints/{endpoint_id}/rotate-secret",
    response_model=EndpointSecretOut,
    responses={200: ENDPOINT_SECRET, **problems(404, 409)},
    openapi_extra=scoped("webhooks:write", **NEEDS_KEY),
)
def rotate(endpoint_id: str, caller: Caller, services: Wired, once: RequiredOnce) -> JsonResponse:
    """A new secret; for 24 hours deliveries are signed with both. Needs an Idempotency-Key."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        endpoint = rotate_secret(tx, services, tenant_id=caller.tenant_id, endpoint_id=endpoint_id)
        return 200, json_bytes(EndpointSecretOut.of(endpoint))

    return respond_once(services, once, action)


@router.post(
    "/webhook-endpoints/{endpoint_id}/enable",
    response_model=EndpointOut,
    responses={200: ENDPOINT_OUT, **problems(404, 409)},
    openapi_extra=scoped("webhooks:write", **TAKES_KEY),
)
def enable(endpoint_id: str, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Switch on an endpoint that was disabled after days of failure or a 410; `…/replay` then sends what was held."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        endpoint = enable_endpoint(tx, tenant_id=caller.tenant_id, endpoint_id=endpoint_id)
        return 200, json_bytes(EndpointOut.of(endpoint))

    return respond_once(services, once, action)


@router.post(
    "/webhook-endpoints/{endpoint_id}/verify",
    status_code=202,
    response_model=EndpointOut,
    responses={202: ENDPOINT_OUT, **problems(404, 409)},
    openapi_extra=scoped("webhooks:write", **TAKES_KEY),
)
def verify(endpoint_id: str, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Send another challenge to a receiver that has not repeated the first; to a proven one nothing."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        endpoint = challenge_again(tx, services, tenant_id=caller.tenant_id, endpoint_id=endpoint_id)
        return 202, json_bytes(EndpointOut.of(endpoint))

    return respond_once(services, once, action)
