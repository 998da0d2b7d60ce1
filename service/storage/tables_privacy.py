"""Tables of privacy: the audit trail, retention, holds, processors, tombstones, receipts, requests of people."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.sql.schema import SchemaItem

from service.storage.columns import Instant
from service.storage.metadata import metadata


def _table(name: str, *items: SchemaItem) -> Table:
    """The three columns that `rows.SqlRows` works with, and the table's own."""
    return Table(
        name,
        metadata,
        Column("id", String(80), nullable=False),
        Column("tenant_id", String(80), nullable=False),
        Column("at", Instant, nullable=False),
        *items,
        PrimaryKeyConstraint("tenant_id", "id"),
    )


audit = _table(
    "audit",
    Column("sequence", Integer, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(80), nullable=False),
    Column("object", String(255), nullable=False),
    Column("visit_id", String(80)),
    Column("why", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("tenant_id", "sequence"),
    Index(None, "tenant_id", "object", "at"),
    Index(None, "tenant_id", "at"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("tenant_id", String(80), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("first", Integer, nullable=False),
    Column("first_previous", String(64), nullable=False),
)

retention = _table(
    "retention",
    Column("audio_days", Integer, nullable=False),
    Column("transcript_days", Integer, nullable=False),
    Column("features_days", Integer, nullable=False),
    Column("audit_days", Integer, nullable=False),
    Column("audio_delete_after_asr", Boolean, nullable=False),
)

hold = _table(
    "legal_hold",
    Column("kind", String(16), nullable=False),
    Column("ref", String(255), nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", String(255), nullable=False),
    Column("released_at", Instant),
)

processor = _table(
    "processor",
    Column("kind", String(16), nullable=False),
    Column("host", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("region", String(80), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("contract_ref", Text, nullable=False),
    UniqueConstraint("tenant_id", "kind", "host"),
)

tombstone = _table(
    "tombstone",
    Column("kind", String(16), nullable=False),
    Column("receipt_id", String(80), nullable=False),
)

receipt = _table(
    "erasure_receipt",
    Column("kind", String(16), nullable=False),
    Column("stone", String(64), nullable=False),
    Column("asked_by", String(255), nullable=False),
    Column("reason", Text, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("finished_at", Instant),
)

request_terms = _table("request_terms", Column("time", String(32), nullable=False))

subject_request = _table(
    "subject_request",
    Column("kind", String(16), nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", String(255), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("time", String(32), nullable=False),
    Column("warn_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("recorded_by", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String(255), nullable=False),
    Column("reason", Text, nullable=False),
    Column("receipt_id", String(80), nullable=False),
    Column("warned_at", Instant),
    Column("overdue_told_at", Instant),
    Index(None, "tenant_id", "state"),
)

transferred_person = _table(
    "transferred_person",
    Column("year", String(4), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("host", String(255), nullable=False),
    Column("region", String(80), nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Index(None, "tenant_id", "year", "subject"),
)

transfer_tally = _table(
    "transfer_tally",
    Column("year", String(4), nullable=False),
    Column("host", String(255), nullable=False),
    Column("region", String(80), nullable=False),
    Column("persons", Integer, nullable=False),
    Column("sensitive", Integer, nullable=False),
)
rules = _table(
    "privacy_rules",
    Column("notice", String(16), nullable=False),
    Column("coaching_only", Boolean, nullable=False, server_default=false()),
)

assessment = _table(
    "assessment",
    Column("kind", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", String(255), nullable=False),
    Column("approved_at", Instant),
    Column("approved_by", String(255), nullable=False),
    UniqueConstraint("tenant_id", "kind", "version"),
)
