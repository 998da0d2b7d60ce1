"""Account facts: what hint cards and talk tracks may know from the CRM, each under a name of its own.

Invariant: a fact is read off the present fields of CRM records, their age, and which events happened; what no event has
written is not known, and what is not known is never told.
"""

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from service.domain.content.examples import Example
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.playbook_examples import Moment, Scalar
from service.domain.content.playbook_values import Duration, EventType, EventTypes, FieldName, Match
from service.domain.crm.events import KINDS, EntityKind

FACT_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
PART = re.compile(r"\[([^\[\]]*)\]")
OWN_SLOTS = frozenset({"day", "age"})
"""Slots that every fact has: the day of the event behind it, and how long ago that was."""


class FieldIs(Match):
    """What one field of a record must be at the moment of looking; all keys given must hold.

    `known`: written, and not empty. `older_than`, `newer_than`: since when it has this value. `past`, `ahead`: the day
    it names lies at least that long back, or lies ahead and no further than that.
    """

    known: bool | None = None
    older_than: Duration | None = None
    newer_than: Duration | None = None
    past: Duration | None = None
    ahead: Duration | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say at least one of is, not, below, above, contains, known, older_than, newer_than, "
                             "past, ahead")  # fmt: skip
        return self


class RecordIs(Closed):
    """One way to know the fact: a record of a kind with these fields, of which these events are told.

    `happened`: the newest event of one of these types is the fact, and its age may be bounded. `never`: none of these
    was told of this record. With `across`, events of all the account's records count, not of this one alone.
    """

    of: EntityKind
    fields: dict[FieldName, FieldIs] = Field(default={}, max_length=12)
    happened: EventTypes | None = None
    older_than: Duration | None = None
    newer_than: Duration | None = None
    never: EventTypes | None = None
    across: bool = False

    @model_validator(mode="after")
    def _rests_on_something(self) -> Self:
        if not self.fields and not self.happened:
            raise ValueError("a fact rests on `fields` or on an event that `happened`")
        if not self.happened and (self.older_than or self.newer_than):
            raise ValueError("older_than and newer_than here speak of `happened`; a field's age stands under the field")
        if not self.happened and all(is_.known is False for is_ in self.fields.values()):
            raise ValueError("at least one field must be known: no event stands behind what was never written")
        return self

    @property
    def types(self) -> tuple[str, ...]:
        """The event types it asks about."""
        return (*(self.happened or ()), *(self.never or ()))


class CrmLine(Closed):
    """One event of an example: when, its type, what it wrote; `of` and `id` name the record, `of` by the type alone
    where that begins with a kind."""

    at: Moment
    type: EventType
    of: EntityKind | None = None
    id: Annotated[str, Field(min_length=1, max_length=80)] = "r1"
    data: dict[FieldName, Scalar] = Field(default={}, max_length=40)

    @model_validator(mode="after")
    def _names_its_record(self) -> Self:
        if self.of is None and self.type.partition(".")[0] not in KINDS:
            raise ValueError(f"of: say which record it is about; {self.type!r} does not begin with one of its kinds")
        return self

    @property
    def kind(self) -> EntityKind:
        """The kind of record it is about."""
        named = (kind for kind in KINDS if kind == self.type.partition(".")[0])
        return next(named) if self.of is None else self.of


class FactExample(Closed):
    """What the CRM told up to `now`, and words that the fact is then told in."""

    crm: tuple[CrmLine, ...] = Field(min_length=1, max_length=40)
    now: Moment
    says: str = ""


class FactExamples(Closed):
    """When a fact is known and when it is not."""

    fires: tuple[FactExample, ...] = Field(min_length=1)
    stays_silent: tuple[FactExample, ...] = Field(min_length=1)


class FactCard(Header):
    """One fact; the first way of `when` that a record fits makes it known.

    `text` tells it: {day}, {age} and the record's fields are put in; a part in [square brackets] is left out where a
    field in it is not known, and without a field outside of them the fact is not told at all.
    """

    text: Text = Field(max_length=80)
    when: tuple[RecordIs, ...] = Field(min_length=1, max_length=6)
    examples: FactExamples

    @model_validator(mode="after")
    def _text_can_be_filled(self) -> Self:
        if set("{}[]") & set(FACT_SLOT.sub("", PART.sub(r"\1", self.text))):
            raise ValueError("text: a brace or bracket that opens no slot; write {day}, {age}, {field} or [，{field}]")
        return self


class TalkExample(Example):
    """Visits as in every example, and beside them what the CRM told of the account."""

    crm: tuple[CrmLine, ...] = Field(default=(), max_length=40)


class TalkExamples(Closed):
    """When a card that also reads the CRM must speak and when it must not."""

    fires: tuple[TalkExample, ...] = Field(min_length=1)
    stays_silent: tuple[TalkExample, ...] = Field(min_length=1)


FactNames = Annotated[tuple[Code, ...], Field(max_length=6)]
