"""JSON out: one renderer for answers, problems and stored idempotent bodies, so that replays are byte-equal."""

from datetime import datetime

import orjson
from pydantic import BaseModel
from starlette.responses import JSONResponse


def json_bytes(value: object) -> bytes:
    """UTF-8 JSON of plain values, pydantic models and dataclasses."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="python")
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"cannot render {type(value).__name__}")


class JsonResponse(JSONResponse):
    """An answer rendered by `json_bytes`; the framework's class, so that it documents what we return as JSON."""

    def render(self, content: object) -> bytes:
        """Bytes of `content`; bytes pass unchanged (a replayed answer)."""
        return content if isinstance(content, bytes) else json_bytes(content)


def instant(value: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
