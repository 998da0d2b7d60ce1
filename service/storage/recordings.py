"""Recordings in the database; their bytes are in the blob store."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from service.domain.speech.recording import LEGAL_MOVES, Recording, RecordingState
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables import recording


class SqlRecordings:
    """The Recordings port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, recording_: Recording) -> None:
        self._connection.execute(insert(recording).values(**self._sealed.closed(recording, columns_of(recording_))))

    def get(self, tenant_id: str, recording_id: str) -> Recording | None:
        found = self._all(recording.c.tenant_id == tenant_id, recording.c.id == recording_id)
        return found[0] if found else None

    def by_hash(self, tenant_id: str, visit_id: str, sha256: str) -> Recording | None:
        found = self._all(
            recording.c.tenant_id == tenant_id, recording.c.visit_id == visit_id, recording.c.sha256 == sha256
        )
        return found[0] if found else None

    def of_visit(self, tenant_id: str, visit_id: str) -> list[Recording]:
        return self._all(recording.c.tenant_id == tenant_id, recording.c.visit_id == visit_id)

    def holds_blob(self, tenant_id: str, blob: str) -> bool:
        return bool(self._all(recording.c.tenant_id == tenant_id, recording.c.blob == blob))

    def move(
        self, tenant_id: str, recording_id: str, state: RecordingState, *, code: str = "", detail: str = ""
    ) -> bool:
        sources = [source for source, targets in LEGAL_MOVES.items() if state in targets or source == state]
        this = (recording.c.tenant_id == tenant_id, recording.c.id == recording_id, recording.c.state.in_(sources))
        values: dict[str, Any] = {"state": state, "detail_code": code, "detail": detail}
        if detail:
            held = select(recording.c.id, recording.c.tenant_id, recording.c.key_id).where(*this).with_for_update()
            row = self._connection.execute(held).one_or_none()
            values = values if row is None else self._sealed.part(recording, row._asdict(), values)
        return self._connection.execute(update(recording).where(*this).values(**values)).rowcount == 1

    def describe(self, tenant_id: str, recording_id: str, *, duration_ms: int, partial: bool) -> None:
        self._set(tenant_id, recording_id, duration_ms=duration_ms, partial=partial)

    def attach(self, tenant_id: str, recording_id: str, *, sha256: str, size_bytes: int, blob: str) -> None:
        self._set(tenant_id, recording_id, sha256=sha256, size_bytes=size_bytes, blob=blob)

    def _set(self, tenant_id: str, recording_id: str, **values: object) -> None:
        self._connection.execute(
            update(recording).where(recording.c.tenant_id == tenant_id, recording.c.id == recording_id).values(**values)
        )

    def _all(self, *conditions: ColumnElement[bool]) -> list[Recording]:
        query = select(recording).where(*conditions).order_by(recording.c.id)
        rows = self._connection.execute(query)
        return [Recording(**self._sealed.opened(recording, row._asdict())) for row in rows]
