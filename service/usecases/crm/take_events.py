"""Take CRM events in: stored first, each once, and added to the state of what they are about, in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.domain.content.vocabulary import Vocabulary
from service.domain.crm.entities import Entity, apply, needs_replay, replay
from service.domain.crm.events import CrmEvent, EntityKind
from service.domain.crm.sameness import Place, is_same_thing, place_of
from service.domain.ports import UnitOfWork

NO_OTHER_NAMES = Vocabulary()


@dataclass(frozen=True, slots=True)
class Taken:
    """Which events were new, and which stood there already; the latter under the id by which they stand."""

    accepted: tuple[CrmEvent, ...]
    duplicates: tuple[CrmEvent, ...]


def take_events(
    tx: UnitOfWork, tenant_id: str, events: Sequence[CrmEvent], *, names: Vocabulary = NO_OTHER_NAMES
) -> Taken:
    """Store the events that are new and bring the entities they are about up to date, in any order of arrival.

    New is what stands here neither under its source and id nor, told by somebody else, by its content.
    """
    # Held before anything is compared: of two that tell of one thing at once, the second must see the first.
    held = tx.entities.hold_all(tenant_id, sorted({(event.kind, event.entity_id) for event in events}))
    retold = _retold(tx, tenant_id, events, names)
    fresh = tx.crm_events.add_all(tenant_id, [event for event in events if event.id not in retold])
    new: list[CrmEvent] = []
    repeated: list[CrmEvent] = []
    for event in events:
        if event.id in fresh:
            new.append(event)
        else:
            repeated.append(replace(event, id=retold.get(event.id, event.id)))
        fresh.discard(event.id)
    by_entity: dict[tuple[EntityKind, str], list[CrmEvent]] = defaultdict(list)
    for event in sorted(new, key=lambda event: event.order):
        by_entity[event.kind, event.entity_id].append(event)
    tx.entities.put_all(tenant_id, [_brought_up(tx, tenant_id, held[key], by_entity[key]) for key in sorted(by_entity)])
    return Taken(tuple(new), tuple(repeated))


def _retold(tx: UnitOfWork, tenant_id: str, events: Sequence[CrmEvent], names: Vocabulary) -> dict[str, str]:
    """The events that only tell again what stands here or comes with them: their ids, and by which id it stands."""
    placed = [(event, place) for event in events if (place := place_of(event)) is not None]
    beside: dict[Place, list[CrmEvent]] = defaultdict(list)
    for known in tx.crm_events.told_at(tenant_id, {place for _, place in placed}):
        beside[known.kind, known.entity_id, known.occurred_at].append(known)
    found: dict[str, str] = {}
    for event, place in sorted(placed, key=lambda it: it[0].id):  # whatever their order in a batch, the same one stands
        standing = beside[place]
        if event.id in {one.id for one in standing}:
            continue
        first = next((one for one in standing if is_same_thing(event, one, names=names)), None)
        if first is None:
            standing.append(event)
        else:
            found[event.id] = first.id
    return found


def _brought_up(tx: UnitOfWork, tenant_id: str, entity: Entity, events: Sequence[CrmEvent]) -> Entity:
    for event in events:
        if needs_replay(entity, event):
            log = tx.crm_events.of_entity(tenant_id, entity.kind, entity.id)
            return replay(entity.kind, entity.id, log)
        entity = apply(entity, event)
    return entity
