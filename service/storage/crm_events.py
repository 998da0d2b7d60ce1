"""The log of CRM events, written once each and read in the order they happened."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, column, func, or_, select, update, values

from service.domain.crm.events import CrmEvent, EntityKind
from service.domain.crm.sameness import Place
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables_crm import crm_event
from service.storage.upserts import insert_into

PIECE = 1_000
_COLUMNS = (
    crm_event.c.id, crm_event.c.source, crm_event.c.type, crm_event.c.kind, crm_event.c.entity_id,
    crm_event.c.occurred_at, crm_event.c.received_at, crm_event.c.data, crm_event.c.external_id,
    crm_event.c.tenant_id, crm_event.c.key_id,
)  # fmt: skip
_PLACE = [column(name, crm_event.c[name].type) for name in ("kind", "entity_id", "occurred_at")]


class SqlCrmEvents:
    """The CrmEvents port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, tenant_id: str, event: CrmEvent) -> bool:
        return bool(self.add_all(tenant_id, [event]))

    def add_all(self, tenant_id: str, events: Sequence[CrmEvent]) -> set[str]:
        if not events:
            return set()
        unique = {event.id: event for event in reversed(events)}
        rows = [
            self._sealed.closed(
                crm_event,
                columns_of(event)
                | {"data": dict(event.data), "tenant_id": tenant_id, "opportunity_id": event.opportunity_id},
            )
            for event in sorted(unique.values(), key=lambda event: event.id)
        ]
        once = insert_into(self._connection, crm_event).on_conflict_do_nothing(index_elements=["tenant_id", "id"])
        return set(self._connection.execute(once.returning(crm_event.c.id), rows).scalars())

    def get(self, tenant_id: str, event_id: str) -> CrmEvent | None:
        return self.named(tenant_id, [event_id]).get(event_id)

    def named(self, tenant_id: str, event_ids: Iterable[str]) -> dict[str, CrmEvent]:
        wanted, found = list(dict.fromkeys(event_ids)), {}
        for start in range(0, len(wanted), PIECE):
            query = _of(tenant_id).where(crm_event.c.id.in_(wanted[start : start + PIECE]))
            found.update({row.id: self._event(row) for row in self._connection.execute(query)})
        return found

    def told_at(self, tenant_id: str, places: Collection[Place]) -> list[CrmEvent]:
        wanted, found = sorted(places), list[CrmEvent]()
        for start in range(0, len(wanted), PIECE):
            # Joined, not `IN`: SQLite finds rows of several columns by an index only so.
            at = values(*_PLACE, name="place").data(wanted[start : start + PIECE]).cte()
            among = at.join(crm_event, and_(*(at.c[it.name] == crm_event.c[it.name] for it in _PLACE)))
            rows = self._connection.execute(_of(tenant_id).select_from(among))
            found += [self._event(row) for row in rows]
        return sorted(found, key=lambda event: event.order)

    def newest(self, tenant_id: str, records: Sequence[tuple[EntityKind, str]], types: Sequence[str]) -> list[CrmEvent]:
        if not records or not types:
            return []
        by_kind: dict[EntityKind, list[str]] = defaultdict(list)
        for kind, entity_id in records:
            by_kind[kind].append(entity_id)
        same_kind = (and_(crm_event.c.kind == kind, crm_event.c.entity_id.in_(ids)) for kind, ids in by_kind.items())
        place = func.row_number().over(
            partition_by=(crm_event.c.kind, crm_event.c.entity_id, crm_event.c.type),
            order_by=(crm_event.c.occurred_at.desc(), crm_event.c.id.desc()),
        )
        asked = (crm_event.c.tenant_id == tenant_id, or_(*same_kind), crm_event.c.type.in_(types))
        ranked = select(crm_event.c.id, place.label("place")).where(*asked).subquery()
        return self._in_order(_of(tenant_id).where(crm_event.c.id.in_(select(ranked.c.id).where(ranked.c.place == 1))))

    def of_entity(self, tenant_id: str, kind: EntityKind, entity_id: str) -> list[CrmEvent]:
        return self._in_order(_of(tenant_id).where(crm_event.c.kind == kind, crm_event.c.entity_id == entity_id))

    def of_opportunity(self, tenant_id: str, opportunity_id: str) -> list[CrmEvent]:
        return self._in_order(_of(tenant_id).where(crm_event.c.opportunity_id == opportunity_id))

    def of_opportunities(self, tenant_id: str, opportunity_ids: Sequence[str]) -> dict[str, list[CrmEvent]]:
        found: dict[str, list[CrmEvent]] = defaultdict(list)
        for start in range(0, len(opportunity_ids), PIECE):
            wanted = crm_event.c.opportunity_id.in_(opportunity_ids[start : start + PIECE])
            for event in self._in_order(_of(tenant_id).where(wanted)):
                found[str(event.opportunity_id)].append(event)
        return dict(found)

    def between(
        self,
        tenant_id: str,
        since: datetime,
        until: datetime,
        *,
        kinds: Sequence[EntityKind] = (),
        types: Sequence[str] = (),
    ) -> Iterator[CrmEvent]:
        query = _of(tenant_id).where(crm_event.c.occurred_at >= since, crm_event.c.occurred_at < until)
        if kinds:
            query = query.where(crm_event.c.kind.in_(kinds))
        if types:
            query = query.where(crm_event.c.type.in_(types))
        ordered = query.order_by(crm_event.c.occurred_at, crm_event.c.id).limit(PIECE)
        piece = [self._event(row) for row in self._connection.execute(ordered)]
        while piece:
            yield from piece
            last = piece[-1]
            after = or_(
                crm_event.c.occurred_at > last.occurred_at,
                and_(crm_event.c.occurred_at == last.occurred_at, crm_event.c.id > last.id),
            )
            more = len(piece) == PIECE
            piece = [self._event(row) for row in self._connection.execute(ordered.where(after))] if more else []

    def unjudged(self, limit: int, *, tenant_id: str = "") -> list[tuple[str, CrmEvent]]:
        query = (
            select(*_COLUMNS)
            .where(crm_event.c.judged_at.is_(None))
            .order_by(crm_event.c.received_at, crm_event.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if tenant_id:
            query = query.where(crm_event.c.tenant_id == tenant_id)
        rows = self._connection.execute(query.execution_options(system="unjudged"))
        return [(row.tenant_id, self._event(row)) for row in rows]

    def judged(self, tenant_id: str, event_ids: Sequence[str], now: datetime) -> None:
        for start in range(0, len(event_ids), PIECE):
            self._connection.execute(
                update(crm_event)
                .where(crm_event.c.tenant_id == tenant_id, crm_event.c.id.in_(event_ids[start : start + PIECE]))
                .values(judged_at=now)
            )

    def _in_order(self, query: Select[Any]) -> list[CrmEvent]:
        ordered = query.order_by(crm_event.c.occurred_at, crm_event.c.id)
        return [self._event(row) for row in self._connection.execute(ordered)]

    def _event(self, row: Any) -> CrmEvent:  # noqa: ANN401 - a row of the columns above
        values = self._sealed.opened(crm_event, row._asdict())
        del values["tenant_id"]
        return CrmEvent(**values)


def _of(tenant_id: str) -> Select[Any]:
    return select(*_COLUMNS).where(crm_event.c.tenant_id == tenant_id)
