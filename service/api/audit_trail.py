"""`/v1/audit`: who did what, whether the trail holds, and who saw what between two moments."""

from typing import Annotated

from fastapi import Query

from service.api.auth import Caller, Wired
from service.api.moments import Moment, moment_of
from service.api.paging import PageOf, next_cursor
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.privacy import (
    ACCESS_LIST,
    AUDIT_PAGE,
    TRAIL_OUT,
    AccessListOut,
    AccessOut,
    AuditOut,
    AuditPageOut,
    TrailOut,
)
from service.domain.errors import Invalid, Malformed
from service.usecases.privacy.keep_audit import actor_of, note, scope_of_breach, verify_trail

router = strict_router(tags=["privacy"])
_SHOWN = 100


@router.get(
    "/audit",
    response_model=AuditPageOut,
    responses={200: AUDIT_PAGE, **problems()},
    openapi_extra=scoped("audit:read"),
)
def page(
    caller: Caller,
    services: Wired,
    page: PageOf,
    since: Moment = None,
    until: Moment = None,
    visit_id: Annotated[str | None, Query(max_length=80)] = None,
) -> JsonResponse:
    """The trail, the newest first: who did what to which object, when and why; exporting it is written down, too."""
    first, last = moment_of(since, "since"), moment_of(until, "until")
    with services.uow() as tx:
        trail = tx.privacy.audit
        after = None if page.after is None else trail.by_id(caller.tenant_id, page.after)
        if page.after is not None and after is None:
            raise Malformed("this cursor is not one we gave out", code="cursor_invalid")
        before = after.sequence if after else None
        found = trail.find(
            caller.tenant_id, since=first, until=last, visit_id=visit_id, before=before, limit=page.limit
        )
        if page.after is None and found:
            note(tx, services, caller.tenant_id, actor_of(caller), "audit.read", "audit")
    items = [AuditOut.of(row) for row in found]
    return JsonResponse(AuditPageOut(items=items, next_cursor=next_cursor([row.id for row in found], page)))


@router.get(
    "/audit/access",
    response_model=AccessListOut,
    responses={200: ACCESS_LIST, **problems()},
    openapi_extra=scoped("audit:read"),
)
def access(
    caller: Caller,
    services: Wired,
    since: Annotated[str, Query(max_length=40, description="RFC 3339 with an offset")],
    until: Annotated[str, Query(max_length=40, description="RFC 3339 with an offset")],
) -> JsonResponse:
    """The scope of a breach: who saw or heard which recordings and texts in [since, until)."""
    first, last = moment_of(since, "since"), moment_of(until, "until")
    if first is None or last is None or first >= last:
        raise Invalid("until must lie after since", code="instant_invalid")
    with services.uow(write=False) as tx:
        found = scope_of_breach(tx, caller.tenant_id, first, last)
    return JsonResponse(AccessListOut(items=[AccessOut.of(each) for each in found]))


@router.get(
    "/audit/proof",
    response_model=TrailOut,
    responses={200: TRAIL_OUT, **problems()},
    openapi_extra=scoped("audit:read"),
)
def proof(caller: Caller, services: Wired) -> JsonResponse:
    """Whether the trail holds: every row that was edited, deleted or moved is named."""
    with services.uow(write=False) as tx:
        rows, breaks = verify_trail(tx, caller.tenant_id)
    named: list[dict[str, int | str]] = [{"sequence": each.sequence, "what": each.what} for each in breaks[:_SHOWN]]
    return JsonResponse(TrailOut(rows=rows, holds=not breaks, breaks=named))
