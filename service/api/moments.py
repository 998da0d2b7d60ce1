"""Moments in query parameters."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import SkipJsonSchema

from service.api.schemas.base import Instant
from service.domain.errors import Invalid

Moment = Annotated[str | SkipJsonSchema[None], Query(max_length=40, description="RFC 3339 with an offset")]
"""A moment as it is asked for; `moment_of` reads it."""
_INSTANT = TypeAdapter(Instant)


def moment_of(value: str | None, name: str) -> datetime | None:
    """The moment that a query parameter names, None where it was left out.

    Raises:
        Invalid: it is none (`instant_invalid`).
    """
    if value is None:
        return None
    try:
        return _INSTANT.validate_python(value)
    except ValidationError as error:
        raise Invalid(f"{name} must be an RFC 3339 instant with an offset", code="instant_invalid") from error
