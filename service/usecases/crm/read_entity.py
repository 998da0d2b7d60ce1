"""One CRM entity with the history of every field, each value with the event that gave it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.crm.entities import Entity, FieldValue, history
from service.domain.crm.events import KINDS, CrmEvent
from service.domain.errors import NotFound
from service.domain.ports import UnitOfWork

MAX_VALUES = 100


@dataclass(frozen=True, slots=True)
class EntityStory:
    """An entity, the values each field has had (the last hundred), and all events behind them, by id."""

    entity: Entity
    values: Mapping[str, Sequence[FieldValue]]
    events: Mapping[str, CrmEvent]


def read_entity(tx: UnitOfWork, tenant_id: str, kind: str, entity_id: str) -> EntityStory:
    """The entity and how it came to be.

    Raises:
        NotFound: no event was ever about it.
    """
    known = next((found for found in KINDS if found == kind), None)
    entity = tx.entities.get(tenant_id, known, entity_id) if known else None
    if known is None or entity is None:
        raise NotFound("no event has told of such an entity", code="entity_not_found")
    events = tx.crm_events.of_entity(tenant_id, known, entity_id)
    values = {name: history(events, name)[-MAX_VALUES:] for name in entity.fields}
    return EntityStory(entity, values, {event.id: event for event in events})
