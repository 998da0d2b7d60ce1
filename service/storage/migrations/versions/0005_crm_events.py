"""CRM events, the entities they add up to, and the sources that may send them."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_event",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("entity_id", sa.String(length=255), nullable=False),
        sa.Column("occurred_at", Instant, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("opportunity_id", sa.String(length=255), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("judged_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_event")),
    )
    for columns in (
        ["tenant_id", "kind", "entity_id", "occurred_at"],
        ["tenant_id", "opportunity_id", "occurred_at"],
        ["tenant_id", "occurred_at", "id"],
        ["judged_at", "received_at"],
    ):
        op.create_index(op.f(f"ix_crm_event_{'_'.join(columns)}"), "crm_event", columns, unique=False)
    op.create_table(
        "crm_entity",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("last_event_at", Instant, nullable=True),
        sa.Column("opportunity_id", sa.String(length=255), nullable=True),
        sa.Column("account_id", sa.String(length=255), nullable=True),
        sa.Column("owner_id", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "id", name=op.f("pk_crm_entity")),
    )
    for reference in ("opportunity_id", "account_id", "owner_id"):
        name = op.f(f"ix_crm_entity_tenant_id_kind_{reference}")
        op.create_index(name, "crm_entity", ["tenant_id", "kind", reference], unique=False)
    op.create_table(
        "crm_source",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("secrets_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("last_seen_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_source")),
    )
    op.create_index(op.f("ix_crm_source_tenant_id"), "crm_source", ["tenant_id"], unique=False)


def downgrade() -> None:
    for table in ("crm_source", "crm_entity", "crm_event"):
        op.drop_table(table)
