"""Which CRM events count: the one vocabulary of processes, scorecards and metrics."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from service.domain.content.header import Closed
from service.domain.content.playbook_values import EventTypes, FieldName, Match
from service.domain.crm.events import EntityKind

Word = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class EventMatch(Closed):
    """An event of one of `types`, whose data is as `where` says.

    `has` names fields that must be filled, `lists` fields that are lists (or texts) with all the words given, and
    `where_not` turns events away whose data is as it says. `or` is another event that will do as well.
    """

    types: EventTypes
    where: dict[FieldName, Match] = Field(default_factory=dict, max_length=20)
    where_not: dict[FieldName, Match] = Field(default_factory=dict, max_length=20)
    has: tuple[FieldName, ...] = ()
    lists: dict[FieldName, tuple[Word, ...]] = Field(default_factory=dict, max_length=10)
    or_: Self | None = Field(default=None, alias="or")

    @property
    def every_type(self) -> tuple[str, ...]:
        """All event types that may count."""
        return self.types if self.or_ is None else (*self.types, *self.or_.every_type)

    @model_validator(mode="before")
    @classmethod
    def _plain_means_types(cls, value: object) -> object:
        return {"types": value} if isinstance(value, str | list) else value


class EntityMatch(Closed):
    """Entities of a kind whose fields are as `where` says, and not as `where_not` says."""

    kind: EntityKind
    where: dict[FieldName, Match] = Field(default_factory=dict, max_length=20)
    where_not: dict[FieldName, Match] = Field(default_factory=dict, max_length=20)
    has: tuple[FieldName, ...] = ()
