"""The first schema: visits, recordings, the queue, texts, events and deliveries, keys, ticks."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analysis",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("transcript_version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("coaching", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("visit_id", "version", name=op.f("pk_analysis")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant, nullable=True),
        sa.Column("revoked_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
    )
    op.create_index(op.f("ix_api_key_tenant_id"), "api_key", ["tenant_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("occurred_at", Instant, nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_tenant_id_id"), "event", ["tenant_id", "id"], unique=False)
    op.create_table(
        "fair_share",
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("tenant_key", sa.String(length=80), nullable=False),
        sa.Column("vtime", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "tenant_key", name=op.f("pk_fair_share")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("route", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "route", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "recording",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("blob", sa.String(length=255), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("detail_code", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
    )
    op.create_index(op.f("ix_recording_tenant_id_blob"), "recording", ["tenant_id", "blob"], unique=False)
    op.create_index(op.f("ix_recording_tenant_id_visit_id"), "recording", ["tenant_id", "visit_id"], unique=False)
    op.create_table(
        "stage_run",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("recording_id", sa.String(length=80), nullable=True),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("input_hash", sa.String(length=80), nullable=False),
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("vtime", sa.Double(), nullable=False),
        sa.Column("run_after", Instant, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("crash_count", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant, nullable=True),
        sa.Column("heartbeat_at", Instant, nullable=True),
        sa.Column("input", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("output", sa.JSON(), nullable=False),
        sa.Column("error_code", sa.String(length=80), nullable=False),
        sa.Column("error_detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_run")),
        sa.UniqueConstraint("visit_id", "stage", "input_hash", name=op.f("uq_stage_run_visit_id_stage_input_hash")),
    )
    op.create_index("ix_stage_run_due", "stage_run", ["queue", "state", sa.text("priority DESC"), "vtime", "id"])
    op.create_index(op.f("ix_stage_run_state_lease_until"), "stage_run", ["state", "lease_until"], unique=False)
    op.create_table(
        "tick",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tick")),
    )
    op.create_table(
        "transcript",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("engine", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "version", name=op.f("pk_transcript")),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=255), nullable=False),
        sa.Column("visited_at", Instant, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("opportunity_id", sa.String(length=255), nullable=True),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("industry", sa.String(length=255), nullable=False),
        sa.Column("channel", sa.String(length=255), nullable=False),
        sa.Column("stage", sa.String(length=255), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=80), nullable=False),
        sa.Column("competitors", sa.JSON(), nullable=False),
        sa.Column("consent", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("tenant_id", "external_id", name=op.f("uq_visit_tenant_id_external_id")),
    )
    op.create_index(
        op.f("ix_visit_tenant_id_account_id_visited_at"),
        "visit",
        ["tenant_id", "account_id", "visited_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_visit_tenant_id_rep_id_visited_at"), "visit", ["tenant_id", "rep_id", "visited_at"], unique=False
    )
    op.create_table(
        "visit_sequence",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "visit_id", name=op.f("pk_visit_sequence")),
    )
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event_types", sa.JSON(), nullable=False),
        sa.Column("payload", sa.String(length=16), nullable=False),
        sa.Column("secrets_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("disabled_at", Instant, nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=False),
        sa.Column("failing_since", Instant, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("previous_secret_until", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_index(op.f("ix_webhook_endpoint_tenant_id"), "webhook_endpoint", ["tenant_id"], unique=False)
    op.create_table(
        "stage_checkpoint",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["stage_run.id"], name=op.f("fk_stage_checkpoint_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "key", name=op.f("pk_stage_checkpoint")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("endpoint_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("next_attempt_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant, nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("delivered_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_webhook_delivery_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("event_id", "endpoint_id", name=op.f("uq_webhook_delivery_event_id_endpoint_id")),
    )
    op.create_index(
        op.f("ix_webhook_delivery_endpoint_id_state"), "webhook_delivery", ["endpoint_id", "state"], unique=False
    )
    op.create_index(
        op.f("ix_webhook_delivery_state_next_attempt_at"),
        "webhook_delivery",
        ["state", "next_attempt_at"],
        unique=False,
    )
    op.create_index(op.f("ix_webhook_delivery_tenant_id_id"), "webhook_delivery", ["tenant_id", "id"], unique=False)
    op.create_table(
        "webhook_attempt",
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("delivery_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("retry_after_s", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_delivery.id"], name=op.f("fk_webhook_attempt_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempt")),
    )


def downgrade() -> None:
    op.drop_table("webhook_attempt")
    op.drop_index(op.f("ix_webhook_delivery_tenant_id_id"), table_name="webhook_delivery")
    op.drop_index(op.f("ix_webhook_delivery_state_next_attempt_at"), table_name="webhook_delivery")
    op.drop_index(op.f("ix_webhook_delivery_endpoint_id_state"), table_name="webhook_delivery")
    op.drop_table("webhook_delivery")
    op.drop_table("stage_checkpoint")
    op.drop_index(op.f("ix_webhook_endpoint_tenant_id"), table_name="webhook_endpoint")
    op.drop_table("webhook_endpoint")
    op.drop_table("visit_sequence")
    op.drop_index(op.f("ix_visit_tenant_id_rep_id_visited_at"), table_name="visit")
    op.drop_index(op.f("ix_visit_tenant_id_account_id_visited_at"), table_name="visit")
    op.drop_table("visit")
    op.drop_table("transcript")
    op.drop_table("tick")
    op.drop_index(op.f("ix_stage_run_state_lease_until"), table_name="stage_run")
    op.drop_index("ix_stage_run_due", table_name="stage_run")
    op.drop_table("stage_run")
    op.drop_index(op.f("ix_recording_tenant_id_visit_id"), table_name="recording")
    op.drop_index(op.f("ix_recording_tenant_id_blob"), table_name="recording")
    op.drop_table("recording")
    op.drop_index(op.f("ix_idempotency_key_created_at"), table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_table("fair_share")
    op.drop_index(op.f("ix_event_tenant_id_id"), table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("ix_api_key_tenant_id"), table_name="api_key")
    op.drop_table("api_key")
    op.drop_table("analysis")
