"""Chat robots, a pull cursor that misses no late commit, deliveries told in parts."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER_EVENTS = (
    "UPDATE event SET position = numbered.place FROM "
    "(SELECT id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) AS place FROM event) AS numbered "
    "WHERE numbered.id = event.id"
)
LAST_POSITIONS = (
    "INSERT INTO event_position (tenant_id, position) SELECT tenant_id, max(position) FROM event GROUP BY tenant_id"
)


def upgrade() -> None:
    op.add_column(
        "webhook_endpoint", sa.Column("kind", sa.String(length=16), nullable=False, server_default="standard")
    )
    op.add_column("webhook_delivery", sa.Column("parts_sent", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("event", sa.Column("position", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_event_tenant_id_position"), "event", ["tenant_id", "position"], unique=False)
    op.create_table(
        "event_position",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_event_position")),
    )
    op.create_table(
        "robot",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("blocked_until", Instant, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_robot")),
    )
    connection = op.get_bind()
    connection.exec_driver_sql(NUMBER_EVENTS)
    connection.exec_driver_sql(LAST_POSITIONS)


def downgrade() -> None:
    op.drop_table("robot")
    op.drop_table("event_position")
    op.drop_index(op.f("ix_event_tenant_id_position"), table_name="event")
    op.drop_column("event", "position")
    op.drop_column("webhook_delivery", "parts_sent")
    op.drop_column("webhook_endpoint", "kind")
