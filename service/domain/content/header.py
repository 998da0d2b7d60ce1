"""The keys that every content file starts with.

Invariant: schemas are closed and frozen; a key nobody knows is a fault in the file, never something to ignore.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Status = Literal["experimental", "active", "deprecated"]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,63}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Codes = Annotated[tuple[Code, ...], BeforeValidator(_as_tuple)]


class Misplaced(ValueError):
    """A fault that stands deeper in the file than the check that finds it; `path` leads there from the checked item."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        """Say where and what."""
        super().__init__(message)
        self.path = path


class Closed(BaseModel):
    """A frozen value that takes exactly the keys it names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Header(Closed):
    """Who answers for a content item, since when, and whether it is in use."""

    id: Code
    title: Text
    status: Status
    description: Text
    owner: Text
    date: dt.date
    references: tuple[Text, ...] = Field(default=(), description="where the knowledge comes from")
    false_positives: str = Field(default="", description="when it is known to be wrong")

    @property
    def in_use(self) -> bool:
        """Experimental and active items are used; deprecated ones only keep their id."""
        return self.status != "deprecated"
