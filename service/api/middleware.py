"""The door: a request id for every request, bounded bodies, no keys in addresses, safe headers, the last resort.

Plain ASGI, so that limits hold while bytes arrive and not after a parser has read them.
"""

import asyncio
import re
import secrets
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.adapters.tracing import span
from service.api.errors import problem_response, unexpected_error
from service.domain.errors import ServiceError, TooLarge, Unsupported

IDLE_S = 30.0
MAX_ADDRESS = 2_048
MAX_HEADERS = 16_384
logger = structlog.get_logger(__name__)
_KEY_NAMES = re.compile(rb"(?:^|&)(?:api_?key|key|access_token|token|authorization)=|fcue_[0-9a-z]+_", re.IGNORECASE)
_KEY_IDS = re.compile(rb"fcue_([0-9a-z]{1,40})_")
_SAFE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),  # pages bring their own
    (b"x-frame-options", b"DENY"),
]


# A proxy and we might each believe another one of two.
_SINGLE_HEADERS = (b"authorization", b"content-type", b"idempotency-key", b"upload-offset", b"upload-length",
                   b"upload-checksum", b"upload-metadata")  # fmt: skip
logger = structlog.get_logger(__name__)
Refusal = tuple[int, str, str]
"""Status, code and detail of a request that is not let in."""


class BodyAborted(ServiceError):
    """The body did not arrive in time."""

    category = "malformed"
    default_code = "body_timeout"


class Door:
    """Outermost middleware; `body_limit(method, path)` gives the limit in bytes for an address.

    `idle_s` is how long a client may pause inside a body.
    """

    def __init__(self, app: ASGIApp, *, body_limit: Callable[[str, str], int], idle_s: float = IDLE_S) -> None:
        self.app = app
        self.body_limit = body_limit
        self.idle_s = idle_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under the door's rules."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["fieldcue.request_id"] = f"req_{secrets.token_hex(12)}"
        request = Request(scope)
        sender = _with_headers(send, scope["fieldcue.request_id"].encode())
        refusal = self._refusal(request)
        if refusal is not None:
            status, code, detail = refusal
            await problem_response(request, status, code, detail)(scope, receive, sender)
            return
        limit = self.body_limit(scope["method"], scope["path"])
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await sender(message)

        try:
            with span(f"http {scope['method']}", about=_visit_of(scope["path"])) as opened:
                await self.app(scope, _bounded(receive, limit, self.idle_s), watched)
                opened.set_attribute("http.route", getattr(scope.get("route"), "path", ""))
        except ClientDisconnect:
            logger.debug("client left", request_id=scope["fieldcue.request_id"])
        except Exception as error:  # noqa: BLE001 - the last resort; the server below would log what the message quotes
            response = unexpected_error(request, error)
            if not started:
                await response(scope, receive, sender)

    def _refusal(self, request: Request) -> Refusal | None:
        limit = self.body_limit(request.method, request.scope["path"])
        return _address_refusal(request) or _header_refusal(request) or _body_refusal(request, limit)


def _address_refusal(request: Request) -> Refusal | None:
    """Why the address will not do."""
    query: bytes = request.scope.get("query_string", b"")
    path: bytes = request.scope.get("raw_path", b"")
    if len(path) + len(query) > MAX_ADDRESS:
        return 414, "address_too_long", f"an address may hold at most {MAX_ADDRESS} bytes"
    if _KEY_NAMES.search(query):
        for key_id in _KEY_IDS.findall(query):  # whoever runs this can tell the key's owner to replace it
            logger.warning("key_in_url", key_id=key_id.decode())
        return 400, "key_in_url", "keys do not belong in an address: send Authorization: Bearer, and replace this key"
    if b"%00" in query or b"%00" in path:
        return 400, "nul_character", "the address holds a NUL character"
    if not _is_utf8(query):
        return 400, "encoding", "the query is not UTF-8"
    return None


def _header_refusal(request: Request) -> Refusal | None:
    """Why the headers will not do."""
    headers = request.scope["headers"]
    if sum(len(name) + len(value) for name, value in headers) > MAX_HEADERS:
        return 431, "headers_too_long", f"the headers may hold at most {MAX_HEADERS} bytes together"
    names = [name for name, _ in headers]
    if any(names.count(name) > 1 for name in _SINGLE_HEADERS):
        return 400, "duplicate_header", "a header that may stand once was sent twice"
    return None


def _body_refusal(request: Request, limit: int) -> Refusal | None:
    """Why the body will not do, as far as its headers tell."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return 415, "content_encoding", "compressed request bodies are not taken: send it plain"
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        return 413, "too_large", f"the body may hold at most {limit} bytes"
    return None


def _is_utf8(query: bytes) -> bool:
    raw = re.sub(rb"%([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), query)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _bounded(receive: Receive, limit: int, idle_s: float) -> Receive:
    """`receive` that gives up on a silent client and on a body over the limit, however it was declared."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        try:
            message = await asyncio.wait_for(receive(), idle_s if seen >= 0 else None)
        except TimeoutError as error:
            raise BodyAborted(f"no byte of the body arrived for {idle_s:g} s", status=408) from error
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge(f"the body may hold at most {limit} bytes")
            if not message.get("more_body", False):
                seen = -1  # the body is complete: what follows is a wait for the client to leave, of any length
        return message

    return bounded


def _with_headers(send: Send, request_id: bytes) -> Send:
    async def sender(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            headers += [pair for pair in _SAFE_HEADERS if pair[0] not in present]
            message = {**message, "headers": [*headers, (b"x-request-id", request_id)]}
        await send(message)

    return sender


def require_json(content_type: str) -> None:
    """Refuse a body that does not say it is JSON in UTF-8."""
    kind, _, parameters = content_type.partition(";")
    subtype = kind.strip().lower()
    if subtype != "application/json" and not (subtype.startswith("application/") and subtype.endswith("+json")):
        raise Unsupported("send the body as application/json")
    named = parameters.lower().replace(" ", "").replace('"', "").split(";")
    if any(part.startswith("charset=") and part != "charset=utf-8" for part in named):
        raise Unsupported("the body must be UTF-8", code="encoding")


def _visit_of(path: str) -> str | None:
    """The visit that an address is about: its request joins the visit's trace."""
    parts = path.split("/")
    return parts[3] if len(parts) > 3 and parts[2] == "visits" else None
