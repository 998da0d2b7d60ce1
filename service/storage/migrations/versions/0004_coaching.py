"""Coaching: observations, hints and what came of them, courses, check-ins, debriefs, labels and appeals."""

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "skill_observation",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=255), nullable=False),
        sa.Column("skill", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_skill_observation")),
    )
    op.create_index(op.f("ix_skill_observation_tenant_id_rep_id_at"), "skill_observation", ["tenant_id", "rep_id", "at"], unique=False)
    op.create_index(op.f("ix_skill_observation_tenant_id_visit_id"), "skill_observation", ["tenant_id", "visit_id"], unique=False)
    op.create_table(
        "coached_visit",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=255), nullable=False),
        sa.Column("behaviour", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_coached_visit")),
    )
    op.create_index(op.f("ix_coached_visit_tenant_id_rep_id_at"), "coached_visit", ["tenant_id", "rep_id", "at"], unique=False)
    op.create_table(
        "hint",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=True),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=255), nullable=False),
        sa.Column("card", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_hint")),
    )
    op.create_index(op.f("ix_hint_tenant_id_account_id_at"), "hint", ["tenant_id", "account_id", "at"], unique=False)
    op.create_table(
        "hint_feedback",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("hint_id", sa.String(length=80), nullable=False),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("card", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_hint_feedback")),
    )
    op.create_index(op.f("ix_hint_feedback_tenant_id_at"), "hint_feedback", ["tenant_id", "at"], unique=False)
    op.create_index(op.f("ix_hint_feedback_tenant_id_hint_id"), "hint_feedback", ["tenant_id", "hint_id"], unique=False)
    op.create_table(
        "course_assignment",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=True),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("course", sa.String(length=80), nullable=False),
        sa.Column("skill", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("decided_at", Instant, nullable=True),
        sa.Column("decided_by", sa.String(length=255), nullable=False),
        sa.Column("completed_at", Instant, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("replaced_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_course_assignment")),
    )
    op.create_index(op.f("ix_course_assignment_tenant_id_rep_id_at"), "course_assignment", ["tenant_id", "rep_id", "at"], unique=False)
    op.create_table(
        "check_in",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=255), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("answered_at", Instant, nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("proof_id", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_check_in")),
    )
    op.create_table(
        "proof",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("blob", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_proof")),
    )
    op.create_index(op.f("ix_proof_tenant_id_blob"), "proof", ["tenant_id", "blob"], unique=False)
    op.create_index(op.f("ix_proof_tenant_id_visit_id"), "proof", ["tenant_id", "visit_id"], unique=False)
    op.create_table(
        "debrief",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_debrief")),
    )
    op.create_table(
        "label",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("finding_id", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("should_be", sa.JSON(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("span", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_label")),
    )
    op.create_index(op.f("ix_label_tenant_id_at"), "label", ["tenant_id", "at"], unique=False)
    op.create_index(op.f("ix_label_tenant_id_visit_id"), "label", ["tenant_id", "visit_id"], unique=False)
    op.create_table(
        "appeal",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("rep_id", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("target_id", sa.String(length=80), nullable=False),
        sa.Column("skill", sa.String(length=80), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ruled_at", Instant, nullable=True),
        sa.Column("ruled_by", sa.String(length=255), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_appeal")),
    )
    op.create_index(op.f("ix_appeal_tenant_id_rep_id"), "appeal", ["tenant_id", "rep_id"], unique=False)
    op.create_index(op.f("ix_appeal_tenant_id_state"), "appeal", ["tenant_id", "state"], unique=False)
    op.create_index(op.f("ix_appeal_tenant_id_target_id"), "appeal", ["tenant_id", "target_id"], unique=False)
    op.create_table(
        "finding_place",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.String(length=80), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_finding_place")),
    )
    op.create_index(op.f("ix_finding_place_tenant_id_visit_id"), "finding_place", ["tenant_id", "visit_id"], unique=False)


def downgrade() -> None:
    op.drop_table("finding_place")
    op.drop_table("appeal")
    op.drop_table("label")
    op.drop_table("debrief")
    op.drop_table("proof")
    op.drop_table("check_in")
    op.drop_table("course_assignment")
    op.drop_table("hint_feedback")
    op.drop_table("hint")
    op.drop_table("coached_visit")
    op.drop_table("skill_observation")
