"""Resumable uploads in the database; one writer at a time by a guarded update."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from service.domain.speech.upload import Upload
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables import upload


class SqlUploads:
    """The Uploads port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, upload_: Upload) -> None:
        self._connection.execute(insert(upload).values(**self._sealed.closed(upload, columns_of(upload_))))

    def get(self, tenant_id: str, upload_id: str) -> Upload | None:
        row = self._connection.execute(select(upload).where(*_this(tenant_id, upload_id))).one_or_none()
        return None if row is None else Upload(**self._sealed.opened(upload, row._asdict()))

    def update(self, upload_: Upload) -> None:
        values = {"state": upload_.state, "recording_id": upload_.recording_id}
        self._connection.execute(update(upload).where(*_this(upload_.tenant_id, upload_.id)).values(**values))

    def count_open(self, tenant_id: str, now: datetime) -> int:
        query = select(func.count()).where(
            upload.c.tenant_id == tenant_id, upload.c.state == "open", upload.c.expires_at > now
        )
        return int(self._connection.execute(query).scalar_one())

    def hold(self, tenant_id: str, upload_id: str, writer: str, now: datetime, until: datetime) -> bool:
        held = self._connection.execute(
            update(upload)
            .where(*_this(tenant_id, upload_id), upload.c.state == "open")
            .where(or_(upload.c.writer.in_(("", writer)), upload.c.writer_until <= now))
            .values(writer=writer, writer_until=until)
        )
        return held.rowcount == 1

    def let_go(self, tenant_id: str, upload_id: str, writer: str) -> None:
        self._connection.execute(
            update(upload)
            .where(*_this(tenant_id, upload_id), upload.c.writer == writer)
            .values(writer="", writer_until=None)
        )

    def take_expired(self, now: datetime) -> list[Upload]:
        expired = (
            update(upload)
            .where(upload.c.state == "open", upload.c.expires_at <= now)
            .values(state="removed")
            .returning(upload)
        )
        rows = self._connection.execute(expired, execution_options={"system": "sweep"})
        return [Upload(**self._sealed.opened(upload, row._asdict())) for row in rows]


def _this(tenant_id: str, upload_id: str) -> tuple[ColumnElement[bool], ...]:
    return upload.c.tenant_id == tenant_id, upload.c.id == upload_id
