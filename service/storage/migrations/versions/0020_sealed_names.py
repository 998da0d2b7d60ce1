"""What still lay open: inputs and outputs of stages, outgoing events, check-ins, decisions, notes, names, answers.

What lies there stays as it is and is sealed by the chore that seals texts, or by `fieldcue privacy reseal`. Rows of
transcripts and alerts that are sealed already have one column more to seal: their `key_id` becomes one that comes before
all others, so that they are next. Beside a visit stands when its consent ends by itself.
"""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from service.storage.columns import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (
    "visit", "recording", "upload", "stage_run", "event", "webhook_endpoint", "webhook_delivery", "webhook_attempt",
    "idempotency_key", "llm_call", "person", "crm_decision", "playbook_decision", "playbook_version", "content_version",
    "coached_visit", "hint_feedback", "course_assignment", "check_in", "proof",
)  # fmt: skip
ONE_COLUMN_MORE = ("transcript", "alert")
BEFORE_ALL_KEYS = "000000"
AT_ONCE = 1_000


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("key_id", sa.String(length=80), nullable=False, server_default=""))
        op.create_index(op.f(f"ix_{table}_tenant_id_key_id"), table, ["tenant_id", "key_id"], unique=False)
    for name in ONE_COLUMN_MORE:
        half = sa.table(name, sa.column("key_id", sa.String))
        op.execute(half.update().where(half.c.key_id > "").values(key_id=BEFORE_ALL_KEYS))
    op.add_column("visit", sa.Column("consent_until", Instant(), nullable=True))
    op.create_index(op.f("ix_visit_tenant_id_consent_until"), "visit", ["tenant_id", "consent_until"], unique=False)
    _note_ends()


def downgrade() -> None:
    op.drop_index(op.f("ix_visit_tenant_id_consent_until"), table_name="visit")
    op.drop_column("visit", "consent_until")
    for table in reversed(TABLES):
        op.drop_index(op.f(f"ix_{table}_tenant_id_key_id"), table_name=table)
        op.drop_column(table, "key_id")


def _note_ends() -> None:
    connection = op.get_bind()
    visit = sa.table("visit", sa.column("id"), sa.column("consent", sa.JSON), sa.column("consent_until", Instant))
    after = ""
    while True:
        query = sa.select(visit.c.id, visit.c.consent).where(visit.c.id > after).order_by(visit.c.id).limit(AT_ONCE)
        rows = connection.execute(query).all()
        if not rows:
            return
        for row in rows:
            until = _until(row.consent)
            if until is not None:
                connection.execute(visit.update().where(visit.c.id == row.id).values(consent_until=until))
        after = rows[-1].id


def _until(document: object) -> datetime | None:
    consent = json.loads(document) if isinstance(document, str) else document
    if not isinstance(consent, dict) or consent.get("withdrawn_at") or not consent.get("expires_at"):
        return None
    return datetime.fromisoformat(consent["expires_at"])
