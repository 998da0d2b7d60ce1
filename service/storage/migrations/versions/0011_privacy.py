"""Privacy: the audit trail, retention, holds, processors, tombstones, receipts."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _create(name: str, *items: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        *items,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    _create(
        "audit",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("object", sa.String(length=255), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.UniqueConstraint("tenant_id", "sequence", name=op.f("uq_audit_tenant_id_sequence")),
    )
    op.create_index(op.f("ix_audit_tenant_id_object_at"), "audit", ["tenant_id", "object", "at"], unique=False)
    op.create_index(op.f("ix_audit_tenant_id_at"), "audit", ["tenant_id", "at"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("first_previous", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_audit_head")),
    )
    _create(
        "retention",
        sa.Column("audio_days", sa.Integer(), nullable=False),
        sa.Column("transcript_days", sa.Integer(), nullable=False),
        sa.Column("features_days", sa.Integer(), nullable=False),
        sa.Column("audit_days", sa.Integer(), nullable=False),
        sa.Column("audio_delete_after_asr", sa.Boolean(), nullable=False),
    )
    _create(
        "legal_hold",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.String(length=255), nullable=False),
        sa.Column("released_at", Instant, nullable=True),
    )
    _create(
        "processor",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("contract_ref", sa.Text(), nullable=False),
        sa.UniqueConstraint("tenant_id", "kind", "host", name=op.f("uq_processor_tenant_id_kind_host")),
    )
    _create(
        "tombstone",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("receipt_id", sa.String(length=80), nullable=False),
    )
    _create(
        "erasure_receipt",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("stone", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("finished_at", Instant, nullable=True),
    )


def downgrade() -> None:
    for name in ("erasure_receipt", "tombstone", "processor", "legal_hold", "retention", "audit_head", "audit"):
        op.drop_table(name)
