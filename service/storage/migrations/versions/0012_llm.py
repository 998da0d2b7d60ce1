"""The ledger of language model calls: what was paid, and answers to reuse."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "llm_call",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_llm_call")),
    )
    op.create_index(op.f("ix_llm_call_tenant_id_visit_id"), "llm_call", ["tenant_id", "visit_id"], unique=False)
    op.create_index(op.f("ix_llm_call_tenant_id_at"), "llm_call", ["tenant_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("llm_call")
