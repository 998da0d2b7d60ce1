"""What was decided over CRM events, on the record."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_decision",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("decided_at", Instant, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_decision")),
        sa.UniqueConstraint(
            "tenant_id", "kind", "subject", "key", name=op.f("uq_crm_decision_tenant_id_kind_subject_key")
        ),
    )
    op.create_index(
        op.f("ix_crm_decision_tenant_id_kind_decided_at"),
        "crm_decision",
        ["tenant_id", "kind", "decided_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("crm_decision")
