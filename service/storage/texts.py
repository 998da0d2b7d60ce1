"""Versions of transcripts and analyses; a version is never rewritten."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from service.domain.records import AnalysisRecord, TranscriptRecord
from service.storage.documents import ANALYSIS, TRANSCRIPT, columns_of
from service.storage.sealed import SealedColumns, codes_in
from service.storage.tables import analysis, transcript


def _next_version(connection: Connection, table: Table, tenant_id: str, visit_id: str) -> int:
    query = select(func.max(table.c.version)).where(table.c.tenant_id == tenant_id, table.c.visit_id == visit_id)
    return (connection.execute(query).scalar_one() or 0) + 1


def _latest(connection: Connection, table: Table, tenant_id: str, visit_id: str) -> dict[str, Any] | None:
    query = (
        select(table)
        .where(table.c.tenant_id == tenant_id, table.c.visit_id == visit_id)
        .order_by(table.c.version.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else dict(row._asdict())


class SqlTranscripts:
    """The Transcripts port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def put(self, record: TranscriptRecord) -> TranscriptRecord:
        version = _next_version(self._connection, transcript, record.tenant_id, record.visit_id)
        stored = replace(record, version=version)
        row = columns_of(stored)
        row["document"] = TRANSCRIPT.dump_python(row.pop("transcript"), mode="json")
        values = self._sealed.closed(transcript, row | {"engine": dict(record.engine)})
        self._connection.execute(insert(transcript).values(**values))
        return stored

    def latest(self, tenant_id: str, visit_id: str) -> TranscriptRecord | None:
        row = _latest(self._connection, transcript, tenant_id, visit_id)
        if row is None:
            return None
        row = self._sealed.opened(transcript, row)
        return TranscriptRecord(transcript=TRANSCRIPT.validate_python(row.pop("document")), **row)


class SqlAnalyses:
    """The Analyses port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def put(self, record: AnalysisRecord) -> AnalysisRecord:
        version = _next_version(self._connection, analysis, record.tenant_id, record.visit_id)
        stored = replace(record, version=version)
        row = columns_of(stored)
        row["document"] = ANALYSIS.dump_python(row.pop("analysis"), mode="json")
        row["coaching"] = None if record.coaching is None else dict(record.coaching)
        values = self._sealed.closed(analysis, row | {"codes": codes_in(row["document"])})
        self._connection.execute(insert(analysis).values(**values))
        return stored

    def latest(self, tenant_id: str, visit_id: str) -> AnalysisRecord | None:
        row = _latest(self._connection, analysis, tenant_id, visit_id)
        if row is None:
            return None
        row = self._sealed.opened(analysis, row)
        del row["codes"]
        return AnalysisRecord(analysis=ANALYSIS.validate_python(row.pop("document")), **row)

    def add_coaching(self, tenant_id: str, visit_id: str, version: int, coaching: Mapping[str, Any]) -> None:
        this = (analysis.c.tenant_id == tenant_id, analysis.c.visit_id == visit_id, analysis.c.version == version)
        row = self._connection.execute(select(analysis).where(*this).with_for_update()).one_or_none()
        if row is not None:
            values = self._sealed.opened(analysis, row._asdict()) | {"coaching": dict(coaching)}
            self._connection.execute(update(analysis).where(*this).values(**self._sealed.closed(analysis, values)))
