"""Erases what was said in a visit from every table that may hold a word of it.

Invariant: after the transaction no row of the tenant holds text, findings or audio keys of the visit; SQLite overwrites
the freed pages (`secure_delete`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, select, update

from service.domain.coaching.erasure import erase_coaching
from service.domain.playbooks.alerts import Alert
from service.domain.playbooks.erasing import erase_playbooks
from service.domain.repositories import Erased
from service.domain.stages import CHAIN, HEARING, Stage
from service.storage.llm import SqlLlmLedger
from service.storage.playbooks import SqlPlaybooks
from service.storage.rows import SqlCoachingStore
from service.storage.sealed import SealedColumns
from service.storage.tables import (
    analysis,
    event,
    idempotency_key,
    recording,
    stage_checkpoint,
    stage_run,
    transcript,
    upload,
    webhook_delivery,
)
from service.storage.texts import SqlAnalyses

OWED = ("pending", "sending", "held")
WORDED = ("alert.raised", "action.taken")


class SqlErasure:
    """The Erasure port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def erase_words(self, tenant_id: str, visit_id: str, *, code: str) -> Erased:
        recordings, blobs = self._recordings(tenant_id, visit_id, code)
        parts = self._uploads(tenant_id, visit_id)
        self._stages(tenant_id, visit_id)
        counts = {
            "recordings": len(recordings),
            "transcripts": self._delete(transcript, tenant_id, visit_id),
            "analyses": self._delete(analysis, tenant_id, visit_id),
            "events": self._events(tenant_id, visit_id),
            "answers": self._answers(tenant_id, visit_id),
        }
        SqlLlmLedger(self._connection, self._sealed).forget(tenant_id, visit_id)
        coached, _ = erase_coaching(SqlCoachingStore(self._connection, self._sealed), tenant_id, visit_id)
        quoting = erase_playbooks(SqlPlaybooks(self._connection, self._sealed), tenant_id, visit_id)
        counts["events"] += self._told_of(tenant_id, quoting)
        return Erased((*blobs, *coached), tuple(parts), tuple(recordings), counts)

    def erase_audio(self, tenant_id: str, visit_id: str, *, code: str) -> Erased:
        recordings, blobs = self._recordings(tenant_id, visit_id, code)
        parts = self._uploads(tenant_id, visit_id)
        self._stages(tenant_id, visit_id, stages=HEARING)
        counts = {"recordings": len(recordings), "answers": self._answers(tenant_id, visit_id)}
        return Erased(tuple(blobs), tuple(parts), tuple(recordings), counts)

    def erase_advice(self, tenant_id: str, visit_id: str, *, instead: Mapping[str, Any]) -> Erased:
        mine = (analysis.c.tenant_id == tenant_id, analysis.c.visit_id == visit_id)
        versions = list(self._connection.execute(select(analysis.c.version).where(*mine)).scalars())
        for version in versions:
            SqlAnalyses(self._connection, self._sealed).add_coaching(tenant_id, visit_id, version, instead)
        # The analyses are locked by now: a coach stage that was about to end has ended, and its rows are seen.
        coached, touched = erase_coaching(SqlCoachingStore(self._connection, self._sealed), tenant_id, visit_id)
        counts = {"coaching": touched, "events": self._events(tenant_id, visit_id),
                  "answers": self._answers(tenant_id, visit_id)}  # fmt: skip
        return Erased(tuple(coached), (), (), counts)

    def _recordings(self, tenant_id: str, visit_id: str, code: str) -> tuple[list[str], list[str]]:
        mine = (recording.c.tenant_id == tenant_id, recording.c.visit_id == visit_id)
        rows = self._connection.execute(select(recording.c.id, recording.c.blob).where(*mine)).all()
        erased = {"blob": "", "sha256": "", "display_name": "", "state": "cancelled", "detail_code": code, "detail": ""}
        self._connection.execute(update(recording).where(*mine).values(**erased))
        return [row.id for row in rows], [row.blob for row in rows if row.blob]

    def _uploads(self, tenant_id: str, visit_id: str) -> list[str]:
        mine = (upload.c.tenant_id == tenant_id, upload.c.visit_id == visit_id, upload.c.state == "open")
        rows = self._connection.execute(update(upload).where(*mine).values(state="removed").returning(upload.c.part))
        return [row.part for row in rows]

    def _stages(self, tenant_id: str, visit_id: str, *, stages: tuple[Stage, ...] = CHAIN) -> None:
        of_visit = (stage_run.c.tenant_id == tenant_id, stage_run.c.visit_id == visit_id)
        mine = (*of_visit, stage_run.c.stage.in_(stages))
        runs = select(stage_run.c.id).where(*mine)
        blank: dict[str, Any] = {"input": {}, "output": {}, "progress": {}, "error_detail": ""}
        of_tenant = stage_checkpoint.c.tenant_id == tenant_id
        self._connection.execute(delete(stage_checkpoint).where(of_tenant, stage_checkpoint.c.run_id.in_(runs)))
        self._connection.execute(update(stage_run).where(*mine).values(**blank))

    def _events(self, tenant_id: str, visit_id: str) -> int:
        return self._forget(tenant_id, event.c.visit_id == visit_id)

    def _told_of(self, tenant_id: str, alerts: Sequence[Alert]) -> int:
        """What was sent of alerts that quote several visits: each is an event of the first of them alone."""
        ids = {alert.id for alert in alerts if len({proof.get("visit_id") for proof in alert.evidence}) > 1}
        if not ids:
            return 0
        since = min(alert.raised_at for alert in alerts)
        sent = select(event).where(event.c.tenant_id == tenant_id, event.c.occurred_at >= since)
        rows = self._connection.execute(sent.where(event.c.type.in_(WORDED)))
        told = ((row.id, self._sealed.opened(event, row._asdict())["data"]) for row in rows)
        found = [event_id for event_id, data in told if data.get("alert_id") in ids]
        return self._forget(tenant_id, event.c.id.in_(found)) if found else 0

    def _forget(self, tenant_id: str, which: ColumnElement[bool]) -> int:
        """Empty these events of the tenant, and send none of them that is still owed."""
        mine = (event.c.tenant_id == tenant_id, which)
        self._connection.execute(
            update(webhook_delivery)
            .where(webhook_delivery.c.tenant_id == tenant_id, webhook_delivery.c.state.in_(OWED))
            .where(webhook_delivery.c.event_id.in_(select(event.c.id).where(*mine)))
            .values(state="cancelled", fence=webhook_delivery.c.fence + 1)
        )
        return self._connection.execute(update(event).where(*mine).values(data={})).rowcount

    def _answers(self, tenant_id: str, visit_id: str) -> int:
        """Stored answers that name the visit: they may repeat its transcript, and are only kept for repeats."""
        of_tenant = idempotency_key.c.tenant_id == tenant_id
        rows = self._connection.execute(select(idempotency_key).where(of_tenant)).all()
        answers = [self._sealed.opened(idempotency_key, row._asdict()) for row in rows]
        named = [(row["route"], row["key"]) for row in answers if visit_id.encode() in row["body"]]
        for route, key in named:
            self._connection.execute(
                delete(idempotency_key).where(of_tenant, idempotency_key.c.route == route, idempotency_key.c.key == key)
            )
        return len(named)

    def _delete(self, table: Table, tenant_id: str, visit_id: str) -> int:
        gone = delete(table).where(table.c.tenant_id == tenant_id, table.c.visit_id == visit_id)
        return self._connection.execute(gone).rowcount
