"""`/v1/content`: a tenant's own processes, scorecards, metrics and office hours, laid over the shipped ones."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.content_examples import (
    CONTENT_CHECK_IN,
    CONTENT_CHECK_OUT,
    CONTENT_IN,
    CONTENT_OUT,
    CONTENT_PAGE,
    CONTENT_PUT_IN,
    CONTENT_ROLLBACK_IN,
    CONTENT_VERSION_OUT,
    CONTENT_VERSIONS,
)
from service.api.schemas.contents import (
    ContentCheckIn,
    ContentCheckOut,
    ContentIn,
    ContentOut,
    ContentPageOut,
    ContentPutIn,
    ContentVersionOut,
    ContentVersionsOut,
)
from service.api.schemas.playbooks import RollbackIn
from service.domain.content.owned import OwnedName
from service.domain.ports import UnitOfWork
from service.usecases.playbooks.edit_content import (
    add_item,
    check_item,
    find_item,
    list_items,
    put_item,
    roll_back_item,
)
from service.usecases.playbooks.edit_playbooks import Edit

router = strict_router(tags=["playbooks"])


@router.get(
    "/content",
    response_model=ContentPageOut,
    responses={200: CONTENT_PAGE, **problems()},
    openapi_extra=scoped("playbooks:read"),
)
def listed(
    caller: Caller, services: Wired, kind: Annotated[OwnedName, Query(description="which kind of content")]
) -> JsonResponse:
    """Every item of a kind in force, by id: the shipped ones with what this tenant changed."""
    with services.uow(write=False) as tx:
        items = [ContentOut.of(found) for found in list_items(tx, services, caller.tenant_id, kind)]
    return JsonResponse(ContentPageOut(items=items))


@router.post(
    "/content",
    status_code=201,
    response_model=ContentVersionOut,
    responses={201: CONTENT_VERSION_OUT, **problems(409)},
    openapi_extra=scoped("playbooks:write", requestBody=CONTENT_IN, **TAKES_KEY),
)
def add(body: ContentIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """A new item of this tenant; refused with every fault and its line."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        edit = Edit(caller.tenant_id, body.author or caller.key_id, body.note)
        return 201, json_bytes(ContentVersionOut.of(add_item(tx, services, edit, body.kind, body.text)))

    return respond_once(services, once, action)


@router.post(
    "/content/check",
    response_model=ContentCheckOut,
    responses={200: CONTENT_CHECK_OUT, **problems()},
    openapi_extra=scoped("playbooks:read", requestBody=CONTENT_CHECK_IN),
)
def check(body: ContentCheckIn, caller: Caller, services: Wired) -> JsonResponse:
    """Whether a text holds, with the line of every fault. Stores nothing."""
    with services.uow(write=False) as tx:
        faults = check_item(tx, services, caller.tenant_id, body.kind, body.text)
    return JsonResponse(ContentCheckOut(valid=not faults, faults=faults))


@router.get(
    "/content/{content_kind}/{content_id}",
    response_model=ContentOut,
    responses={200: CONTENT_OUT, **problems(404)},
    openapi_extra=scoped("playbooks:read"),
)
def read(content_kind: str, content_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One item with its text."""
    with services.uow(write=False) as tx:
        return JsonResponse(ContentOut.of(find_item(tx, services, caller.tenant_id, content_kind, content_id)))


@router.put(
    "/content/{content_kind}/{content_id}",
    response_model=ContentVersionOut,
    responses={200: CONTENT_VERSION_OUT, **problems(404, 409)},
    openapi_extra=scoped("playbooks:write", requestBody=CONTENT_PUT_IN, **TAKES_KEY),
)
def put(
    content_kind: str, content_id: str, body: ContentPutIn, caller: Caller, services: Wired, once: Once
) -> JsonResponse:
    """This tenant's version of an item; it counts from now on."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        edit = Edit(caller.tenant_id, body.author or caller.key_id, body.note)
        return 200, json_bytes(ContentVersionOut.of(put_item(tx, services, edit, content_kind, content_id, body.text)))

    return respond_once(services, once, action)


@router.post(
    "/content/{content_kind}/{content_id}/rollback",
    response_model=ContentVersionOut,
    responses={200: CONTENT_VERSION_OUT, **problems(404, 409)},
    openapi_extra=scoped("playbooks:write", requestBody=CONTENT_ROLLBACK_IN, **TAKES_KEY),
)
def rollback(
    content_kind: str, content_id: str, body: RollbackIn, caller: Caller, services: Wired, once: Once
) -> JsonResponse:
    """Back to an earlier version, or to the shipped item with 0; a new version, so that nothing is lost."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        edit = Edit(caller.tenant_id, body.author or caller.key_id, body.note)
        stored = roll_back_item(tx, services, edit, content_kind, content_id, body.version)
        return 200, json_bytes(ContentVersionOut.of(stored))

    return respond_once(services, once, action)


@router.get(
    "/content/{content_kind}/{content_id}/versions",
    response_model=ContentVersionsOut,
    responses={200: CONTENT_VERSIONS, **problems(404)},
    openapi_extra=scoped("playbooks:read"),
)
def versions(content_kind: str, content_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """Every change of an item with its author, the newest first: the audit."""
    with services.uow(write=False) as tx:
        find_item(tx, services, caller.tenant_id, content_kind, content_id)
        found = tx.contents.of_item(caller.tenant_id, content_kind, content_id)
    return JsonResponse(ContentVersionsOut(items=[ContentVersionOut.of(version) for version in found]))
