"""Routes that check the caller, the query and the body before the framework sees them, in this order.

A route says which scope it needs with `openapi_extra=scoped("visits:read")`; one without is public.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from service.api.auth import Gatekeeper
from service.api.errors import PROBLEM, is_plain_name
from service.api.middleware import require_json
from service.api.preconditions import refuse_unkept
from service.api.rendering import JsonResponse
from service.api.strict_json import check_text, parse_strict_json
from service.domain.errors import Invalid

SCOPE = "x-required-scope"
_DESCRIPTIONS = {
    400: "The request does not parse",
    401: "No valid key",
    403: "The key lacks the scope, or a rule says no",
    404: "Unknown, or another tenant's",
    405: "This address does not take this method",
    408: "The body did not arrive in time",
    409: "The present state does not allow it",
    410: "It existed and has expired",
    412: "Changed since it was read",
    413: "Over a limit",
    414: "The address is too long",
    415: "A media type or encoding that is not taken",
    416: "The range lies outside the file",
    422: "It cannot be meant this way",
    423: "Another client is writing",
    429: "Too many requests; see Retry-After",
    431: "The headers are too long",
    460: "The checksum does not match",
    503: "Not now; see Retry-After",
    507: "No room for more bytes",
}


def scoped(scope: str, **extra: object) -> dict[str, Any]:
    """`openapi_extra` of a route that needs `scope`."""
    return {SCOPE: scope, "security": [{"key": []}], **extra}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The declared failures of a route: those every route has, and `statuses`."""
    schema = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    every = {400, 401, 403, 408, 413, 414, 415, 422, 429, 431, 503, 507, *statuses}
    return {status: {"description": _DESCRIPTIONS[status], "content": schema} for status in sorted(every)}


class StrictRequest(Request):
    """A request whose JSON was already parsed strictly."""

    parsed: object = None

    async def json(self) -> Any:  # noqa: ANN401 - the framework's signature
        """The strictly parsed body."""
        return self.parsed


class StrictRoute(APIRoute):
    """Key, scope, query and body checked before anything else runs."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """The framework's handler behind our checks."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            await self._admit(request)
            self._check_query(request)
            refuse_unkept(request, self.openapi_extra or {})
            strict = StrictRequest(request.scope, request.receive)
            if self.body_field is not None:
                require_json(request.headers.get("content-type", ""))
                strict.parsed = parse_strict_json(await strict.body())
                if strict.parsed is None:
                    raise Invalid("the body must be an object, not null")
            return await handle(strict)

        return checked

    async def _admit(self, request: Request) -> None:
        scope = (self.openapi_extra or {}).get(SCOPE)
        if scope is None:
            return
        gatekeeper: Gatekeeper = request.app.state.gatekeeper
        authorization = request.headers.get("authorization", "")
        client = request.client.host if request.client else ""

        def admit() -> None:
            request.scope["fieldcue.principal"] = gatekeeper.admit(authorization, scope, client=client)

        if gatekeeper.cached(authorization):
            admit()  # no database: not worth a thread, which triage would feel
        else:
            await run_in_threadpool(admit)

    def _check_query(self, request: Request) -> None:
        known = {field.alias for dependant in _flatten(self.dependant) for field in dependant.query_params}
        for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
            if name not in known:
                raise _unknown_parameter(name, known)
            if count > 1:
                raise Invalid(f"the query has `{name}` {count} times", code="duplicate_parameter", param=name)
        for _, value in request.query_params.multi_items():
            check_text(value)


def _unknown_parameter(name: str, known: set[str]) -> Invalid:
    """Names the parameter where it can be nothing but a name: an error repeats nothing else of a request."""
    takes = f"it takes: {', '.join(sorted(known))}" if known else "it takes none"
    if not is_plain_name(name):
        detail = f"the query has a parameter that this address does not take; {takes}"
        return Invalid(detail, code="unknown_parameter")
    return Invalid(f"this address takes no parameter `{name}`; {takes}", code="unknown_parameter", param=name)


def _flatten(dependant: Any) -> list[Any]:  # noqa: ANN401 - the framework's own tree, untyped for us
    return [dependant, *(inner for child in dependant.dependencies for inner in _flatten(child))]


def strict_router(*, tags: list[str], prefix: str = "/v1") -> APIRouter:
    """A router of strict routes, one per resource."""
    return APIRouter(prefix=prefix, tags=list(tags), route_class=StrictRoute, default_response_class=JsonResponse)
