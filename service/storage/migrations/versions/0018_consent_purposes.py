"""What each visit's consent covers, beside it, so that a query can leave out the visits that a purpose may not use."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
UNNAMED = "|recording|transcription|coaching|"
"""What a consent covers that names no purposes; training is never among them."""


def upgrade() -> None:
    op.add_column("visit", sa.Column("purposes", sa.String(length=255), nullable=False, server_default=""))
    connection = op.get_bind()
    visit = sa.table("visit", sa.column("id", sa.String), sa.column("consent", sa.JSON), sa.column("purposes"))
    after = ""
    while True:
        query = sa.select(visit.c.id, visit.c.consent).where(visit.c.id > after).order_by(visit.c.id).limit(AT_ONCE)
        rows = connection.execute(query).all()
        if not rows:
            return
        for row in rows:
            covered = _covered(row.consent)
            if covered:
                connection.execute(visit.update().where(visit.c.id == row.id).values(purposes=covered))
        after = rows[-1].id


def downgrade() -> None:
    op.drop_column("visit", "purposes")


def _covered(document: object) -> str:
    consent = json.loads(document) if isinstance(document, str) else document
    if not isinstance(consent, dict) or consent.get("withdrawn_at"):
        return ""
    return f"{UNNAMED}voices|" if consent.get("voices") else UNNAMED
