"""The present state of CRM entities; one writer at a time for each."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, or_, select

from service.domain.crm.entities import Entity, FieldValue
from service.domain.crm.events import EntityKind
from service.storage.sealed import SealedColumns
from service.storage.tables_crm import crm_entity
from service.storage.upserts import insert_into

FIELDS = TypeAdapter(dict[str, FieldValue])
KEY = ("tenant_id", "kind", "id")
PIECE = 1_000
REFERENCES = ("opportunity_id", "account_id", "owner_id")


class SqlEntities:
    """The Entities port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def get(self, tenant_id: str, kind: EntityKind, entity_id: str) -> Entity | None:
        row = self._connection.execute(select(crm_entity).where(*_is(tenant_id, kind, entity_id))).one_or_none()
        return None if row is None or row.last_event_at is None else self._entity(row)

    def hold(self, tenant_id: str, kind: EntityKind, entity_id: str) -> Entity:
        return self.hold_all(tenant_id, [(kind, entity_id)])[kind, entity_id]

    def hold_all(self, tenant_id: str, keys: Sequence[tuple[EntityKind, str]]) -> dict[tuple[EntityKind, str], Entity]:
        ordered = sorted(set(keys))
        if not ordered:
            return {}
        # A new entity's row must exist before it can be locked, or two first events would both begin from nothing.
        rows = [{"tenant_id": tenant_id, "kind": kind, "id": entity_id, "fields": {}} for kind, entity_id in ordered]
        empty = insert_into(self._connection, crm_entity).on_conflict_do_nothing(index_elements=list(KEY))
        self._connection.execute(empty, rows)
        found: dict[tuple[EntityKind, str], Entity] = {}
        for kind in sorted({kind for kind, _ in ordered}):
            ids = [entity_id for each, entity_id in ordered if each == kind]
            for start in range(0, len(ids), PIECE):
                locked = (
                    select(crm_entity)
                    .where(crm_entity.c.tenant_id == tenant_id, crm_entity.c.kind == kind)
                    .where(crm_entity.c.id.in_(ids[start : start + PIECE]))
                    .order_by(crm_entity.c.id)
                    .with_for_update()
                )
                found |= {(kind, row.id): self._entity(row) for row in self._connection.execute(locked)}
        return found

    def put(self, tenant_id: str, entity: Entity) -> None:
        self.put_all(tenant_id, [entity])

    def put_all(self, tenant_id: str, entities: Sequence[Entity]) -> None:
        if not entities:
            return
        rows: list[dict[str, Any]] = [
            self._sealed.closed(
                crm_entity,
                {
                    "tenant_id": tenant_id,
                    "kind": entity.kind,
                    "id": entity.id,
                    "fields": FIELDS.dump_python(dict(entity.fields), mode="json"),
                    "last_event_at": entity.last_event_at,
                    **{name: _reference(entity, name) for name in REFERENCES},
                },
            )
            for entity in sorted(entities, key=lambda entity: (entity.kind, entity.id))
        ]
        added = insert_into(self._connection, crm_entity)
        written = {name: added.excluded[name] for name in rows[0] if name not in KEY}
        self._connection.execute(added.on_conflict_do_update(index_elements=list(KEY), set_=written), rows)

    def tenants(self) -> list[str]:
        query = select(crm_entity.c.tenant_id).distinct().order_by(crm_entity.c.tenant_id)
        return list(self._connection.execute(query.execution_options(system="crm_tenants")).scalars())

    def of_kind(self, tenant_id: str, kind: EntityKind, *, after: str | None = None, limit: int = 200) -> list[Entity]:
        query = _of_kind(tenant_id, kind)
        if after is not None:
            query = query.where(crm_entity.c.id > after)
        return [self._entity(row) for row in self._connection.execute(query.limit(limit))]

    def of_account(self, tenant_id: str, account_id: str, kinds: Sequence[EntityKind]) -> list[Entity]:
        row, deal = crm_entity.c, crm_entity.alias("deal")
        deals = select(deal.c.id).where(
            deal.c.tenant_id == tenant_id, deal.c.kind == "opportunity", deal.c.account_id == account_id
        )
        of_kinds = row.kind.in_(kinds)
        # Each branch names tenant and kind again, so that each walks along an index of its own.
        query = select(crm_entity).where(
            row.tenant_id == tenant_id,
            row.last_event_at.is_not(None),
            of_kinds,
            or_(
                and_(row.tenant_id == tenant_id, row.kind == "account", row.id == account_id),
                and_(row.tenant_id == tenant_id, of_kinds, row.account_id == account_id),
                and_(row.tenant_id == tenant_id, of_kinds, row.opportunity_id.in_(deals)),
            ),
        )
        return [self._entity(found) for found in self._connection.execute(query.order_by(row.kind, row.id))]

    def linked(
        self,
        tenant_id: str,
        kind: EntityKind,
        *,
        opportunity_id: str | None = None,
        account_id: str | None = None,
        owner_id: str | None = None,
    ) -> list[Entity]:
        query = _of_kind(tenant_id, kind)
        for name, value in zip(REFERENCES, (opportunity_id, account_id, owner_id), strict=True):
            if value is not None:
                query = query.where(crm_entity.c[name] == value)
        return [self._entity(row) for row in self._connection.execute(query)]

    def _entity(self, row: Row[Any]) -> Entity:
        values = self._sealed.opened(crm_entity, row._asdict())
        return Entity(row.kind, row.id, FIELDS.validate_python(values["fields"]), row.last_event_at)


def _of_kind(tenant_id: str, kind: EntityKind) -> Any:  # noqa: ANN401 - a Select of the whole row
    return (
        select(crm_entity)
        .where(crm_entity.c.tenant_id == tenant_id, crm_entity.c.kind == kind, crm_entity.c.last_event_at.is_not(None))
        .order_by(crm_entity.c.id)
    )


def _is(tenant_id: str, kind: EntityKind, entity_id: str) -> tuple[Any, Any, Any]:
    return crm_entity.c.tenant_id == tenant_id, crm_entity.c.kind == kind, crm_entity.c.id == entity_id


def _reference(entity: Entity, name: str) -> str | None:
    found = entity.get(name)
    if name == "owner_id" and not found:
        found = entity.get("rep_id")
    return found[:255] if isinstance(found, str) and found else None
