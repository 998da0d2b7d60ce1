"""Columns that both databases store alike: UTC instants, JSON documents, and the mark of a sealed row.

Invariant: no naive instant and no NaN reaches the database, and none comes back from it.
"""

import json
from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Dialect, Index, String
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """A timezone-aware UTC instant; SQLite keeps it as sortable text, PostgreSQL as `timestamptz`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("instants are timezone-aware; this one has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def sealed_row() -> tuple[SchemaItem, SchemaItem]:
    """Of a table in `sealed.SEALED`: which key sealed the row, and the index by which rows of older keys are found."""
    return Column("key_id", String(80), nullable=False, server_default=""), Index(None, "tenant_id", "key_id")


def dump_json(value: object) -> str:
    """JSON as both databases take it: real characters, no NaN, which PostgreSQL would refuse and SQLite keep."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
