"""`/v1/privacy/requests`: what people asked about their data, by when each is due, and how it was closed."""

from functools import partial
from typing import Annotated, Literal

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.subject_requests import (
    REASON_IN,
    REQUEST_CLOSED,
    REQUEST_IN,
    REQUEST_OUT,
    REQUEST_PAGE,
    REQUESTS_DUE,
    TERMS_IN,
    TERMS_OUT,
    DueOut,
    ReasonIn,
    RequestIn,
    RequestOut,
    RequestPageOut,
    RequestTermsIn,
    RequestTermsOut,
)
from service.domain.access import Principal
from service.domain.errors import Invalid
from service.domain.ports import UnitOfWork
from service.domain.privacy.subject_requests import RequestState
from service.usecases.privacy.erase_subject import parse_subject
from service.usecases.privacy.keep_audit import actor_of
from service.usecases.privacy.keep_requests import (
    Asked,
    change_terms,
    close_request,
    due_next,
    find_request,
    record_request,
    terms_of,
)
from service.usecases.services import Services

router = strict_router(tags=["privacy"], prefix="/v1/privacy")
SHOWN = 200


@router.post(
    "/requests",
    status_code=201,
    response_model=RequestOut,
    responses={201: REQUEST_OUT, **problems(409)},
    openapi_extra=scoped("privacy:write", requestBody=REQUEST_IN, **TAKES_KEY),
)
def record(body: RequestIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Write down what somebody asked for; it is due 15 working days later, or 30 days where the tenant counts so.

    `privacy.request_due` tells subscribers three working days before the last day, and once when that is over.
    """
    subject = parse_subject(body.subject)
    if subject.kind == "tenant":
        raise Invalid("a request is about person:ID, account:ID or visit:ID", code="subject_invalid")
    asked = Asked(body.kind, subject.kind, subject.ref, body.channel, body.received_at)

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        made = record_request(tx, services, caller.tenant_id, asked, actor=actor_of(caller))
        return 201, json_bytes(RequestOut.of(made, services.clock.now()))

    return respond_once(services, once, action)


@router.get(
    "/requests",
    response_model=RequestPageOut,
    responses={200: REQUEST_PAGE, **problems()},
    openapi_extra=scoped("audit:read"),
)
def page(
    caller: Caller,
    services: Wired,
    page: PageOf,
    state: Annotated[Literal["open", "answered", "refused"] | None, Query(description="Only those in it")] = None,
) -> JsonResponse:
    """All requests, the newest first."""
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.privacy.requests.get, caller.tenant_id))
        found = tx.privacy.requests.page(caller.tenant_id, page, among={"state": [state]} if state else None)
    now = services.clock.now()
    items = [RequestOut.of(row, now) for row in found]
    return JsonResponse(RequestPageOut(items=items, next_cursor=next_cursor([row.id for row in found], page)))


@router.get(
    "/requests/due",
    response_model=DueOut,
    responses={200: REQUESTS_DUE, **problems()},
    openapi_extra=scoped("audit:read"),
)
def due(caller: Caller, services: Wired) -> JsonResponse:
    """What is due next: at most 200 open requests, those that are due first at the beginning."""
    with services.uow(write=False) as tx:
        found = due_next(tx, caller.tenant_id)
    now = services.clock.now()
    items = [RequestOut.of(row, now) for row in found[:SHOWN]]
    overdue = sum(row.is_overdue(now) for row in found)
    return JsonResponse(DueOut(items=items, open=len(found), overdue=overdue))


@router.get(
    "/requests/{privacy_request_id}",
    response_model=RequestOut,
    responses={200: REQUEST_OUT, **problems(404)},
    openapi_extra=scoped("audit:read"),
)
def read(privacy_request_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One request."""
    with services.uow(write=False) as tx:
        found = find_request(tx, caller.tenant_id, privacy_request_id)
    return JsonResponse(RequestOut.of(found, services.clock.now()))


@router.post(
    "/requests/{privacy_request_id}/answer",
    response_model=RequestOut,
    responses={200: REQUEST_CLOSED, **problems(404, 409)},
    openapi_extra=scoped("privacy:write", requestBody=REASON_IN, **TAKES_KEY),
)
def answer_it(privacy_request_id: str, body: ReasonIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Close a request that was answered; the export of a copy and an erasure close theirs by themselves."""
    return _close(caller, services, once, privacy_request_id, body.reason, "answered")


@router.post(
    "/requests/{privacy_request_id}/refuse",
    response_model=RequestOut,
    responses={200: REQUEST_CLOSED, **problems(404, 409)},
    openapi_extra=scoped("privacy:write", requestBody=REASON_IN, **TAKES_KEY),
)
def refuse(privacy_request_id: str, body: ReasonIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Close a request that is refused, with the reason that the person was given."""
    return _close(caller, services, once, privacy_request_id, body.reason, "refused")


def _close(
    caller: Principal, services: Services, once: Once, request_id: str, reason: str, state: RequestState
) -> JsonResponse:
    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        closed = close_request(
            tx, services, caller.tenant_id, request_id, state=state, reason=reason, actor=actor_of(caller)
        )
        return 200, json_bytes(RequestOut.of(closed, services.clock.now()))

    return respond_once(services, once, action)


@router.get(
    "/request-terms",
    response_model=RequestTermsOut,
    responses={200: TERMS_OUT, **problems()},
    openapi_extra=scoped("audit:read"),
)
def read_terms(caller: Caller, services: Wired) -> JsonResponse:
    """How the time of requests is counted."""
    with services.uow(write=False) as tx:
        terms = terms_of(tx, caller.tenant_id, services.clock.now())
    return JsonResponse(RequestTermsOut(time=terms.time))


@router.put(
    "/request-terms",
    response_model=RequestTermsOut,
    responses={200: TERMS_OUT, **problems()},
    openapi_extra=scoped("privacy:write", requestBody=TERMS_IN),
)
def put_terms(body: RequestTermsIn, caller: Caller, services: Wired) -> JsonResponse:
    """Count 15 working days, or 30 days, for requests that are written down from now on."""
    with services.uow() as tx:
        change_terms(tx, services, caller.tenant_id, body.time, actor=actor_of(caller))
    return JsonResponse(RequestTermsOut(time=body.time))
