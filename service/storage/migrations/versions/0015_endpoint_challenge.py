"""Receivers prove that they are the tenant's before they are told anything; those that are registered already are."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_endpoint", sa.Column("challenge", sa.String(length=80), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("webhook_endpoint", "challenge")
