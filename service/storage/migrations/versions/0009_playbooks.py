"""Playbooks: links between facts and subjects, watches, alerts, decisions, and a tenant's own rules."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "playbook_link",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=255), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("entity_kind", sa.String(length=32), nullable=False),
        sa.Column("entity_id", sa.String(length=255), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=True),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "subject_kind", "subject_id", "event_id", name=op.f("pk_playbook_link")),
    )
    op.create_index(op.f("ix_playbook_link_tenant_id_event_id"), "playbook_link", ["tenant_id", "event_id"], unique=False)
    op.create_index(op.f("ix_playbook_link_tenant_id_visit_id"), "playbook_link", ["tenant_id", "visit_id"], unique=False)
    op.create_table(
        "playbook_watch",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=255), nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("dirty_from", Instant, nullable=True),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("memory", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "subject_kind", "subject_id", name=op.f("pk_playbook_watch")),
    )
    op.create_index(op.f("ix_playbook_watch_due_at"), "playbook_watch", ["due_at"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("rule_id", sa.String(length=80), nullable=False),
        sa.Column("rule_version", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=255), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("raised_at", Instant, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=255), nullable=False),
        sa.Column("opportunity_id", sa.String(length=255), nullable=False),
        sa.Column("handed_to", sa.String(length=255), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("respond_by", Instant, nullable=True),
        sa.Column("first_action_at", Instant, nullable=True),
        sa.Column("closed_at", Instant, nullable=True),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("tenant_id", "rule_id", "subject_kind", "subject_id", "cause", name=op.f("uq_alert_tenant_id_rule_id_subject_kind_subject_id_cause")),
    )
    op.create_index(op.f("ix_alert_due_at"), "alert", ["due_at"], unique=False)
    op.create_index(op.f("ix_alert_tenant_id_id"), "alert", ["tenant_id", "id"], unique=False)
    op.create_index(op.f("ix_alert_tenant_id_raised_at"), "alert", ["tenant_id", "raised_at"], unique=False)
    op.create_index(op.f("ix_alert_tenant_id_subject_kind_subject_id"), "alert", ["tenant_id", "subject_kind", "subject_id"], unique=False)
    op.create_table(
        "playbook_decision",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("alert_id", sa.String(length=80), nullable=False),
        sa.Column("rule_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=255), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_decision")),
    )
    op.create_index(op.f("ix_playbook_decision_tenant_id_alert_id"), "playbook_decision", ["tenant_id", "alert_id"], unique=False)
    op.create_index(op.f("ix_playbook_decision_tenant_id_subject_kind_subject_id"), "playbook_decision", ["tenant_id", "subject_kind", "subject_id"], unique=False)
    op.create_table(
        "playbook_version",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("rule_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_version")),
        sa.UniqueConstraint("tenant_id", "rule_id", "version", name=op.f("uq_playbook_version_tenant_id_rule_id_version")),
    )


def downgrade() -> None:
    op.drop_table("playbook_version")
    op.drop_table("playbook_decision")
    op.drop_table("alert")
    op.drop_table("playbook_watch")
    op.drop_table("playbook_link")
