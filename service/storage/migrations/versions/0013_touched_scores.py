"""Which scores an appeal about a finding puts in doubt, and all that a label's turn carried."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column in (("appeal", "observations"), ("label", "after"), ("label", "found")):
        op.add_column(table, sa.Column(column, sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for table, column in (("label", "found"), ("label", "after"), ("appeal", "observations")):
        op.drop_column(table, column)
