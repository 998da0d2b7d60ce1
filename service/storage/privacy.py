"""The audit trail and the rows of privacy in the database.

Invariant: nothing here changes or removes a row of the trail but `prune`, which moves the trail's beginning in the same
transaction; appending takes the tenant's head first, so that two writers never continue the same row.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from service.domain.coaching.ports import Rows
from service.domain.ports import Ids
from service.domain.privacy.assessments import AssessmentRow
from service.domain.privacy.audit import START, AuditEntry, AuditHead, AuditRow, seal
from service.domain.privacy.ports import Aging, AuditTrail, Subjects, TransferredPersons
from service.domain.privacy.rules import HoldRow, PrivacyRulesRow, ProcessorRow, ReceiptRow, RetentionRow, TombstoneRow
from service.domain.privacy.subject_requests import RequestTermsRow, SubjectRequestRow
from service.domain.privacy.transfers import TransferredPerson, TransferTally
from service.storage import tables_privacy as tables
from service.storage.aging import SqlAging
from service.storage.documents import columns_of
from service.storage.rows import SqlRows
from service.storage.sealed import SealedColumns
from service.storage.subjects import SqlSubjects
from service.storage.tables import visit
from service.storage.tables_privacy import audit, audit_head
from service.storage.transfers import SqlTransferredPersons
from service.storage.upserts import insert_into

WALK_STEP = 500
# Built once: building one takes a millisecond, and every unit of work needs all of them.
RETENTION = TypeAdapter(RetentionRow)
HOLD = TypeAdapter(HoldRow)
PROCESSOR = TypeAdapter(ProcessorRow)
TOMBSTONE = TypeAdapter(TombstoneRow)
RECEIPT = TypeAdapter(ReceiptRow)
REQUEST = TypeAdapter(SubjectRequestRow)
REQUEST_TERMS = TypeAdapter(RequestTermsRow)
TRANSFERRED = TypeAdapter(TransferredPerson)
TRANSFER_TALLY = TypeAdapter(TransferTally)
RULES = TypeAdapter(PrivacyRulesRow)
ASSESSMENT = TypeAdapter(AssessmentRow)


class SqlAuditTrail:
    """The AuditTrail port."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def append(self, tenant_id: str, entry: AuditEntry, now: datetime) -> AuditRow:
        head = self._take_head(tenant_id)
        row = seal(entry, row_id=self._ids.new("aud"), tenant_id=tenant_id, at=now, head=head)
        self._connection.execute(insert(audit).values(**columns_of(row)))
        self._move(tenant_id, sequence=row.sequence, hash=row.hash)
        return row

    def hold(self, tenant_id: str) -> None:
        self._take_head(tenant_id)

    def head(self, tenant_id: str) -> AuditHead:
        query = select(audit_head).where(audit_head.c.tenant_id == tenant_id)
        found = self._connection.execute(query).one_or_none()
        return (
            AuditHead() if found is None else AuditHead(found.sequence, found.hash, found.first, found.first_previous)
        )

    def walk(self, tenant_id: str) -> Iterator[AuditRow]:
        behind = 0
        while rows := self._rows(tenant_id, audit.c.sequence > behind, limit=WALK_STEP, rising=True):
            yield from rows
            behind = rows[-1].sequence

    def find(
        self,
        tenant_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        actions: Sequence[str] = (),
        visit_id: str | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[AuditRow]:
        wanted: list[ColumnElement[bool]] = []
        wanted += [audit.c.at >= since] if since is not None else []
        wanted += [audit.c.at < until] if until is not None else []
        wanted += [audit.c.action.in_(actions)] if actions else []
        wanted += [audit.c.visit_id == visit_id] if visit_id is not None else []
        wanted += [audit.c.sequence < before] if before is not None else []
        return self._rows(tenant_id, *wanted, limit=limit)

    def by_id(self, tenant_id: str, row_id: str) -> AuditRow | None:
        found = self._rows(tenant_id, audit.c.id == row_id)
        return found[0] if found else None

    def seen(self, tenant_id: str, *, actor: str, action: str, object: str, since: datetime) -> bool:  # noqa: A002
        same = (audit.c.actor == actor, audit.c.action == action, audit.c.object == object, audit.c.at >= since)
        return bool(self._rows(tenant_id, *same, limit=1))

    def prune(self, tenant_id: str, before: datetime) -> int:
        head = self._take_head(tenant_id)
        kept = select(func.min(audit.c.sequence)).where(audit.c.tenant_id == tenant_id, audit.c.at >= before)
        first = self._connection.execute(kept).scalar() or head.sequence + 1
        if first <= head.first:
            return 0
        last_gone = self._rows(tenant_id, audit.c.sequence == first - 1)
        gone = delete(audit).where(audit.c.tenant_id == tenant_id, audit.c.sequence < first)
        removed = self._connection.execute(gone).rowcount
        self._move(tenant_id, first=first, first_previous=last_gone[0].hash if last_gone else head.hash)
        return removed

    def _take_head(self, tenant_id: str) -> AuditHead:
        """The head, locked until the transaction ends; created where this is the tenant's first row."""
        values = {"tenant_id": tenant_id, "sequence": 0, "hash": START, "first": 1, "first_previous": START}
        created = insert_into(self._connection, audit_head).values(**values).on_conflict_do_nothing()
        self._connection.execute(created)
        self._connection.execute(select(audit_head).where(audit_head.c.tenant_id == tenant_id).with_for_update())
        return self.head(tenant_id)

    def _move(self, tenant_id: str, **values: object) -> None:
        self._connection.execute(update(audit_head).where(audit_head.c.tenant_id == tenant_id).values(**values))

    def _rows(
        self, tenant_id: str, *conditions: ColumnElement[bool], limit: int | None = None, rising: bool = False
    ) -> list[AuditRow]:
        order = audit.c.sequence if rising else audit.c.sequence.desc()
        query = select(audit).where(audit.c.tenant_id == tenant_id, *conditions).order_by(order).limit(limit)
        return [AuditRow(**{**row._asdict(), "at": row.at.astimezone(UTC)}) for row in self._connection.execute(query)]


class SqlPrivacyStore:
    """The PrivacyStore port."""

    def __init__(self, connection: Connection, ids: Ids, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed
        self.audit: AuditTrail = SqlAuditTrail(connection, ids)
        self.subjects: Subjects = SqlSubjects(connection, sealed)
        self.aging: Aging = SqlAging(connection, sealed)
        self.retention: Rows[RetentionRow] = SqlRows(connection, tables.retention, RETENTION)
        self.holds: Rows[HoldRow] = SqlRows(connection, tables.hold, HOLD)
        self.processors: Rows[ProcessorRow] = SqlRows(connection, tables.processor, PROCESSOR)
        self.tombstones: Rows[TombstoneRow] = SqlRows(connection, tables.tombstone, TOMBSTONE)
        self.receipts: Rows[ReceiptRow] = SqlRows(connection, tables.receipt, RECEIPT)
        self.requests: Rows[SubjectRequestRow] = SqlRows(connection, tables.subject_request, REQUEST)
        self.request_terms: Rows[RequestTermsRow] = SqlRows(connection, tables.request_terms, REQUEST_TERMS)
        self.transferred: TransferredPersons = SqlTransferredPersons(connection, tables.transferred_person, TRANSFERRED)
        self.transfer_tallies: Rows[TransferTally] = SqlRows(connection, tables.transfer_tally, TRANSFER_TALLY)
        self.rules: Rows[PrivacyRulesRow] = SqlRows(connection, tables.rules, RULES)
        self.assessments: Rows[AssessmentRow] = SqlRows(connection, tables.assessment, ASSESSMENT)

    def tenants(self) -> list[str]:
        found: set[str] = set()
        for column in (visit.c.tenant_id, audit_head.c.tenant_id, tables.retention.c.tenant_id):
            query = select(column).distinct().execution_options(system="tenants")
            found.update(self._connection.execute(query).scalars())
        return sorted(found)

    def reseal(self, tenant_id: str, limit: int) -> int:
        return self._sealed.reseal(self._connection, tenant_id, limit=limit)
