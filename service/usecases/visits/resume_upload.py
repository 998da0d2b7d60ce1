"""Resumable uploads: create, append at the offset, complete into a recording, remove.

Invariant: one writer at a time; a chunk that does not match its checksum leaves no byte behind.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.errors import Conflict, Invalid, NotFound, ServiceError, TooLarge, TooManyRequests
from service.domain.ports import UnitOfWork
from service.domain.speech.recording import Recording
from service.domain.speech.upload import WRITER_LEASE, Upload, parse_checksum, require_open
from service.domain.visit import Visit
from service.usecases.services import Services
from service.usecases.visits.accept_recording import StoredBytes, accept_recording, admit_recording, store_bytes


class ChecksumMismatch(ServiceError):
    """The chunk is not what its checksum says (tus status 460); nothing of it was kept."""

    category = "invalid"
    default_code = "checksum_mismatch"


def create_upload(services: Services, visit: Visit, *, length: int, display_name: str, sha256: str) -> Upload:
    """A new, empty upload for a visit that `admit_recording` let through.

    Raises:
        TooLarge: over the limit for recordings. TooManyRequests: too many unfinished uploads.
    """
    if length > services.limits.recording_bytes:
        raise TooLarge(f"a recording may hold at most {services.limits.recording_bytes} bytes")
    now = services.clock.now()
    upload = Upload(
        id=services.ids.new("upl"),
        tenant_id=visit.tenant_id,
        visit_id=visit.id,
        length=length,
        part=services.parts.create(visit.tenant_id),
        display_name=display_name,
        sha256=sha256,
        created_at=now,
        expires_at=now + timedelta(hours=services.limits.upload_ttl_h),
    )
    try:
        with services.uow() as tx:
            if tx.uploads.count_open(visit.tenant_id, now) >= services.limits.open_uploads:
                raise TooManyRequests(
                    "too many unfinished uploads: finish one", code="too_many_uploads", retry_after_s=60
                )
            tx.uploads.add(upload)
    except Exception:
        services.parts.remove(upload.part)
        raise
    return upload


def find_upload(tx: UnitOfWork, services: Services, tenant_id: str, upload_id: str) -> Upload:
    """The upload, if it can still be used; NotFound or Gone otherwise."""
    upload = tx.uploads.get(tenant_id, upload_id)
    if upload is None:
        raise NotFound("there is no such upload", code="upload_not_found")
    require_open(upload, services.clock.now())
    return upload


@contextmanager
def writing(services: Services, tenant_id: str, upload_id: str) -> Iterator[Upload]:
    """The upload, held for one writer while the block runs.

    Raises:
        Conflict: another writer holds it (status 423), or it is complete.
    """
    with _held(services, tenant_id, upload_id) as upload:
        if upload.state == "complete":
            raise Conflict("this upload is complete", code="upload_complete")
        yield upload


@contextmanager
def _held(services: Services, tenant_id: str, upload_id: str) -> Iterator[Upload]:
    """The upload, held for one writer unless it is complete already."""
    writer = services.ids.new("wrt")
    now = services.clock.now()
    with services.uow() as tx:
        upload = find_upload(tx, services, tenant_id, upload_id)
        if upload.state == "open":
            upload = replace(upload, writer=writer)
            _hold(tx, upload, now)
    try:
        yield upload
    finally:
        if upload.writer == writer:
            with services.uow() as tx:
                tx.uploads.let_go(tenant_id, upload_id, writer)


def _hold(tx: UnitOfWork, upload: Upload, now: datetime) -> None:
    if not tx.uploads.hold(upload.tenant_id, upload.id, upload.writer, now, now + WRITER_LEASE):
        raise Conflict("another client is writing to this upload", code="upload_locked", status=423)


@dataclass(slots=True)
class Appending:
    """One PATCH: pieces are written as they come; `finish` checks what was promised about them."""

    services: Services
    upload: Upload
    offset: int
    checksum: str
    _start: int = 0
    _seen: int = 0
    _hasher: "hashlib._Hash | None" = None
    _digest: bytes = b""
    _renew_at: datetime | None = None

    def begin(self) -> None:
        """Check the offset and the checksum header before any byte is read."""
        self._start = self.services.parts.size(self.upload.part)
        if self.offset > self._start:
            raise Conflict(f"the upload stands at {self._start}", code="offset_mismatch", offset=self._start)
        if self.checksum:
            algorithm, self._digest = parse_checksum(self.checksum)
            self._hasher = hashlib.new(algorithm, usedforsecurity=False)

    def write(self, piece: bytes) -> None:
        """Add `piece`, or check that it is what already stands there (the same chunk sent twice)."""
        self._stay()
        at = self.offset + self._seen
        if at + len(piece) > self.upload.length:
            self._undo()
            raise TooLarge(f"the upload was declared with {self.upload.length} bytes", code="beyond_length")
        if self._hasher is not None:
            self._hasher.update(piece)
        known = max(0, min(len(piece), self._start - at))
        if known and not self.services.parts.holds(self.upload.part, at, piece[:known]):
            self._undo()
            raise Conflict(f"the upload stands at {self._start}", code="offset_mismatch", offset=self._start)
        if piece[known:]:
            self.services.parts.append(self.upload.part, piece[known:])
        self._seen += len(piece)

    def finish(self) -> int:
        """The new offset, after the checksum was verified."""
        if self._hasher is not None and not hmac.compare_digest(self._hasher.digest(), self._digest):
            self._undo()
            raise ChecksumMismatch("the chunk does not match its Upload-Checksum", status=460)
        return self.services.parts.size(self.upload.part)

    def abandon(self) -> None:
        """The connection was cut: keep what is durable, unless its checksum could not be verified."""
        if self._hasher is not None:
            self._undo()

    def _stay(self) -> None:
        """A slow client keeps its hold, as long as nobody took the upload over meanwhile."""
        now = self.services.clock.now()
        if self._renew_at is not None and now >= self._renew_at:
            with self.services.uow() as tx:
                _hold(tx, self.upload, now)
        if self._renew_at is None or now >= self._renew_at:
            self._renew_at = now + WRITER_LEASE / 3

    def _undo(self) -> None:
        self.services.parts.cut(self.upload.part, self._start)


@contextmanager
def completing(services: Services, tenant_id: str, upload_id: str) -> Iterator[Callable[[UnitOfWork], Recording]]:
    """The action that turns the finished upload into a recording inside the caller's transaction, run in the block.

    Raises:
        Conflict: bytes are missing (`incomplete`), or a writer is at work (status 423). Invalid: the bytes are not what
            was promised (`hash_mismatch`). AudioError: they are no audio. In each case the upload is kept.
    """
    with _held(services, tenant_id, upload_id) as upload:
        if upload.state == "complete":
            yield lambda tx: _existing(tx, upload)
            return
        visit = admit_recording(services, tenant_id, upload.visit_id)
        stored = _verified_bytes(services, visit, upload)
        accepted = False

        def action(tx: UnitOfWork) -> Recording:
            nonlocal accepted
            recording, _ = accept_recording(tx, services, visit, stored, display_name=upload.display_name)
            accepted = True  # from here on the commit decides; the sweep removes bytes that no row names
            tx.uploads.update(replace(upload, state="complete", recording_id=recording.id))
            tx.after_commit(lambda: services.parts.remove(upload.part))
            return recording

        try:
            yield action
        finally:
            if not accepted:
                services.blobs.delete(stored.blob)


def _verified_bytes(services: Services, visit: Visit, upload: Upload) -> StoredBytes:
    size = services.parts.size(upload.part)
    if size < upload.length:
        raise Conflict(f"{upload.length - size} bytes are missing", code="incomplete", offset=size)
    if upload.sha256 and services.parts.digest(upload.part) != upload.sha256:
        raise Invalid("the bytes do not have the SHA-256 that was promised", code="hash_mismatch")
    return store_bytes(services, visit, services.parts.chunks(upload.part))


def _existing(tx: UnitOfWork, upload: Upload) -> Recording:
    recording = tx.recordings.get(upload.tenant_id, upload.recording_id or "")
    if recording is None:
        raise NotFound("the recording of this upload was erased", code="recording_not_found")
    return recording


def remove_upload(services: Services, tenant_id: str, upload_id: str) -> None:
    """Forget an unfinished upload and its bytes, as long as nobody is writing to it."""
    with writing(services, tenant_id, upload_id) as upload, services.uow() as tx:
        tx.uploads.update(replace(upload, state="removed"))
        tx.after_commit(lambda: services.parts.remove(upload.part))


def expire_uploads(services: Services) -> int:
    """Remove the bytes of uploads that were never finished; how many there were."""
    with services.uow() as tx:
        expired = tx.uploads.take_expired(services.clock.now())
    for upload in expired:
        services.parts.remove(upload.part)
    return len(expired)
