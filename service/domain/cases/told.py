"""The events of a case as the CRM's own, so that what judges a case is what judges a tenant's events.

Invariant: what is later than the case's now has not happened.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.domain.content.case_examples import SUBJECT, Case, CaseEvent
from service.domain.content.vocabulary import Vocabulary
from service.domain.crm.entities import Entity, replay
from service.domain.crm.events import KINDS, CrmEvent, EntityKind

SOURCE = "urn:fieldcue:case"


@dataclass(frozen=True, slots=True)
class Told:
    """What a case tells: its events in order, as packs name them, and the entities as these leave them."""

    events: tuple[CrmEvent, ...]
    entities: tuple[Entity, ...]

    def entity(self, kind: EntityKind, entity_id: str) -> Entity:
        """One entity; without any field where nothing was told of it."""
        found = (each for each in self.entities if (each.kind, each.id) == (kind, entity_id))
        return next(found, Entity(kind, entity_id))

    @property
    def opportunity(self) -> Entity:
        """The opportunity that a case about one opportunity is about."""
        return self.entity("opportunity", SUBJECT)

    def of_opportunity(self, opportunity_id: str = SUBJECT) -> list[CrmEvent]:
        """The events of one opportunity and those that name it."""
        return [event for event in self.events if event.opportunity_id == opportunity_id]

    @property
    def person(self) -> str:
        """The first person whom an event names as its owner; empty where none does."""
        return next((event.owner_id for event in self.events if event.owner_id), "")


def told_by(case: Case, words: Vocabulary) -> Told:
    """What a case tells up to its now."""
    sent = [event for event in as_sent(case.events, SUBJECT) if event.occurred_at <= case.now]
    sent.sort(key=lambda event: event.order)
    by_entity: dict[tuple[EntityKind, str], list[CrmEvent]] = defaultdict(list)
    for event in sent:
        by_entity[event.kind, event.entity_id].append(event)
    entities = tuple(replay(kind, entity_id, events) for (kind, entity_id), events in sorted(by_entity.items()))
    return Told(tuple(words.folded(event) for event in sent), entities)


def as_sent(events: Sequence[CaseEvent], subject: str) -> Iterator[CrmEvent]:
    """The events one by one, copies apart; those that say no entity are about `subject`."""
    number = 0
    for event in events:
        kind, entity_id = _about(event, subject)
        for copy in range(1, (event.times or 1) + 1):
            number += 1
            own_id = entity_id if event.times is None else f"{entity_id}-{copy}"
            name = f"e{number:04}"
            yield CrmEvent(name, SOURCE, event.type, kind, own_id, event.at, event.at, event.data, name)


def _about(event: CaseEvent, subject: str) -> tuple[EntityKind, str]:
    named, _, entity_id = (event.on or "").partition("/")
    word = named or event.type.split(".")[0]
    return next((kind for kind in KINDS if kind == word), "opportunity"), entity_id or subject
