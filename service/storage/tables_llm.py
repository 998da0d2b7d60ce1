"""The table of language model calls."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text

from service.storage.columns import Instant, sealed_row
from service.storage.metadata import metadata

llm_call = Table(
    "llm_call",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("tenant_id", String(80), nullable=False),
    Column("visit_id", String(80), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("model", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("answer", JSON(none_as_null=True)),
    Index(None, "tenant_id", "visit_id"),
    Index(None, "tenant_id", "at"),
    *sealed_row(),
)
