"""An index for how much each queue has finished lately: admission asks at every visit, and must not read old runs."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NAME = "ix_stage_run_queue_state_heartbeat_at"


def upgrade() -> None:
    op.create_index(op.f(NAME), "stage_run", ["queue", "state", "heartbeat_at"])


def downgrade() -> None:
    op.drop_index(op.f(NAME), table_name="stage_run")
