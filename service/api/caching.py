"""Creating requests that may be repeated: reads the Idempotency-Key and replays the stored answer byte for byte."""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from service.api.auth import principal_of
from service.api.rendering import JsonResponse
from service.api.routing import StrictRequest
from service.domain.errors import Malformed
from service.domain.ports import UnitOfWork
from service.usecases.operations.answer_once import Answer, OnceKey, answer_once
from service.usecases.services import Services

HEADER = "Idempotency-Key"
_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "description": "Names this request: sent again within 72 hours, it gets the first answer and has no second effect",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
TAKES_KEY = {"parameters": [{**_PARAMETER, "required": False}]}
NEEDS_KEY = {"parameters": [{**_PARAMETER, "required": True}]}


def once_key(request: Request) -> OnceKey | None:
    """What names this request, None without the header.

    Raises:
        Malformed: the header is not 1 to 255 visible ASCII characters (`idempotency_key_invalid`).
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not all("!" <= character <= "~" for character in key):
        raise Malformed(f"{HEADER} must be 1 to 255 visible ASCII characters", code="idempotency_key_invalid")
    parsed = request.parsed if isinstance(request, StrictRequest) else None
    canonical = json.dumps([request.url.path, parsed], sort_keys=True, ensure_ascii=False)
    fingerprint = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    route = f"{request.method} {request.scope['route'].path}"
    return OnceKey(principal_of(request).tenant_id, route, key, fingerprint)


def required_once_key(request: Request) -> OnceKey:
    """As `once_key`, for requests that must not be sent without one."""
    once = once_key(request)
    if once is None:
        raise Malformed(f"this request needs the header {HEADER}", code="idempotency_key_required")
    return once


Once = Annotated[OnceKey | None, Depends(once_key)]
RequiredOnce = Annotated[OnceKey, Depends(required_once_key)]


def respond_once(services: Services, once: OnceKey | None, action: Callable[[UnitOfWork], Answer]) -> JsonResponse:
    """The answer of `action`, run once per key; a replay says so in `Idempotency-Replayed`."""
    (status, body), replayed = answer_once(services, once, action)
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return JsonResponse(body, status_code=status, headers=headers)
