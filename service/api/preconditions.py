"""`If-Match`: a change that counts only while the thing is still as the caller read it.

Invariant: an address that cannot keep this promise refuses the header instead of ignoring it.
Source: RFC 9110, 13.1.1 and 8.8.3; tags are strong.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from service.api.rendering import json_bytes
from service.domain.errors import Malformed, Stale

HEADER = "If-Match"
_TAGS = re.compile(r'"[!#-~]{0,200}"(?:\s*,\s*"[!#-~]{0,200}")*', re.ASCII)
_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "`ETag` of the version that this changes: 412 when there is another one by now",
    "schema": {"type": "string", "minLength": 1, "maxLength": 1_000},
}
TAGGED = {"ETag": {"description": "The version; send it as `If-Match`", "schema": {"type": "string"}}}
RequireTag = Callable[[str | None], None]
"""Given the tag of what stands now (None: nothing), raises `Stale` unless the caller named it."""


def takes_match(*parameters: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that takes `If-Match` beside other header parameters."""
    return {"parameters": [*parameters, _PARAMETER]}


def tag_of(body: object) -> str:
    """The tag of an answer: the same bytes, the same tag."""
    return f'"{hashlib.sha256(json_bytes(body)).hexdigest()[:32]}"'


def require_tag(request: Request) -> RequireTag:
    """What the request demands of the version it changes; without the header nothing.

    Raises:
        Malformed: the header is no list of strong tags (`precondition_invalid`).
    """
    given = request.headers.getlist(HEADER)
    text = ", ".join(given).strip()
    if given and text != "*" and not _TAGS.fullmatch(text):
        raise Malformed(f"{HEADER} holds quoted tags as `ETag` gave them, or *", code="precondition_invalid")
    wanted = set(re.findall(r'"[^"]*"', text))

    def require(current: str | None) -> None:
        if given and (current is None or (text != "*" and current not in wanted)):
            raise Stale("it was changed since you read it: read it again, then send your change", code="version_stale")

    return require


MatchOf = Annotated[RequireTag, Depends(require_tag)]


def refuse_unkept(request: Request, route_extra: dict[str, Any]) -> None:
    """Refuse the header where the route does not keep its promise; reading is not changed by it.

    Raises:
        Malformed: `precondition_unsupported`.
    """
    if request.method in ("GET", "HEAD") or HEADER not in request.headers:
        return
    if all(parameter["name"] != HEADER for parameter in route_extra.get("parameters", ())):
        raise Malformed(f"this address does not take {HEADER}", code="precondition_unsupported")
