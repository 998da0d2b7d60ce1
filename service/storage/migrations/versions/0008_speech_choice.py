"""Speech engine and model of each tenant that chose its own."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "speech_choice",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("engine", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("chosen_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_speech_choice")),
    )


def downgrade() -> None:
    op.drop_table("speech_choice")
