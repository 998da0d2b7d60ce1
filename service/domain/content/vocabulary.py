"""What packs call the things that happen, and what else CRMs call them: `prompts/events.yaml`.

Invariant: a name stands for one event only. Selections are widened to all its names when a pack is read, so that what
is stored stays as it was sent, and stored events, fresh ones and back-tests are looked at alike.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from service.domain.content.header import Closed, Text
from service.domain.content.playbook_values import EventType, FieldName
from service.domain.crm.events import CrmEvent


class BusinessEvent(Closed):
    """One event: its Chinese name, its other names, and other names of its fields, the first filled one counts."""

    title: Text
    also: tuple[EventType, ...] = Field(default=(), max_length=20)
    fields: dict[FieldName, tuple[FieldName, ...]] = Field(default_factory=dict, max_length=20)


class Vocabulary(Closed):
    """All business events that have more than one name, by the name that packs use."""

    events: dict[EventType, BusinessEvent] = Field(default_factory=dict, max_length=200)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [name for type_, event in self.events.items() for name in (type_, *event.also)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{twice[0]} stands for two events; keep it under one")
        return self

    @cached_property
    def families(self) -> Mapping[str, tuple[str, ...]]:
        """All names of an event, the packs' own first, by each of them."""
        return {name: (type_, *event.also) for type_, event in self.events.items() for name in (type_, *event.also)}

    def accepted(self, *types: str) -> tuple[str, ...]:
        """These event types with all their other names, each once."""
        return tuple(dict.fromkeys(name for type_ in types for name in self.families.get(type_, (type_,))))

    def folded(self, event: CrmEvent) -> CrmEvent:
        """The event as packs name it: its type, and beside its fields as sent those that packs ask for."""
        type_ = self.families.get(event.type, (event.type,))[0]
        known = self.events.get(type_)
        if known is None or (type_ == event.type and not known.fields):
            return event
        found = {name: _first(event.data, (name, *others)) for name, others in known.fields.items()}
        filled = {name: value for name, value in found.items() if value is not None}
        return replace(event, type=type_, data={**event.data, **filled})


def _first(data: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((data[name] for name in names if data.get(name) not in (None, "", [], {})), None)
