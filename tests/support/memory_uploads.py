"""Resumable uploads in memory, with the rules of the SQL repository."""

from dataclasses import replace
from datetime import datetime

from service.domain.speech.upload import Upload
from tests.support.memory_state import State


class MemoryUploads:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, upload: Upload) -> None:
        self._state.uploads[upload.id] = upload

    def get(self, tenant_id: str, upload_id: str) -> Upload | None:
        upload = self._state.uploads.get(upload_id)
        return upload if upload is not None and upload.tenant_id == tenant_id else None

    def update(self, upload: Upload) -> None:
        known = self.get(upload.tenant_id, upload.id)
        if known is not None:
            self._state.uploads[upload.id] = replace(known, state=upload.state, recording_id=upload.recording_id)

    def count_open(self, tenant_id: str, now: datetime) -> int:
        mine = (upload for upload in self._state.uploads.values() if upload.tenant_id == tenant_id)
        return sum(upload.state == "open" and upload.expires_at > now for upload in mine)

    def hold(self, tenant_id: str, upload_id: str, writer: str, now: datetime, until: datetime) -> bool:
        upload = self.get(tenant_id, upload_id)
        if upload is None or upload.state != "open":
            return False
        lapsed = upload.writer_until is not None and upload.writer_until <= now
        if upload.writer not in ("", writer) and not lapsed:
            return False
        self._state.uploads[upload_id] = replace(upload, writer=writer, writer_until=until)
        return True

    def let_go(self, tenant_id: str, upload_id: str, writer: str) -> None:
        upload = self.get(tenant_id, upload_id)
        if upload is not None and upload.writer == writer:
            self._state.uploads[upload_id] = replace(upload, writer="", writer_until=None)

    def take_expired(self, now: datetime) -> list[Upload]:
        expired = [u for u in self._state.uploads.values() if u.state == "open" and u.expires_at <= now]
        for upload in expired:
            self._state.uploads[upload.id] = replace(upload, state="removed")
        return [replace(upload, state="removed") for upload in expired]
