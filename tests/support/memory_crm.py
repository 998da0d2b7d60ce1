"""CRM events, entities and sources in memory: the same rules as their SQL twins."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from service.domain.crm.decisions import Decision
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent, EntityKind
from service.domain.crm.sameness import Place
from service.domain.crm.sources import CrmSource
from service.domain.records import Page
from tests.support.memory_state import State, newest_first


class MemoryCrmEvents:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, tenant_id: str, event: CrmEvent) -> bool:
        if (tenant_id, event.id) in self._state.crm_events:
            return False
        self._state.crm_events[tenant_id, event.id] = event
        return True

    def add_all(self, tenant_id: str, events: Sequence[CrmEvent]) -> set[str]:
        return {event.id for event in events if self.add(tenant_id, event)}

    def of_opportunities(self, tenant_id: str, opportunity_ids: Sequence[str]) -> dict[str, list[CrmEvent]]:
        found = {it: self.of_opportunity(tenant_id, it) for it in opportunity_ids}
        return {it: events for it, events in found.items() if events}

    def get(self, tenant_id: str, event_id: str) -> CrmEvent | None:
        return self._state.crm_events.get((tenant_id, event_id))

    def named(self, tenant_id: str, event_ids: Iterable[str]) -> dict[str, CrmEvent]:
        found = {event_id: self.get(tenant_id, event_id) for event_id in event_ids}
        return {event_id: event for event_id, event in found.items() if event is not None}

    def told_at(self, tenant_id: str, places: Collection[Place]) -> list[CrmEvent]:
        return [event for event in self._of(tenant_id) if (event.kind, event.entity_id, event.occurred_at) in places]

    def newest(self, tenant_id: str, records: Sequence[tuple[EntityKind, str]], types: Sequence[str]) -> list[CrmEvent]:
        found = {
            (event.kind, event.entity_id, event.type): event
            for event in self._of(tenant_id)
            if (event.kind, event.entity_id) in records and event.type in types
        }
        return sorted(found.values(), key=lambda event: event.order)

    def of_entity(self, tenant_id: str, kind: EntityKind, entity_id: str) -> list[CrmEvent]:
        return [event for event in self._of(tenant_id) if (event.kind, event.entity_id) == (kind, entity_id)]

    def of_opportunity(self, tenant_id: str, opportunity_id: str) -> list[CrmEvent]:
        return [event for event in self._of(tenant_id) if event.opportunity_id == opportunity_id]

    def between(
        self,
        tenant_id: str,
        since: datetime,
        until: datetime,
        *,
        kinds: Sequence[EntityKind] = (),
        types: Sequence[str] = (),
    ) -> Iterator[CrmEvent]:
        for event in self._of(tenant_id):
            wanted = (not kinds or event.kind in kinds) and (not types or event.type in types)
            if wanted and since <= event.occurred_at < until:
                yield event

    def unjudged(self, limit: int, *, tenant_id: str = "") -> list[tuple[str, CrmEvent]]:
        waiting = [
            (tenant, event)
            for (tenant, event_id), event in self._state.crm_events.items()
            if (tenant, event_id) not in self._state.crm_judged and tenant_id in ("", tenant)
        ]
        return sorted(waiting, key=lambda item: (item[1].received_at, item[1].id))[:limit]

    def judged(self, tenant_id: str, event_ids: Sequence[str], now: datetime) -> None:
        self._state.crm_judged.update({(tenant_id, event_id): now for event_id in event_ids})

    def _of(self, tenant_id: str) -> list[CrmEvent]:
        mine = (event for (owner, _), event in self._state.crm_events.items() if owner == tenant_id)
        return sorted(mine, key=lambda event: event.order)


class MemoryEntities:
    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, tenant_id: str, kind: EntityKind, entity_id: str) -> Entity | None:
        return self._state.crm_entities.get((tenant_id, kind, entity_id))

    def hold(self, tenant_id: str, kind: EntityKind, entity_id: str) -> Entity:
        return self.get(tenant_id, kind, entity_id) or Entity(kind, entity_id)

    def hold_all(self, tenant_id: str, keys: Sequence[tuple[EntityKind, str]]) -> dict[tuple[EntityKind, str], Entity]:
        return {(kind, entity_id): self.hold(tenant_id, kind, entity_id) for kind, entity_id in keys}

    def put_all(self, tenant_id: str, entities: Sequence[Entity]) -> None:
        for entity in entities:
            self.put(tenant_id, entity)

    def put(self, tenant_id: str, entity: Entity) -> None:
        self._state.crm_entities[tenant_id, entity.kind, entity.id] = entity

    def tenants(self) -> list[str]:
        return sorted({tenant_id for tenant_id, _, _ in self._state.crm_entities})

    def of_kind(self, tenant_id: str, kind: EntityKind, *, after: str | None = None, limit: int = 200) -> list[Entity]:
        mine = [
            entity
            for (owner, found, entity_id), entity in self._state.crm_entities.items()
            if (owner, found) == (tenant_id, kind) and (after is None or entity_id > after)
        ]
        return sorted(mine, key=lambda entity: entity.id)[:limit]

    def of_account(self, tenant_id: str, account_id: str, kinds: Sequence[EntityKind]) -> list[Entity]:
        deals = {deal.id for deal in self.linked(tenant_id, "opportunity", account_id=account_id)}
        return [
            entity
            for kind in sorted(kinds)
            for entity in self.of_kind(tenant_id, kind, limit=1_000_000)
            if (kind, entity.id) == ("account", account_id)
            or entity.get("account_id") == account_id
            or entity.get("opportunity_id") in deals
        ]

    def linked(
        self,
        tenant_id: str,
        kind: EntityKind,
        *,
        opportunity_id: str | None = None,
        account_id: str | None = None,
        owner_id: str | None = None,
    ) -> list[Entity]:
        return [
            entity
            for entity in self.of_kind(tenant_id, kind, limit=1_000_000)
            if opportunity_id in (None, entity.get("opportunity_id"))
            and account_id in (None, entity.get("account_id"))
            and owner_id in (None, entity.get("owner_id") or entity.get("rep_id"))
        ]


class MemoryDecisions:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, tenant_id: str, decision: Decision) -> bool:
        place = tenant_id, decision.kind, decision.subject, decision.key
        if place in self._state.crm_decisions:
            return False
        self._state.crm_decisions[place] = decision
        return True

    def latest(self, tenant_id: str, kind: str, subject: str) -> Decision | None:
        return next(iter(self.of(tenant_id, kind, subject=subject, limit=1)), None)

    def latest_of(self, tenant_id: str, kind: str, subjects: Sequence[str]) -> dict[str, Decision]:
        found = {subject: self.latest(tenant_id, kind, subject) for subject in subjects}
        return {subject: decision for subject, decision in found.items() if decision is not None}

    def of(
        self,
        tenant_id: str,
        kind: str,
        *,
        subject: str | None = None,
        since: datetime | None = None,
        limit: int = 1_000,
    ) -> list[Decision]:
        mine = [
            decision
            for (owner, found, about, _), decision in self._state.crm_decisions.items()
            if (owner, found) == (tenant_id, kind)
            and subject in (None, about)
            and (since is None or decision.decided_at >= since)
        ]
        return sorted(mine, key=lambda it: (it.decided_at, it.id), reverse=True)[:limit]


class MemoryCrmSources:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, source: CrmSource) -> None:
        self._state.crm_sources[source.id] = source

    def get(self, tenant_id: str, source_id: str) -> CrmSource | None:
        source = self.find(source_id)
        return source if source is not None and source.tenant_id == tenant_id else None

    def find(self, source_id: str) -> CrmSource | None:
        return self._state.crm_sources.get(source_id)

    def page(self, tenant_id: str, page: Page) -> list[CrmSource]:
        mine = [source for source in self._state.crm_sources.values() if source.tenant_id == tenant_id]
        return newest_first(mine, page, lambda source: source.id)

    def remove(self, tenant_id: str, source_id: str) -> bool:
        if self.get(tenant_id, source_id) is None:
            return False
        del self._state.crm_sources[source_id]
        return True

    def seen(self, tenant_id: str, source_id: str, now: datetime) -> None:
        source = self.get(tenant_id, source_id)
        if source is not None:
            self._state.crm_sources[source_id] = replace(source, last_seen_at=now)
