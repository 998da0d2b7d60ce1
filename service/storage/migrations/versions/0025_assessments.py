"""Versions of impact assessments and records of processing, each with what it said and who approved it."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("approved_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("tenant_id", "kind", "version", name=op.f("uq_assessment_tenant_id_kind_version")),
    )


def downgrade() -> None:
    op.drop_table("assessment")
