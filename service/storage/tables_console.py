"""Tables of the console: links that open once, and sessions."""

from sqlalchemy import Column, Index, String, Table

from service.storage.columns import Instant
from service.storage.metadata import metadata

console_link = Table(
    "console_link",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("person_id", String(255), nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index(None, "expires_at"),
)

console_session = Table(
    "console_session",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("person_id", String(255), nullable=False),
    Column("key_id", String(80), nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "expires_at"),
)
