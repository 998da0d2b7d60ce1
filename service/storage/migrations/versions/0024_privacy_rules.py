"""What a tenant asks of its visits: whose consent must be heard as a notice."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_rules",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("notice", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_privacy_rules")),
    )


def downgrade() -> None:
    op.drop_table("privacy_rules")
