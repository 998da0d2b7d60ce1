"""Why a course was taken back, and which talk figures an appeal puts in doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appeal", sa.Column("figures", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("course_assignment", sa.Column("withdrawn", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("course_assignment", "withdrawn")
    op.drop_column("appeal", "figures")
