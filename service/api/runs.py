"""`/v1/runs`: the stages of visits, for whoever operates this: what was quarantined, try it again, give it up."""

from functools import partial
from typing import Annotated, cast

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.caching import NEEDS_KEY, RequiredOnce, respond_once
from service.api.paging import PageOf, next_cursor, require_cursor
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.runs import RUN_DISCARDED, RUN_OUT, RUN_PAGE, RUN_RETRIED, RunOut, RunPageOut
from service.domain.ports import UnitOfWork
from service.domain.stages import RunState
from service.usecases.operations.mend_runs import discard_run, find_run, retry_run
from service.usecases.privacy.keep_audit import actor_of, note

router = strict_router(tags=["operations"])
_STATES = "queued|running|waiting|succeeded|failed|quarantined|cancelled"


@router.get(
    "/runs",
    response_model=RunPageOut,
    responses={200: RUN_PAGE, **problems()},
    openapi_extra=scoped("admin"),
)
def page(
    caller: Caller,
    services: Wired,
    page: PageOf,
    state: Annotated[str, Query(pattern=f"^({_STATES})$", description=_STATES)] = "quarantined",
) -> JsonResponse:
    """Stage runs in one state, the newest first; without a state, those that were quarantined."""
    with services.uow(write=False) as tx:
        require_cursor(page, partial(tx.runs.get, caller.tenant_id))
        found = tx.office.page(caller.tenant_id, page, state=cast(RunState, state))
    cursor = next_cursor([run.id for run in found], page)
    return JsonResponse(RunPageOut(items=[RunOut.of(run) for run in found], next_cursor=cursor))


@router.get(
    "/runs/{run_id}",
    response_model=RunOut,
    responses={200: RUN_OUT, **problems(404)},
    openapi_extra=scoped("admin"),
)
def read(run_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One run: how often it was tried, how far it came, what it died of."""
    with services.uow(write=False) as tx:
        return JsonResponse(RunOut.of(find_run(tx, caller.tenant_id, run_id)))


@router.post(
    "/runs/{run_id}/retry",
    status_code=202,
    response_model=RunOut,
    responses={202: RUN_RETRIED, **problems(404, 409)},
    openapi_extra=scoped("admin", **NEEDS_KEY),
)
def retry(run_id: str, caller: Caller, services: Wired, once: RequiredOnce) -> JsonResponse:
    """Try a quarantined or failed run again, from its last checkpoint. Needs an Idempotency-Key."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        run = retry_run(tx, services.clock, services.doorbell, tenant_id=caller.tenant_id, run_id=run_id)
        note(tx, services, caller.tenant_id, actor_of(caller), "retry", f"run:{run_id}", visit_id=run.visit_id)
        return 202, json_bytes(RunOut.of(run))

    return respond_once(services, once, action)


@router.post(
    "/runs/{run_id}/discard",
    response_model=RunOut,
    responses={200: RUN_DISCARDED, **problems(404, 409)},
    openapi_extra=scoped("admin", **NEEDS_KEY),
)
def discard(run_id: str, caller: Caller, services: Wired, once: RequiredOnce) -> JsonResponse:
    """Give a quarantined, failed or waiting run up: its recording is cancelled. Needs an Idempotency-Key."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        run = discard_run(tx, tenant_id=caller.tenant_id, run_id=run_id)
        note(tx, services, caller.tenant_id, actor_of(caller), "discard", f"run:{run_id}", visit_id=run.visit_id)
        return 200, json_bytes(RunOut.of(run))

    return respond_once(services, once, action)
