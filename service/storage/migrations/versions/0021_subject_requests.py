"""Requests of people about their data with their last days, and how each tenant counts those days."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_terms",
        *_row(),
        sa.Column("time", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_request_terms")),
    )
    op.create_table(
        "subject_request",
        *_row(),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.String(length=255), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("time", sa.String(length=32), nullable=False),
        sa.Column("warn_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.String(length=80), nullable=False),
        sa.Column("warned_at", Instant(), nullable=True),
        sa.Column("overdue_told_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_subject_request")),
    )
    op.create_index(op.f("ix_subject_request_tenant_id_state"), "subject_request", ["tenant_id", "state"])


def downgrade() -> None:
    op.drop_index(op.f("ix_subject_request_tenant_id_state"), table_name="subject_request")
    op.drop_table("subject_request")
    op.drop_table("request_terms")


def _row() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
    ]
