"""Whose data went to receivers in other regions: digests of the running year, and the numbers that stay of them."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transferred_person",
        *_row(),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transferred_person")),
    )
    op.create_index(
        op.f("ix_transferred_person_tenant_id_year_subject"), "transferred_person", ["tenant_id", "year", "subject"]
    )
    op.create_table(
        "transfer_tally",
        *_row(),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("sensitive", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transfer_tally")),
    )


def downgrade() -> None:
    op.drop_table("transfer_tally")
    op.drop_index(op.f("ix_transferred_person_tenant_id_year_subject"), table_name="transferred_person")
    op.drop_table("transferred_person")


def _row() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("year", sa.String(length=4), nullable=False),
    ]
