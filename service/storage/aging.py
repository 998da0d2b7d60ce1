"""Which rows have had their time, and what the tables say about the duties of privacy."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, select

from service.domain.privacy.consent_counts import Kept, count_consents
from service.domain.speech.recording import Recording
from service.domain.visit import Consent
from service.storage.documents import CONSENT
from service.storage.sealed import SealedColumns, count_plain
from service.storage.tables import analysis, recording, transcript, visit
from service.storage.tables_coaching import coached_visit

_CONSENT = (visit.c.id, visit.c.tenant_id, visit.c.consent, visit.c.key_id)


class SqlAging:
    """The Aging port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def audio_before(self, tenant_id: str, before: datetime, limit: int) -> list[Recording]:
        old = (recording.c.tenant_id == tenant_id, recording.c.blob != "", recording.c.received_at < before)
        query = select(recording).where(*old).order_by(recording.c.received_at, recording.c.id).limit(limit)
        return self._recordings(query)

    def heard_audio(self, tenant_id: str, limit: int) -> list[Recording]:
        spoken = select(transcript.c.visit_id).where(transcript.c.tenant_id == tenant_id, transcript.c.source == "asr")
        done = (recording.c.tenant_id == tenant_id, recording.c.blob != "", recording.c.state == "done")
        query = select(recording).where(*done, recording.c.visit_id.in_(spoken)).order_by(recording.c.id).limit(limit)
        return self._recordings(query)

    def texts_before(self, tenant_id: str, before: datetime, limit: int) -> list[str]:
        return self._visits_before(transcript, tenant_id, before, limit)

    def features_before(self, tenant_id: str, before: datetime, limit: int) -> list[str]:
        return self._visits_before(analysis, tenant_id, before, limit)

    def consent_counts(self, tenant_id: str, now: datetime) -> Mapping[str, int]:
        holding = select(transcript.c.visit_id).where(transcript.c.tenant_id == tenant_id)
        heard = select(recording.c.visit_id).where(recording.c.tenant_id == tenant_id, recording.c.blob != "")
        kept: ColumnElement[bool] = visit.c.id.in_(holding) | visit.c.id.in_(heard)
        coached = visit.c.id.in_(select(coached_visit.c.id).where(coached_visit.c.tenant_id == tenant_id))
        query = select(*_CONSENT, visit.c.id.in_(heard).label("audio"), coached.label("coached"))
        rows = self._connection.execute(query.where(visit.c.tenant_id == tenant_id, kept))
        return count_consents((Kept(self._consent(row), row.audio, row.coached) for row in rows), now)

    def consents_ended(self, tenant_id: str, now: datetime, *, after: str, limit: int) -> list[str]:
        ended = (visit.c.tenant_id == tenant_id, visit.c.consent_until <= now, visit.c.id > after)
        return list(
            self._connection.execute(select(visit.c.id).where(*ended).order_by(visit.c.id).limit(limit)).scalars()
        )

    def first_visit(self, tenant_id: str) -> datetime | None:
        query = select(func.min(visit.c.created_at)).where(visit.c.tenant_id == tenant_id)
        return self._connection.execute(query).scalar()

    def blobs(self, tenant_id: str) -> list[str]:
        query = select(recording.c.blob).where(recording.c.tenant_id == tenant_id, recording.c.blob != "")
        return list(self._connection.execute(query).scalars())

    def plain_texts(self, tenant_id: str) -> int:
        return count_plain(self._connection, tenant_id)

    def _recordings(self, query: Select[Any]) -> list[Recording]:
        rows = self._connection.execute(query)
        return [Recording(**self._sealed.opened(recording, row._asdict())) for row in rows]

    def _consent(self, row: Row[Any]) -> Consent | None:
        values = {name: value for name, value in row._asdict().items() if name in visit.c}
        told = self._sealed.opened(visit, values)["consent"]
        return None if told is None else CONSENT.validate_python(told)

    def _visits_before(self, table: Table, tenant_id: str, before: datetime, limit: int) -> list[str]:
        newest = func.max(table.c.created_at)
        query = select(table.c.visit_id).where(table.c.tenant_id == tenant_id).group_by(table.c.visit_id)
        query = query.having(newest < before).order_by(newest, table.c.visit_id).limit(limit)
        return list(self._connection.execute(query).scalars())
