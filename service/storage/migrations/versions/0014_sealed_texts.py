"""Texts sealed by the tenants' keys: which key sealed a row, and the labels of an analysis beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("transcript", "analysis", "skill_observation", "hint", "debrief", "label", "appeal")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("key_id", sa.String(length=80), nullable=False, server_default=""))
        op.create_index(op.f(f"ix_{table}_tenant_id_key_id"), table, ["tenant_id", "key_id"], unique=False)
    op.add_column("analysis", sa.Column("codes", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("analysis", "codes")
    for table in reversed(TABLES):
        op.drop_index(op.f(f"ix_{table}_tenant_id_key_id"), table_name=table)
        op.drop_column(table, "key_id")
