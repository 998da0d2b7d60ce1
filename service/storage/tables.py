"""The one schema, for SQLite and PostgreSQL; `migrations/versions` builds the same, which a test compares.

New subjects keep their tables in a module of their own (`tables_people.py`), imported here so that all of them count.

Invariant: a table with a `tenant_id` column is in `TENANT_TABLES` and is never read without it (see `tenancy`).
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    desc,
)

from service.storage import (  # noqa: F401 - their tables join the one schema
    tables_coaching,
    tables_console,
    tables_crm,
    tables_llm,
    tables_people,
    tables_playbooks,
    tables_privacy,
    tables_speech,
)
from service.storage.columns import Instant, sealed_row
from service.storage.metadata import metadata

visit = Table(
    "visit",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("rep_id", String(255), nullable=False),
    Column("account_id", String(255), nullable=False),
    Column("visited_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("opportunity_id", String(255)),
    Column("external_id", String(255)),
    Column("industry", String(255), nullable=False),
    Column("channel", String(255), nullable=False),
    Column("stage", String(255), nullable=False),
    Column("place", Text, nullable=False),
    Column("timezone", String(80), nullable=False),
    Column("competitors", JSON, nullable=False),
    Column("dialect", String(16), nullable=False, server_default=""),
    Column("consent", JSON(none_as_null=True)),
    Column("purposes", String(255), nullable=False, server_default=""),  # that it covers, `|a|b|`: selected by
    Column("consent_until", Instant),  # when it ends by itself, while it stands
    Index(None, "tenant_id", "consent_until"),
    UniqueConstraint("tenant_id", "external_id"),
    Index(None, "tenant_id", "account_id", "visited_at"),
    Index(None, "tenant_id", "rep_id", "visited_at"),
    *sealed_row(),
)

recording = Table(
    "recording",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("visit_id", String(80), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("blob", String(255), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", String(32), nullable=False),
    Column("detail_code", String(80), nullable=False),
    Column("detail", Text, nullable=False),
    Column("duration_ms", Integer),
    Column("partial", Boolean, nullable=False),
    Index(None, "tenant_id", "visit_id"),
    Index(None, "tenant_id", "blob"),
    *sealed_row(),
)

upload = Table(
    "upload",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("visit_id", String(80), nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("part", String(80), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("state", String(32), nullable=False),
    Column("recording_id", String(80)),
    Column("writer", String(80), nullable=False),
    Column("writer_until", Instant),
    Index(None, "tenant_id", "state"),
    Index(None, "state", "expires_at"),
    *sealed_row(),
)

stage_run = Table(
    "stage_run",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("visit_id", String(80), nullable=False),
    Column("recording_id", String(80)),
    Column("stage", String(32), nullable=False),
    Column("input_hash", String(80), nullable=False),
    Column("queue", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("vtime", Double, nullable=False),
    Column("run_after", Instant, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("crash_count", Integer, nullable=False),
    Column("owner", String(255), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("heartbeat_at", Instant),
    Column("input", JSON, nullable=False),
    Column("progress", JSON, nullable=False),
    Column("output", JSON, nullable=False),
    Column("error_code", String(80), nullable=False),
    Column("error_detail", Text, nullable=False),
    UniqueConstraint("visit_id", "stage", "input_hash"),
    # The order of the claim, so that it reads one row of the index however long the queue is.
    Index("ix_stage_run_due", "queue", "state", desc("priority"), "vtime", "id"),
    Index(None, "state", "lease_until"),
    Index(None, "queue", "state", "heartbeat_at"),  # what ended lately, for admission and readiness
    *sealed_row(),
)

stage_checkpoint = Table(
    "stage_checkpoint",
    metadata,
    Column("run_id", String(80), ForeignKey("stage_run.id", ondelete="CASCADE"), nullable=False),
    Column("key", String(80), nullable=False),
    Column("value", JSON, nullable=False),
    PrimaryKeyConstraint("run_id", "key"),
    Column("tenant_id", String(80), nullable=False, server_default=""),
    Column("key_id", String(80), nullable=False, server_default=""),
    Index(None, "tenant_id", "key_id"),
)

# How far a queue has served (tenant_id ''), and when each tenant's next run may start, in virtual seconds.
fair_share = Table(
    "fair_share",
    metadata,
    Column("queue", String(32), nullable=False),
    Column("tenant_key", String(80), nullable=False),
    Column("vtime", Double, nullable=False),
    PrimaryKeyConstraint("queue", "tenant_key"),
)

transcript = Table(
    "transcript",
    metadata,
    Column("visit_id", String(80), nullable=False),
    Column("version", Integer, nullable=False, autoincrement=False),
    Column("tenant_id", String(80), nullable=False),
    Column("source", String(32), nullable=False),
    Column("document", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("engine", JSON, nullable=False),
    Column("key_id", String(80), nullable=False, server_default=""),  # of the key that sealed it; see `sealed`
    PrimaryKeyConstraint("visit_id", "version"),
    Index(None, "tenant_id", "key_id"),
)

analysis = Table(
    "analysis",
    metadata,
    Column("visit_id", String(80), nullable=False),
    Column("version", Integer, nullable=False, autoincrement=False),
    Column("tenant_id", String(80), nullable=False),
    Column("transcript_version", Integer, nullable=False),
    Column("document", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("coaching", JSON(none_as_null=True)),
    Column("codes", Text, nullable=False, server_default=""),  # the labels it names, `|a|b|`: searched when sealed
    Column("key_id", String(80), nullable=False, server_default=""),
    PrimaryKeyConstraint("visit_id", "version"),
    Index(None, "tenant_id", "key_id"),
)

event = Table(
    "event",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("type", String(80), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("visit_id", String(80)),
    Column("sequence", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("position", BigInteger, nullable=False, server_default="0"),  # in the order of commits, per tenant
    Index(None, "tenant_id", "id"),
    Index(None, "tenant_id", "position"),
    *sealed_row(),
)

event_position = Table(
    "event_position",
    metadata,
    Column("tenant_id", String(80), primary_key=True),
    Column("position", BigInteger, nullable=False),
)

visit_sequence = Table(
    "visit_sequence",
    metadata,
    Column("tenant_id", String(80), nullable=False),
    Column("visit_id", String(80), nullable=False),
    Column("sequence", Integer, nullable=False),
    PrimaryKeyConstraint("tenant_id", "visit_id"),
)

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("url", Text, nullable=False),
    Column("event_types", JSON, nullable=False),
    Column("payload", String(16), nullable=False),
    Column("secrets_encrypted", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("description", Text, nullable=False),
    Column("disabled_at", Instant),
    Column("disabled_reason", Text, nullable=False),
    Column("failing_since", Instant),
    Column("failures", Integer, nullable=False),
    Column("previous_secret_until", Instant),
    Column("kind", String(16), nullable=False, server_default="standard"),
    Column("challenge", String(80), nullable=False, server_default=""),  # what its receiver has not repeated yet
    Column("purpose", String(16), nullable=False, server_default="operations"),
    Index(None, "tenant_id"),
    *sealed_row(),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("event_id", String(80), ForeignKey("event.id", ondelete="CASCADE"), nullable=False),
    Column("endpoint_id", String(80), nullable=False),
    Column("state", String(32), nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", String(255), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("last_status", Integer),
    Column("last_error", Text, nullable=False),
    Column("delivered_at", Instant),
    Column("parts_sent", Integer, nullable=False, server_default="0"),
    UniqueConstraint("event_id", "endpoint_id"),
    Index(None, "state", "next_attempt_at"),
    Index(None, "endpoint_id", "state"),
    Index(None, "tenant_id", "id"),
    *sealed_row(),
)

webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    Column("tenant_id", String(80), nullable=False),
    Column("delivery_id", String(80), ForeignKey("webhook_delivery.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("status", Integer),
    Column("error", Text, nullable=False),
    Column("latency_ms", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("retry_after_s", Integer),
    PrimaryKeyConstraint("delivery_id", "number"),
    *sealed_row(),
)

robot = Table(
    "robot",  # no tenant: two of them may give one robot's address, and its vendor counts them together
    metadata,
    Column("key", String(64), primary_key=True),
    Column("sent", JSON, nullable=False),
    Column("blocked_until", Instant),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("label", Text, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Index(None, "tenant_id"),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("tenant_id", String(80), nullable=False),
    Column("route", String(255), nullable=False),
    Column("key", String(255), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("tenant_id", "route", "key"),
    Index(None, "created_at"),
    *sealed_row(),
)

tick = Table(
    "tick",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("due_at", Instant, nullable=False),
)

TENANT_TABLES = frozenset(table.name for table in metadata.tables.values() if "tenant_id" in table.columns)
