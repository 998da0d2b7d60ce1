"""Tables of coaching: what was observed of a rep, what was proposed, and what people answered.

Every one has `id`, `tenant_id` and `at`, so that one repository (`rows.py`) serves them all; a `visit_id` says whose
words a row may hold, which is what erasure goes by.
"""

from sqlalchemy import JSON, BigInteger, Column, Double, Index, Integer, PrimaryKeyConstraint, String, Table, Text
from sqlalchemy.sql.schema import SchemaItem

from service.storage.columns import Instant, sealed_row
from service.storage.metadata import metadata


def _table(name: str, *items: SchemaItem) -> Table:
    """A coaching table: the three columns every one has, and its own."""
    return Table(
        name,
        metadata,
        Column("id", String(80), nullable=False),
        Column("tenant_id", String(80), nullable=False),
        Column("at", Instant, nullable=False),
        *items,
        PrimaryKeyConstraint("tenant_id", "id"),
    )


observation = _table(
    "skill_observation",
    Column("visit_id", String(80), nullable=False),
    Column("rep_id", String(255), nullable=False),
    Column("account_id", String(255), nullable=False),
    Column("skill", String(80), nullable=False),
    Column("rule", String(80), nullable=False),
    Column("note", Text, nullable=False),
    Column("value", Integer, nullable=False),
    Column("weight", Double, nullable=False),
    Column("source", String(16), nullable=False),
    Column("turn", Integer),
    Column("quote", Text, nullable=False),
    Column("start_ms", Integer),
    Index(None, "tenant_id", "rep_id", "at"),
    Index(None, "tenant_id", "visit_id"),
    Column("key_id", String(80), nullable=False, server_default=""),
    Index(None, "tenant_id", "key_id"),
)

coached_visit = _table(  # `id` is the visit's
    "coached_visit",
    Column("rep_id", String(255), nullable=False),
    Column("account_id", String(255), nullable=False),
    Column("behaviour", JSON, nullable=False),
    Index(None, "tenant_id", "rep_id", "at"),
    *sealed_row(),
)

hint = _table(
    "hint",
    Column("visit_id", String(80)),  # None where it was proposed in a briefing
    Column("rep_id", String(255), nullable=False),
    Column("account_id", String(255), nullable=False),
    Column("card", String(80), nullable=False),
    Column("action", String(80), nullable=False),
    Column("status", String(16), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("document", JSON, nullable=False),
    Index(None, "tenant_id", "account_id", "at"),
    Column("key_id", String(80), nullable=False, server_default=""),
    Index(None, "tenant_id", "key_id"),
)

hint_feedback = _table(
    "hint_feedback",
    Column("hint_id", String(80), nullable=False),
    Column("rep_id", String(255), nullable=False),
    Column("card", String(80), nullable=False),
    Column("action", String(80), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("features", JSON, nullable=False),
    Index(None, "tenant_id", "at"),
    Index(None, "tenant_id", "hint_id"),
    *sealed_row(),
)

course_assignment = _table(
    "course_assignment",
    Column("visit_id", String(80)),
    Column("rep_id", String(255), nullable=False),
    Column("course", String(80), nullable=False),
    Column("skill", String(80), nullable=False),
    Column("source", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("because", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(255), nullable=False),
    Column("completed_at", Instant),
    Column("answer", Text, nullable=False),
    Column("replaced_by", String(80)),
    Column("withdrawn", JSON),
    Index(None, "tenant_id", "rep_id", "at"),
    *sealed_row(),
)

check_in = _table(  # `id` is the visit's
    "check_in",
    Column("rep_id", String(255), nullable=False),
    Column("account_id", String(255), nullable=False),
    Column("items", JSON, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("answered_at", Instant),
    Column("took_ms", Integer),
    Column("proof_id", String(80)),
    *sealed_row(),
)

proof = _table(
    "proof",
    Column("visit_id", String(80), nullable=False),
    Column("blob", String(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("display_name", Text, nullable=False),
    Index(None, "tenant_id", "visit_id"),
    Index(None, "tenant_id", "blob"),
    *sealed_row(),
)

debrief = _table(  # `id` is the visit's
    "debrief",
    Column("version", Integer, nullable=False),
    Column("form", JSON, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("confirmed_by", String(255), nullable=False),
    Column("key_id", String(80), nullable=False, server_default=""),
    Index(None, "tenant_id", "key_id"),
)

label = _table(
    "label",
    Column("visit_id", String(80), nullable=False),
    Column("finding_id", String(80), nullable=False),
    Column("source", String(16), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("code", String(80), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("should_be", JSON, nullable=False),
    Column("turn", Integer),
    Column("role", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("quote", Text, nullable=False),
    Column("span", JSON, nullable=False),
    Column("before", JSON, nullable=False),
    Column("score", Double),
    Column("model", String(80), nullable=False),
    Column("by", String(255), nullable=False),
    Column("note", Text, nullable=False),
    Column("after", JSON, nullable=False, server_default="[]"),
    Column("found", JSON, nullable=False, server_default="[]"),
    Index(None, "tenant_id", "visit_id"),
    Index(None, "tenant_id", "at"),
    Column("key_id", String(80), nullable=False, server_default=""),
    Index(None, "tenant_id", "key_id"),
)

appeal = _table(
    "appeal",
    Column("visit_id", String(80), nullable=False),
    Column("rep_id", String(255), nullable=False),
    Column("subject", String(16), nullable=False),
    Column("target_id", String(80), nullable=False),
    Column("skill", String(80), nullable=False),
    Column("quote", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ruled_at", Instant),
    Column("ruled_by", String(255), nullable=False),
    Column("ruling", Text, nullable=False),
    Column("observations", JSON, nullable=False, server_default="[]"),
    Column("figures", JSON, nullable=False, server_default="[]"),
    Index(None, "tenant_id", "state"),
    Index(None, "tenant_id", "rep_id"),
    Index(None, "tenant_id", "target_id"),
    Column("key_id", String(80), nullable=False, server_default=""),
    Index(None, "tenant_id", "key_id"),
)

finding_place = _table(  # which visit a finding's id belongs to; `id` is the finding's
    "finding_place",
    Column("visit_id", String(80), nullable=False),
    Index(None, "tenant_id", "visit_id"),
)

score_review = _table(  # one a rep and month; `id` is made of both
    "score_review",
    Column("rep_id", String(255), nullable=False),
    Column("month", String(7), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("reviewed_by", String(255), nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "tenant_id", "rep_id"),
    *sealed_row(),
)
