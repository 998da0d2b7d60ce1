"""Where CRM events and entities are kept, as ports; the tenant comes first, as everywhere."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent, EntityKind
from service.domain.crm.sameness import Place
from service.domain.crm.sources import CrmSource
from service.domain.records import Page


class CrmEvents(Protocol):
    """The log of CRM events; nothing in it is ever rewritten."""

    def add(self, tenant_id: str, event: CrmEvent) -> bool:
        """Store it; False when it stands there already."""
        ...

    def add_all(self, tenant_id: str, events: Sequence[CrmEvent]) -> set[str]:
        """Store those that are new, at once; their ids. An id that comes twice counts once."""
        ...

    def get(self, tenant_id: str, event_id: str) -> CrmEvent | None: ...
    def named(self, tenant_id: str, event_ids: Iterable[str]) -> dict[str, CrmEvent]:
        """Those of these events that are known, by id."""
        ...

    def told_at(self, tenant_id: str, places: Collection[Place]) -> list[CrmEvent]:
        """The events of these records at these instants, in the order they happened."""
        ...

    def newest(self, tenant_id: str, records: Sequence[tuple[EntityKind, str]], types: Sequence[str]) -> list[CrmEvent]:
        """Of each of these records the newest event of each of these types, in the order they happened."""
        ...

    def of_entity(self, tenant_id: str, kind: EntityKind, entity_id: str) -> list[CrmEvent]:
        """All events of one entity, in the order they happened."""
        ...

    def of_opportunity(self, tenant_id: str, opportunity_id: str) -> list[CrmEvent]:
        """Events of the opportunity and of whatever names it (quotes, payments, …), in the order they happened."""
        ...

    def of_opportunities(self, tenant_id: str, opportunity_ids: Sequence[str]) -> dict[str, list[CrmEvent]]:
        """As `of_opportunity`, for several at once; those nothing is known of are left out."""
        ...

    def between(
        self,
        tenant_id: str,
        since: datetime,
        until: datetime,
        *,
        kinds: Sequence[EntityKind] = (),
        types: Sequence[str] = (),
    ) -> Iterator[CrmEvent]:
        """Events with since <= occurred_at < until, in the order they happened, read in pieces."""
        ...

    def unjudged(self, limit: int, *, tenant_id: str = "") -> list[tuple[str, CrmEvent]]:
        """(tenant, event) that no playbook has looked at yet, as they arrived; a writing unit holds them for itself.

        Args:
            tenant_id: only this tenant's; every tenant's where it is empty.
        """
        ...

    def judged(self, tenant_id: str, event_ids: Sequence[str], now: datetime) -> None:
        """Playbooks have looked at these."""
        ...


class Entities(Protocol):
    """The present state of each entity."""

    def get(self, tenant_id: str, kind: EntityKind, entity_id: str) -> Entity | None: ...
    def hold(self, tenant_id: str, kind: EntityKind, entity_id: str) -> Entity:
        """The entity, empty when it is new, and nobody else writes it until this unit of work ends."""
        ...

    def hold_all(self, tenant_id: str, keys: Sequence[tuple[EntityKind, str]]) -> dict[tuple[EntityKind, str], Entity]:
        """As `hold`, for several at once, in one order for all writers."""
        ...

    def put(self, tenant_id: str, entity: Entity) -> None: ...
    def put_all(self, tenant_id: str, entities: Sequence[Entity]) -> None: ...
    def tenants(self) -> list[str]:
        """Every tenant whose CRM has told us anything; periodic work goes from one to the next."""
        ...

    def of_kind(self, tenant_id: str, kind: EntityKind, *, after: str | None = None, limit: int = 200) -> list[Entity]:
        """Entities of a kind by id, those after `after`."""
        ...

    def of_account(self, tenant_id: str, account_id: str, kinds: Sequence[EntityKind]) -> list[Entity]:
        """Of these kinds: the account, what names it, and what names one of its opportunities; by kind and id."""
        ...

    def linked(
        self,
        tenant_id: str,
        kind: EntityKind,
        *,
        opportunity_id: str | None = None,
        account_id: str | None = None,
        owner_id: str | None = None,
    ) -> list[Entity]:
        """Entities of a kind whose fields `opportunity_id`, `account_id`, `owner_id` are the ones given, by id."""
        ...


class CrmSources(Protocol):
    """The CRMs that push webhooks; secrets are sealed by the storage."""

    def add(self, source: CrmSource) -> None: ...
    def get(self, tenant_id: str, source_id: str) -> CrmSource | None: ...
    def find(self, source_id: str) -> CrmSource | None:
        """By its id alone: the tenant is what the look-up answers; the signature is checked next."""
        ...

    def page(self, tenant_id: str, page: Page) -> list[CrmSource]: ...
    def remove(self, tenant_id: str, source_id: str) -> bool: ...
    def seen(self, tenant_id: str, source_id: str, now: datetime) -> None:
        """A genuine delivery came in."""
        ...
