"""Tables of people: who works in which team, in which role."""

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, String, Table, Text

from service.storage.columns import Instant, sealed_row
from service.storage.metadata import metadata

person = Table(
    "person",
    metadata,
    Column("tenant_id", String(80), nullable=False),
    Column("id", String(255), nullable=False),  # the CRM's
    Column("row_id", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("team", String(255), nullable=False),
    Column("role", String(32), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("tenant_id", "id"),
    Index(None, "tenant_id", "row_id"),
    Index(None, "tenant_id", "team"),
    *sealed_row(),
)
