"""The table of speech choices: one row for each tenant that wants another engine than the installation's."""

from sqlalchemy import Column, String, Table

from service.storage.columns import Instant
from service.storage.metadata import metadata

speech_choice = Table(
    "speech_choice",
    metadata,
    Column("tenant_id", String(80), primary_key=True),
    Column("engine", String(32), nullable=False),
    Column("model", String(255), nullable=False),
    Column("chosen_at", Instant, nullable=False),
)
