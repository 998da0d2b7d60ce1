"""Tables of the CRM: the log of its events, the entities they add up to, and the sources that may send them."""

from sqlalchemy import JSON, Column, Index, LargeBinary, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from service.storage.columns import Instant, sealed_row
from service.storage.metadata import metadata

crm_event = Table(
    "crm_event",
    metadata,
    Column("tenant_id", String(80), nullable=False),
    Column("id", String(80), nullable=False),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("type", String(255), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("entity_id", String(255), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("opportunity_id", String(255)),
    Column("data", JSON, nullable=False),
    Column("judged_at", Instant),
    PrimaryKeyConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "kind", "entity_id", "occurred_at"),
    Index(None, "tenant_id", "opportunity_id", "occurred_at"),
    Index(None, "tenant_id", "occurred_at", "id"),
    Index(None, "judged_at", "received_at"),
    Column("key_id", String(80), nullable=False, server_default=""),  # of the key that sealed it; see `sealed`
    Index(None, "tenant_id", "key_id"),
)

crm_entity = Table(
    "crm_entity",
    metadata,
    Column("tenant_id", String(80), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("id", String(255), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("last_event_at", Instant),
    Column("opportunity_id", String(255)),
    Column("account_id", String(255)),
    Column("owner_id", String(255)),
    PrimaryKeyConstraint("tenant_id", "kind", "id"),
    Index(None, "tenant_id", "kind", "opportunity_id"),
    Index(None, "tenant_id", "kind", "account_id"),
    Index(None, "tenant_id", "kind", "owner_id"),
    Column("key_id", String(80), nullable=False, server_default=""),
    Index(None, "tenant_id", "key_id"),
)

crm_source = Table(
    "crm_source",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("description", Text, nullable=False),
    Column("secrets_encrypted", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant),
    Index(None, "tenant_id"),
)

crm_decision = Table(
    "crm_decision",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("kind", String(80), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("key", String(255), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("data", JSON, nullable=False),
    Column("because", JSON, nullable=False),
    UniqueConstraint("tenant_id", "kind", "subject", "key"),
    Index(None, "tenant_id", "kind", "decided_at"),
    *sealed_row(),
)
