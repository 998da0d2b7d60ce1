"""Resumable uploads."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("recording_id", sa.String(length=80), nullable=True),
        sa.Column("writer", sa.String(length=80), nullable=False),
        sa.Column("writer_until", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_tenant_id_state"), "upload", ["tenant_id", "state"], unique=False)
    op.create_index(op.f("ix_upload_state_expires_at"), "upload", ["state", "expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("upload")
