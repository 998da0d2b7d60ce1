"""CRM events and entities, facts of visits, alerts and windows of recordings, sealed like texts: which key sealed a row.

What lies there stays as it is and is sealed by the chore that seals texts, or by `fieldcue privacy reseal`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("crm_event", "crm_entity", "playbook_link", "alert", "stage_checkpoint")


def upgrade() -> None:
    op.add_column("stage_checkpoint", sa.Column("tenant_id", sa.String(length=80), nullable=False, server_default=""))
    run = sa.table("stage_run", sa.column("id"), sa.column("tenant_id"))
    checkpoint = sa.table("stage_checkpoint", sa.column("run_id"), sa.column("tenant_id"))
    owner = sa.select(run.c.tenant_id).where(run.c.id == checkpoint.c.run_id).scalar_subquery()
    op.execute(checkpoint.update().values(tenant_id=owner))
    for table in TABLES:
        op.add_column(table, sa.Column("key_id", sa.String(length=80), nullable=False, server_default=""))
        op.create_index(op.f(f"ix_{table}_tenant_id_key_id"), table, ["tenant_id", "key_id"], unique=False)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_index(op.f(f"ix_{table}_tenant_id_key_id"), table_name=table)
        op.drop_column(table, "key_id")
    op.drop_column("stage_checkpoint", "tenant_id")
