"""`/v1/visits`: create, list, read."""

from functools import partial
from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.examples import VISIT_DETAIL, VISIT_IN, VISIT_OUT, VISIT_PAGE
from service.api.schemas.visits import VisitDetailOut, VisitIn, VisitOut, VisitPageOut, visit_detail
from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork
from service.domain.visit import Visit
from service.usecases.visits.create_visit import create_visit

router = strict_router(tags=["visits"])


@router.post(
    "/visits",
    status_code=201,
    response_model=VisitOut,
    responses={201: VISIT_OUT, 200: {**VISIT_OUT, "model": VisitOut, "description": "Already known by external_id"},
               **problems(409)},
    openapi_extra=scoped("visits:write", requestBody=VISIT_IN, **TAKES_KEY),
)  # fmt: skip
def create(body: VisitIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Announce a visit. With `external_id`, a repeat answers 200 with the visit that already stands."""
    now = services.clock.now()
    fields = body.model_dump(exclude={"consent", "competitors"})
    visit = Visit(
        id=services.ids.new("vis"),
        tenant_id=caller.tenant_id,
        created_at=now,
        competitors=tuple(body.competitors),
        consent=body.consent.consent() if body.consent else None,
        **fields,
    )

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        stored, is_new = create_visit(tx, visit, now=now)
        return (201 if is_new else 200), json_bytes(VisitOut.of(stored))

    return respond_once(services, once, action)


@router.get(
    "/visits",
    response_model=VisitPageOut,
    responses={200: VISIT_PAGE, **problems()},
    openapi_extra=scoped("visits:read"),
)
def page(
    caller: Caller,
    services: Wired,
    page: PageOf,
    rep_id: Annotated[str | None, Query(max_length=128)] = None,
    account_id: Annotated[str | None, Query(max_length=128)] = None,
    unverified: Annotated[
        str | None, Query(pattern="^(true|false)$", description="Only those held because no notice was heard")
    ] = None,
) -> JsonResponse:
    """Visits, the newest first."""
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.visits.get, caller.tenant_id))
        visits = tx.visits.page(caller.tenant_id, page, rep_id=rep_id, account_id=account_id,
                               unverified=unverified == "true")  # fmt: skip
    cursor = next_cursor([visit.id for visit in visits], page)
    return JsonResponse(VisitPageOut(items=[VisitOut.of(visit) for visit in visits], next_cursor=cursor))


@router.get(
    "/visits/{visit_id}",
    response_model=VisitDetailOut,
    responses={200: VISIT_DETAIL, **problems(404)},
    openapi_extra=scoped("visits:read"),
)
def read(visit_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """A visit with its recordings and the state of every stage."""
    with services.uow(write=False) as tx:
        visit = tx.visits.get(caller.tenant_id, visit_id)
        if visit is None:
            raise NotFound("there is no such visit", code="visit_not_found")
        recordings = tx.recordings.of_visit(caller.tenant_id, visit_id)
        runs = tx.runs.of_visit(caller.tenant_id, visit_id)
    return JsonResponse(visit_detail(visit, recordings, runs))
