"""The state of a CRM entity, added up from its events, each field with its lineage.

A field's value is that of its last write by `occurred_at`; `changed_at` is when it took this value, which a CRM that
sends whole records over and over does not move. Invariant: whatever order events arrive in, the state is the same
(`apply` where that can be told from the state alone, `replay` over the log where `needs_replay` says it cannot).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.domain.crm.events import CrmEvent, EntityKind


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field's value, since when it has it, and the event that gave it.

    `seen_at` and `seen_id` name the last event that said so again.
    """

    value: Any
    changed_at: datetime
    event_id: str
    seen_at: datetime
    seen_id: str

    @property
    def seen(self) -> tuple[datetime, str]:
        """Where the last write stands in the order of events."""
        return self.seen_at, self.seen_id

    @property
    def changed(self) -> tuple[datetime, str]:
        """Where the change stands in the order of events."""
        return self.changed_at, self.event_id


@dataclass(frozen=True, slots=True)
class Entity:
    """One account, opportunity, lead, … as its events tell it."""

    kind: EntityKind
    id: str
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    last_event_at: datetime | None = None

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - a CRM field holds any JSON value
        """The field's value; `default` when no event has written it."""
        found = self.fields.get(name)
        return default if found is None else found.value

    def since(self, name: str) -> datetime | None:
        """Since when the field has its value."""
        found = self.fields.get(name)
        return None if found is None else found.changed_at


def apply(entity: Entity, event: CrmEvent) -> Entity:
    """The entity after one more event, which may be late: a later write of the same field stands.

    Exact unless `needs_replay(entity, event)`: then a late event tells since when a value has held, which only the log
    can answer; the values themselves are right in any case.
    """
    fields = dict(entity.fields)
    for name, value in event.data.items():
        fields[name] = _written(fields.get(name), event, value)
    last = event.occurred_at if entity.last_event_at is None else max(entity.last_event_at, event.occurred_at)
    return Entity(entity.kind, entity.id, fields, last)


def needs_replay(entity: Entity, event: CrmEvent) -> bool:
    """Whether this late event changes since when a field has its value: it breaks a run of equal writes or leads it."""
    return any(
        _shifts_run(entity.fields[name], event, value) for name, value in event.data.items() if name in entity.fields
    )


def replay(kind: EntityKind, entity_id: str, events: Iterable[CrmEvent]) -> Entity:
    """The state after all `events`, which may come in any order; each counts once."""
    entity = Entity(kind, entity_id)
    for event in sorted({event.id: event for event in events}.values(), key=lambda event: event.order):
        entity = apply(entity, event)
    return entity


def history(events: Iterable[CrmEvent], name: str) -> list[FieldValue]:
    """Every value the field has had, the oldest first."""
    found: list[FieldValue] = []
    for event in sorted(events, key=lambda event: event.order):
        if name not in event.data:
            continue
        written = _written(found[-1] if found else None, event, event.data[name])
        if found and written.event_id == found[-1].event_id:
            found[-1] = written
        else:
            found.append(written)
    return found


def _written(standing: FieldValue | None, event: CrmEvent, value: object) -> FieldValue:
    if standing is not None and event.order <= standing.seen:
        return standing
    if standing is not None and same(standing.value, value):
        return FieldValue(standing.value, standing.changed_at, standing.event_id, event.occurred_at, event.id)
    return FieldValue(value, event.occurred_at, event.id, event.occurred_at, event.id)


def _shifts_run(standing: FieldValue, event: CrmEvent, value: object) -> bool:
    if event.order >= standing.seen:
        return False
    is_same = same(standing.value, value)
    return is_same if event.order < standing.changed else not is_same


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal; True is not 1."""
    return type(one) is type(other) and one == other
