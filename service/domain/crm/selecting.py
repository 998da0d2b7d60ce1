"""Whether an event or an entity is what a content file means."""

from collections.abc import Mapping
from typing import Any

from service.domain.content.event_match import EntityMatch, EventMatch
from service.domain.content.playbook_values import Match
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent


def matches(wanted: EventMatch, event: CrmEvent) -> bool:
    """Whether the event is of these types and its data says what is asked for, or as well does what `or` asks."""
    if wanted.or_ is not None and matches(wanted.or_, event):
        return True
    return (
        event.type in wanted.types
        and fields_hold(wanted.where, event.data)
        and not _any_holds(wanted.where_not, event.data)
        and all(is_filled(event.data.get(name)) for name in wanted.has)
        and all(_lists(event.data.get(name), words) for name, words in wanted.lists.items())
    )


def describes(wanted: EntityMatch, entity: Entity) -> bool:
    """Whether the entity is of this kind, still there, and its fields are as asked for."""
    data = {name: value.value for name, value in entity.fields.items()}
    return (
        entity.kind == wanted.kind
        and data.get("deleted") is not True
        and fields_hold(wanted.where, data)
        and not _any_holds(wanted.where_not, data)
        and all(is_filled(data.get(name)) for name in wanted.has)
    )


def fields_hold(where: Mapping[str, Match], data: Mapping[str, Any]) -> bool:
    """Whether every field is as asked for."""
    return all(match.holds(data.get(name)) for name, match in where.items())


def is_filled(value: object) -> bool:
    """Whether a field says anything: not null, no blank text, no empty list; zero and False do."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value not in ([], {})


def number(value: object) -> float | None:
    """The value as a number; None for anything else, True included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _any_holds(where: Mapping[str, Match], data: Mapping[str, Any]) -> bool:
    return any(match.holds(data.get(name)) for name, match in where.items())


def _lists(value: object, words: tuple[str, ...]) -> bool:
    return isinstance(value, list | str) and all(word in value for word in words)
