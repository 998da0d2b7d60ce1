"""What the tables hold about one subject: found, shown and removed by the columns that name it.

Why by columns: a table that another part of the service adds is found here without a line of code, as long as it
names its columns as all others do. Invariant: rows that prove what was done (trail, receipts) are not among them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, or_, select, update

from service.domain.privacy.rules import SubjectKind
from service.storage.metadata import metadata
from service.storage.sealed import SealedColumns
from service.storage.tables import visit, webhook_attempt, webhook_delivery

PROOF = frozenset({"audit", "audit_head", "tombstone", "erasure_receipt", "legal_hold", "assessment"})
DECIDED = frozenset({"retention", "processor", "api_key", "webhook_endpoint", "crm_source", "playbook_version",
                     "content_version", "speech_choice", "idempotency_key", "request_terms"})  # fmt: skip
HIDDEN = frozenset({"tenant_id", "secrets_encrypted", "secret_sha256", "writer", "owner", "fence", "lease_until"})
OF_VISITS = frozenset({"visit", "check_in", "coached_visit", "debrief"})
"""Tables whose `id` is the visit's."""
KEPT_EMPTY = frozenset({"visit", "recording", "stage_run", "upload", "event", "webhook_delivery", "visit_sequence",
                        "subject_request"})  # fmt: skip
_NAMING = {"person": ("rep_id", "person_id", "owner_id"), "account": ("account_id",), "visit": ("visit_id",)}
_KINDS = {"person": ("rep", "person", "user", "owner"), "account": ("account",), "visit": ("visit",)}
_PAIRS = (("subject_kind", "subject_id"), ("entity_kind", "entity_id"), ("kind", "entity_id"), ("kind", "id"))
_OWN = {"person": "person", "account": "", "visit": ""}
_AT_ONCE = 500


class SqlSubjects:
    """The Subjects port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def visit_ids(self, tenant_id: str, kind: SubjectKind, ref: str) -> list[str]:
        column = {"visit": visit.c.id, "account": visit.c.account_id, "person": visit.c.rep_id}.get(kind)
        query = select(visit.c.id).where(visit.c.tenant_id == tenant_id)
        query = query if column is None else query.where(column == ref)
        return list(self._connection.execute(query.order_by(visit.c.id)).scalars())

    def names(self, tenant_id: str) -> Iterator[tuple[str, str, str]]:
        columns = (visit.c.id, visit.c.rep_id, visit.c.account_id, visit.c.opportunity_id, visit.c.external_id)
        for row in self._connection.execute(select(*columns).where(visit.c.tenant_id == tenant_id)):
            told = zip(("visit", "person", "account", "opportunity", "external"), row, strict=True)
            yield from ((family, name, row.id) for family, name in told if name)
        person = metadata.tables["person"]
        for (name,) in self._connection.execute(select(person.c.id).where(person.c.tenant_id == tenant_id)):
            yield "person", name, ""

    def collect(
        self, tenant_id: str, kind: SubjectKind, ref: str, visit_ids: Sequence[str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        deals = self._deals(tenant_id, kind, ref)
        for table in _tables():
            if table.name in PROOF | DECIDED:
                continue
            for condition in self._shares(table, tenant_id, kind, ref, visit_ids, deals):
                query = select(table).where(table.c.tenant_id == tenant_id, condition)
                for row in self._connection.execute(query).mappings():
                    shown = self._sealed.opened(table, {str(name): value for name, value in row.items()})
                    yield table.name, {name: _plain(value) for name, value in shown.items() if name not in HIDDEN}

    def remove_rest(self, tenant_id: str, kind: SubjectKind, ref: str) -> dict[str, int]:
        removed = {}
        deals = self._deals(tenant_id, kind, ref)
        for table in _tables():
            if table.name in PROOF or (kind != "tenant" and table.name in DECIDED | KEPT_EMPTY):
                continue
            if kind == "tenant":
                condition: ColumnElement[bool] | None = table.c.tenant_id == tenant_id
            else:
                condition = _naming(table, tenant_id, kind, ref, deals)
            if condition is not None:
                gone = delete(table).where(table.c.tenant_id == tenant_id, condition)
                count = self._connection.execute(gone).rowcount
                removed.update({table.name: count} if count else {})
        return removed

    def blank_visit(self, tenant_id: str, visit_id: str, *, hide: str, kind: SubjectKind) -> dict[str, int]:
        removed = {}
        for table in _tables():
            if "visit_id" in table.c and table.name not in PROOF | DECIDED | KEPT_EMPTY:
                gone = delete(table).where(table.c.tenant_id == tenant_id, table.c.visit_id == visit_id)
                count = self._connection.execute(gone).rowcount
                removed.update({table.name: count} if count else {})
        blank: dict[str, object] = {"place": "", "competitors": [], "opportunity_id": None}
        blank |= {"account": {"account_id": hide}, "person": {"rep_id": hide}}.get(kind, {})
        self._connection.execute(
            update(visit).where(visit.c.tenant_id == tenant_id, visit.c.id == visit_id).values(**blank)
        )
        self.forget_replies(tenant_id, visit_id)
        return removed

    def _deals(self, tenant_id: str, kind: SubjectKind, ref: str) -> list[str]:
        """The opportunities of an account: what was said and decided of them is about the account."""
        entity = metadata.tables["crm_entity"]
        if kind != "account":
            return []
        mine = (entity.c.tenant_id == tenant_id, entity.c.account_id == ref, entity.c.kind == "opportunity")
        return list(self._connection.execute(select(entity.c.id).where(*mine)).scalars())

    def forget_replies(self, tenant_id: str, visit_id: str) -> None:
        event = metadata.tables["event"]
        told = select(event.c.id).where(event.c.tenant_id == tenant_id, event.c.visit_id == visit_id)
        owed = select(webhook_delivery.c.id).where(
            webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.event_id.in_(told)
        )
        self._connection.execute(
            update(webhook_attempt)
            .where(webhook_attempt.c.tenant_id == tenant_id, webhook_attempt.c.delivery_id.in_(owed))
            .values(body="", error="")
        )
        self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.event_id.in_(told))
            .values(last_error="")
        )

    def _shares(
        self,
        table: Table,
        tenant_id: str,
        kind: SubjectKind,
        ref: str,
        visit_ids: Sequence[str],
        deals: Sequence[str],
    ) -> Iterator[ColumnElement[bool]]:
        named = None if kind == "tenant" else _naming(table, tenant_id, kind, ref, deals)
        column = table.c.id if table.name in OF_VISITS else table.c.get("visit_id")
        if column is None:
            if named is not None:
                yield named
            return
        for begin in range(0, len(visit_ids), _AT_ONCE):
            yield column.in_(visit_ids[begin : begin + _AT_ONCE])
        if named is not None and table is not visit:
            outside = or_(column.is_(None), column.not_in(visit_ids)) if len(visit_ids) < _AT_ONCE else column.is_(None)
            yield and_(named, outside)


def _naming(
    table: Table, tenant_id: str, kind: SubjectKind, ref: str, deals: Sequence[str]
) -> ColumnElement[bool] | None:
    """Which rows of `table` name the subject in a column; None where no column could."""
    found = [table.c[name] == ref for name in _NAMING[kind] if name in table.c]
    found += [
        and_(table.c[of].in_(_KINDS[kind]), table.c[name] == ref)
        for of, name in _PAIRS
        if of in table.c and name in table.c
    ]
    if _OWN[kind] == table.name:
        found.append(table.c.id == ref)
    if deals and "opportunity_id" in table.c and table is not visit:
        found.append(table.c.opportunity_id.in_(deals))
    found += [
        and_(table.c[of] == "opportunity", table.c[name].in_(deals))
        for of, name in _PAIRS[:2]
        if deals and of in table.c and name in table.c
    ]
    if table.name == "crm_decision":
        found.append(table.c.subject.in_([*deals, ref]))
    if table.name == "hint_feedback" and kind == "account":
        hint = metadata.tables["hint"]
        of_account = select(hint.c.id).where(hint.c.tenant_id == tenant_id, hint.c.account_id == ref)
        found.append(table.c.hint_id.in_(of_account))
    return or_(*found) if found else None


def _tables() -> list[Table]:
    """Tenant tables, those that others point to last."""
    return [table for table in reversed(metadata.sorted_tables) if "tenant_id" in table.c]


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever the column holds, as JSON
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
