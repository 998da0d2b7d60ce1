"""Stored bytes as an answer that players can seek in: one `Range: bytes=` is honoured, memory stays flat.

Invariant: what a file holds is never shown in place by a browser: no media type of its own, `nosniff`, attachment.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from service.api.storage_threads import each_in_storage_thread
from service.domain.errors import Invalid
from service.domain.ports import RedactedAudio

PIECE = 256 * 1024
MEDIA = "application/octet-stream"
_RANGE = re.compile(r"^bytes=(?=\d|-\d)(?P<first>\d{0,16})-(?P<last>\d{0,16})$", re.ASCII)


class StoredBytes(StreamingResponse):
    """Sends a stretch of an open file and closes it, also when the player goes away before or while it is sent."""

    def __init__(self, stored: BinaryIO, first: int, length: int, *, status: int, headers: dict[str, str]) -> None:
        super().__init__(
            each_in_storage_thread(_pieces(stored, first, length)), status, media_type=MEDIA, headers=headers
        )
        self._stored = stored

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is to send."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._stored.close()


def stream_bytes(request: Request, stored: BinaryIO, *, size: int, etag: str, filename: str) -> Response:
    """The bytes of `stored`, or the range asked for; `stored` is closed when they were sent.

    Raises:
        Invalid: the range begins behind the end (416 `range_not_satisfiable`).
    """
    try:
        asked = _asked_range(request, size, etag)
    except Invalid:
        stored.close()
        raise
    first, last = asked or (0, size - 1)
    headers = {
        "Content-Length": str(last - first + 1),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    if asked is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return StoredBytes(stored, first, last - first + 1, status=206 if asked else 200, headers=headers)


class RedactedBytes(StreamingResponse):
    """Sends redacted sound and closes it, also when the player goes away before or while it is sent."""

    def __init__(self, sound: RedactedAudio, headers: dict[str, str]) -> None:
        super().__init__(each_in_storage_thread(sound.chunks()), 200, media_type=MEDIA, headers=headers)
        self._sound = sound

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all of it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._sound.close()


def stream_redacted(sound: RedactedAudio, *, filename: str) -> Response:
    """All bytes of `sound`, which is closed when they were sent; made for this answer, so no range and no store."""
    headers = {
        "Content-Length": str(sound.size_bytes),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return RedactedBytes(sound, headers)


def _asked_range(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte of the one satisfiable range; None where all is wanted (RFC 9110, 14.2)."""
    found = _RANGE.match(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", etag) != etag:
        return None
    if not found["first"]:
        length = min(int(found["last"]), size)
        if length == 0:
            raise _outside(size)
        return size - length, size - 1
    first = int(found["first"])
    last = min(int(found["last"]), size - 1) if found["last"] else size - 1
    if found["last"] and int(found["last"]) < first:
        return None
    if first >= size:
        raise _outside(size)
    return first, last


def _outside(size: int) -> Invalid:
    return Invalid(f"the file has {size} bytes", code="range_not_satisfiable", status=416, size_bytes=size)


def _pieces(stored: BinaryIO, first: int, left: int) -> Iterator[bytes]:
    stored.seek(first)
    while left > 0 and (piece := stored.read(min(PIECE, left))):
        left -= len(piece)
        yield piece
