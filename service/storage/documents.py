"""Values of the language core as JSON documents and back, checked by their own types.

Invariant: what was stored comes back equal; a document that no longer fits its type fails loudly on reading.
"""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from nlp.types import Analysis, Transcript
from service.domain.visit import Consent

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ANALYSIS = TypeAdapter(Analysis)
TRANSCRIPT = TypeAdapter(Transcript)
CONSENT = TypeAdapter(Consent)


def columns_of(value: "DataclassInstance") -> dict[str, Any]:
    """A dataclass as one flat row: field name to value, nested values untouched."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
