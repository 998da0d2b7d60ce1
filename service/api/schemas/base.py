"""Field types shared by all bodies: strict, bounded, and safe to store, show and log."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
)

_RFC3339 = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$", re.ASCII)
_MARKS = {"Mn", "Me"}
MARKS_AT_MOST = 8  # more hide the line above; no script needs them
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}


class In(BaseModel):
    """A body from outside: unknown fields are errors, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """A body we send."""

    model_config = ConfigDict(frozen=True)


def _instant(value: Any) -> Any:  # noqa: ANN401 - a validator sees anything
    if not isinstance(value, str) or not _RFC3339.match(value):
        raise ValueError("must be an RFC 3339 instant with an offset, such as 2026-03-11T10:00:00+08:00")
    return value


def _in_range(value: datetime) -> datetime:
    if not 1990 <= value.year <= 2100:
        raise ValueError("must lie between 1990 and 2100")
    return value.astimezone(UTC)


def clean_label(value: str) -> str:
    """NFC, without control, bidirectional and invisible characters, eight marks on one at most, no outer blanks."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", value):
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if category not in _INVISIBLE and marks <= MARKS_AT_MOST:
            kept.append(character)
    return "".join(kept).strip()


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant),
    AfterValidator(_in_range),
    Field(json_schema_extra={"type": "string", "format": "date-time"}),
]
Milliseconds = Annotated[StrictInt, Field(ge=0, le=6 * 3_600_000)]
Key = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$")]
Label = Annotated[str, StringConstraints(strict=True, max_length=200), AfterValidator(clean_label)]
Prose = Annotated[str, StringConstraints(strict=True, max_length=20_000)]


class Problem(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str


class EvidenceOut(Out):
    """A quote and where it was said."""

    visit_id: str
    turn: int
    quote: str
    said_at: str | None = None
