"""Recordings in the database; their bytes are in the blob store."""

from sqlalchemy import ColumnElement, Connection, insert, select, update

from service.domain.recording import LEGAL_MOVES, Recording, RecordingState
from service.storage.documents import columns_of
from service.storage.tables import recording


class SqlRecordings:
    """The Recordings port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, recording_: Recording) -> None:
        self._connection.execute(insert(recording).values(**columns_of(recording_)))

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
        moved = self._connection.execute(
            update(recording)
            .where(recording.c.tenant_id == tenant_id, recording.c.id == recording_id)
            .where(recording.c.state.in_(sources))
            .values(state=state, detail_code=code, detail=detail)
        )
        return moved.rowcount == 1

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
        return [Recording(**row._asdict()) for row in self._connection.execute(query)]
