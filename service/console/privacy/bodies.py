"""What was typed into a form, as the body that the API would take: its limits stand in one place."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from service.api.schemas.base import In
from service.console.form_lines import FieldFault

Body = TypeVar("Body", bound=In)


def body_of(kind: type[Body], sent: Mapping[str, object], words: str) -> tuple[Body | None, list[FieldFault]]:
    """The body, or what is wrong with each field that it does not take; `words` begins the keys of what is said."""
    try:
        return kind.model_validate(sent), []
    except ValidationError as refused:
        names = dict.fromkeys(str(fault["loc"][0]) for fault in refused.errors())
        return None, [FieldFault(name, f"{words}{name}") for name in names]
