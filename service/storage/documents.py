"""Values of the language core as JSON documents and back, checked by their own types.

Invariant: what was stored comes back equal; a document that no longer fits its type fails loudly on reading. A bare
analysis is the same without what only its own page shows.
"""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from nlp.types import Analysis, Correction, Explanation, Finding, Transcript, Turn, Word
from service.domain.visit import Consent

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LEFT_OUT = Field(validation_alias="")  # a name that no document has: the default stands, and nothing is read
UNEXPLAINED = Explanation("", "")


@dataclass(frozen=True, slots=True)
class BareTurn(Turn):
    """A turn without how it was heard."""

    raw_text: Annotated[str, LEFT_OUT] = ""
    words: Annotated[tuple[Word, ...], LEFT_OUT] = ()
    corrections: Annotated[tuple[Correction, ...], LEFT_OUT] = ()


@dataclass(frozen=True, slots=True)
class BareFinding(Finding):
    """A finding without its detector's reasons."""

    explanation: Annotated[Explanation, LEFT_OUT] = UNEXPLAINED


@dataclass(frozen=True, slots=True)
class BareAnalysis(Analysis):
    """An analysis as coaching of other visits reads it."""

    turns: tuple[BareTurn, ...]
    findings: tuple[BareFinding, ...]


ANALYSIS = TypeAdapter(Analysis)
BARE_ANALYSIS = TypeAdapter(BareAnalysis)
TRANSCRIPT = TypeAdapter(Transcript)
CONSENT = TypeAdapter(Consent)


def columns_of(value: "DataclassInstance") -> dict[str, Any]:
    """A dataclass as one flat row: field name to value, nested values untouched."""
    return {field.name: getattr(value, field.name) for field in fields(value)}
