"""`POST /v1/events`: what happened in the CRM, as CloudEvents or as the CRM's own signed webhook.

The body is read raw: a signature covers its bytes, and in binary mode it is only the data of the event.
"""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool

from service.api.auth import Caller, Gatekeeper, Wired
from service.api.middleware import require_json
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.crm import TakenOut
from service.api.schemas.crm_examples import EVENTS_IN, HOOK_IN, TAKEN
from service.api.strict_json import parse_strict_json
from service.domain.crm.cloudevents import from_envelope
from service.domain.crm.events import CrmEvent
from service.domain.crm.webhooks import Carried, carried, is_genuine
from service.domain.errors import Invalid, Malformed, Unauthenticated
from service.usecases.crm.receive_events import receive_events
from service.usecases.services import Services

router = strict_router(tags=["crm"])
MAX_BATCH = 500  # a longer one would keep SQLite from everybody else for too long
SIGNED = "x-signed-by"


@router.post(
    "/events",
    status_code=202,
    response_model=TakenOut,
    responses={202: TAKEN, **problems()},
    openapi_extra=scoped("events:write", requestBody=EVENTS_IN),
)
async def take(request: Request, caller: Caller, services: Wired) -> JsonResponse:
    """Take CloudEvents 1.0: structured, a batch, or binary (`ce-` headers); all are stored, or none.

    An event with the source and id of one that stands here already is a duplicate and changes nothing, so a request
    may be sent again as often as need be. So is one that another source, or the same under another id or name, told
    already: the same record, time and data. Events without a `time`, and those that one source tells apart by their
    ids and dates to the minute, are duplicates by source and id alone.
    """
    body = await request.body()

    def store() -> TakenOut:
        events = _events(request.headers, body, services)
        with services.uow() as tx:
            return TakenOut.of(receive_events(tx, services, caller.tenant_id, events))

    return JsonResponse(await run_in_threadpool(store), status_code=202)


@router.post(
    "/events/{source_id}",
    status_code=202,
    response_model=TakenOut,
    responses={202: TAKEN, **problems()},
    openapi_extra={SIGNED: "the CRM's own webhook signature", "security": [], "requestBody": HOOK_IN},
)
async def take_hook(
    source_id: str,
    request: Request,
    services: Wired,
    event: Annotated[str, Query(max_length=128, description="what happened, for EspoCRM: `Account.update`")] = "",
) -> JsonResponse:
    """Take a webhook of Twenty, EspoCRM or Frappe as they send it, signed over its raw bytes; no key is needed.

    Records of kinds that are not kept are counted as ignored. An unknown source and a wrong signature get one answer.
    """
    body = await request.body()
    client = request.client.host if request.client else ""
    gatekeeper: Gatekeeper = request.app.state.gatekeeper

    def store() -> TakenOut:
        tenant_id, found = _genuine(services, source_id, request.headers, body, event, gatekeeper, client)
        with services.uow() as tx:
            taken = receive_events(tx, services, tenant_id, found.events)
            tx.crm_sources.seen(tenant_id, source_id, services.clock.now())
        return TakenOut.of(taken, ignored=found.ignored)

    return JsonResponse(await run_in_threadpool(store), status_code=202)


def _genuine(
    services: Services,
    source_id: str,
    headers: Mapping[str, str],
    body: bytes,
    event: str,
    gatekeeper: Gatekeeper,
    client: str,
) -> tuple[str, Carried]:
    """The tenant and the events of a signed delivery; the body is parsed only once it is known to be genuine."""
    now = services.clock.now()
    with services.uow(write=False) as tx:
        source = tx.crm_sources.find(source_id)
    lower = {name.lower(): value for name, value in headers.items()}
    if source is None or not is_genuine(source, lower, body, now=now):
        gatekeeper.slowdown.count_failure(client)
        raise Unauthenticated("no such source, or not its signature over these bytes", code="signature_invalid")
    require_json(headers.get("content-type", ""))
    return source.tenant_id, carried(source, parse_strict_json(body), event=event, now=now)


def _events(headers: Mapping[str, str], body: bytes, services: Services) -> list[CrmEvent]:
    kind = headers.get("content-type", "")
    envelope = _binary(headers)
    if envelope is not None:
        if body:
            require_json(kind)
            envelope["data"] = parse_strict_json(body)
        envelopes: list[Any] = [envelope]
    else:
        require_json(kind)
        parsed = parse_strict_json(body)
        batch = "cloudevents-batch" in kind or isinstance(parsed, list)
        if batch and not isinstance(parsed, list):
            raise Invalid("a batch is a list of events")
        if isinstance(parsed, list) and "cloudevents+json" in kind:
            raise Invalid(
                "application/cloudevents+json holds one event; send a list as application/cloudevents-batch+json"
            )
        envelopes = parsed if isinstance(parsed, list) else [parsed]
    if not 1 <= len(envelopes) <= MAX_BATCH:
        raise Invalid(f"a batch holds 1 to {MAX_BATCH} events", code="batch_size")
    return [_event(item, at, services) for at, item in enumerate(envelopes)]


def _event(item: object, at: int, services: Services) -> CrmEvent:
    if not isinstance(item, dict):
        raise Invalid(f"event {at}: an event is an object", at=at)
    try:
        return from_envelope(item, now=services.clock.now())
    except Invalid as error:
        raise Invalid(f"event {at}: {error.detail}", code=error.code, at=at) from error


def _binary(headers: Mapping[str, str]) -> dict[str, Any] | None:
    """The attributes that stand in `ce-` headers, percent-decoded as the HTTP binding says; None without any."""
    found: dict[str, Any] = {}
    for name, value in headers.items():
        if not name.lower().startswith("ce-"):
            continue
        try:
            found[name.lower()[3:]] = unquote(value, errors="strict")
        except UnicodeDecodeError:
            raise Malformed("a ce- header is not percent-encoded UTF-8", code="encoding") from None
    if not found:
        return None
    if headers.get("content-type"):
        found["datacontenttype"] = headers["content-type"]
    return found
