"""People: who works in which team, in which role."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("row_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_tenant_id_row_id"), "person", ["tenant_id", "row_id"], unique=False)
    op.create_index(op.f("ix_person_tenant_id_team"), "person", ["tenant_id", "team"], unique=False)


def downgrade() -> None:
    op.drop_table("person")
