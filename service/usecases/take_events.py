"""Take CRM events in: stored first, each once, and added to the state of what they are about, in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.crm.entities import Entity, apply, needs_replay, replay
from service.domain.crm.events import CrmEvent, EntityKind
from service.domain.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Taken:
    """Which events were new, and which stood there already."""

    accepted: tuple[CrmEvent, ...]
    duplicates: tuple[CrmEvent, ...]


def take_events(tx: UnitOfWork, tenant_id: str, events: Sequence[CrmEvent]) -> Taken:
    """Store the events that are new and bring the entities they are about up to date, in any order of arrival."""
    fresh = tx.crm_events.add_all(tenant_id, events)
    new: list[CrmEvent] = []
    repeated: list[CrmEvent] = []
    for event in events:
        (new if event.id in fresh else repeated).append(event)
        fresh.discard(event.id)
    by_entity: dict[tuple[EntityKind, str], list[CrmEvent]] = defaultdict(list)
    for event in sorted(new, key=lambda event: event.order):
        by_entity[event.kind, event.entity_id].append(event)
    held = tx.entities.hold_all(tenant_id, sorted(by_entity))
    tx.entities.put_all(tenant_id, [_brought_up(tx, tenant_id, held[key], by_entity[key]) for key in sorted(by_entity)])
    return Taken(tuple(new), tuple(repeated))


def _brought_up(tx: UnitOfWork, tenant_id: str, entity: Entity, events: Sequence[CrmEvent]) -> Entity:
    for event in events:
        if needs_replay(entity, event):
            log = tx.crm_events.of_entity(tenant_id, entity.kind, entity.id)
            return replay(entity.kind, entity.id, log)
        entity = apply(entity, event)
    return entity
