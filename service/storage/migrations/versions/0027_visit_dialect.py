"""The dialect of a visit, as the CRM names it: by it the report by group counts."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit", sa.Column("dialect", sa.String(length=16), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("visit", "dialect")
