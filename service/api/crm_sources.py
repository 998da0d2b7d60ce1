"""`/v1/crm-sources`: CRMs that push their own webhooks."""

from functools import partial

from fastapi import Response

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.crm import SourceIn, SourceOut, SourcePageOut, SourceSecretOut
from service.api.schemas.crm_examples import SOURCE_IN, SOURCE_OUT, SOURCE_PAGE, SOURCE_SECRET
from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.usecases.crm.manage_sources import find_source, register_source

router = strict_router(tags=["crm"])


@router.post(
    "/crm-sources",
    status_code=201,
    response_model=SourceSecretOut,
    responses={201: SOURCE_SECRET, **problems(409)},
    openapi_extra=scoped("webhooks:write", requestBody=SOURCE_IN, **TAKES_KEY),
)
def register(body: SourceIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Register a CRM; point its webhook at the answer's `path`. A secret made here is shown this once."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        source = register_source(
            tx,
            services,
            tenant_id=caller.tenant_id,
            kind=body.kind,
            secret=body.secret,
            description=body.description,
        )
        return 201, json_bytes(SourceSecretOut.made(source, given=body.secret is not None))

    return respond_once(services, once, action)


@router.get(
    "/crm-sources",
    response_model=SourcePageOut,
    responses={200: SOURCE_PAGE, **problems()},
    openapi_extra=scoped("webhooks:read"),
)
def page(caller: Caller, services: Wired, page: PageOf) -> JsonResponse:
    """All sources, the newest first."""
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.crm_sources.get, caller.tenant_id))
        sources = tx.crm_sources.page(caller.tenant_id, page)
    cursor = next_cursor([source.id for source in sources], page)
    return JsonResponse(SourcePageOut(items=[SourceOut.of(source) for source in sources], next_cursor=cursor))


@router.get(
    "/crm-sources/{source_id}",
    response_model=SourceOut,
    responses={200: SOURCE_OUT, **problems(404)},
    openapi_extra=scoped("webhooks:read"),
)
def read(source_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One source."""
    with services.uow(write=False) as tx:
        return JsonResponse(SourceOut.of(find_source(tx, caller.tenant_id, source_id)))


@router.delete(
    "/crm-sources/{source_id}",
    status_code=204,
    response_class=Response,
    responses=problems(404),
    openapi_extra=scoped("webhooks:write"),
)
def remove(source_id: str, caller: Caller, services: Wired) -> Response:
    """Forget a source; what it sent stays."""
    with services.uow() as tx:
        if not tx.crm_sources.remove(caller.tenant_id, source_id):
            raise NotFound("there is no such source", code="source_not_found")
    return Response(status_code=204)
