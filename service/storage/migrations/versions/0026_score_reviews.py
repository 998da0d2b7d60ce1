"""Who reviewed which values of a rep's month; receivers that decide about people; scores for coaching only."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "score_review",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reviewed_by", sa.String(length=255), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=80), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_score_review")),
    )
    for column in ("rep_id", "key_id"):
        op.create_index(op.f(f"ix_score_review_tenant_id_{column}"), "score_review", ["tenant_id", column])
    op.add_column(
        "webhook_endpoint", sa.Column("purpose", sa.String(length=16), nullable=False, server_default="operations")
    )
    op.add_column("privacy_rules", sa.Column("coaching_only", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("privacy_rules", "coaching_only")
    op.drop_column("webhook_endpoint", "purpose")
    op.drop_table("score_review")
