"""Unfinished uploads on disk: append durably, cut back, hand over as one stream.

Invariant: the size of a part file is its offset; what `append` returned has reached the disk.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.adapters.blob import FreeBytes, free_bytes
from service.adapters.full_disk import full_disk_named
from service.domain.errors import Gone, StorageFull

CHUNK = 1 << 20


class DiskParts:
    """The Parts port over one directory."""

    def __init__(self, directory: Path, *, min_free_bytes: int = 0, free: FreeBytes = free_bytes) -> None:
        """`min_free_bytes`: the watermark below which nothing more is taken."""
        self.directory = directory
        self._min_free_bytes = min_free_bytes
        self._free = free
        directory.mkdir(parents=True, exist_ok=True)

    def create(self, tenant_id: str) -> str:
        """The key of a new, empty part."""
        del tenant_id  # nothing is sealed here
        self._refuse_when_full()
        key = secrets.token_hex(16)
        with full_disk_named():
            self._path(key).touch(mode=0o600, exist_ok=False)
        return key

    def size(self, key: str) -> int:
        """How many bytes are durably there; Gone when the part was removed."""
        with gone_named():
            return self._path(key).stat().st_size

    def append(self, key: str, piece: bytes) -> int:
        """The size after `piece` was added and reached the disk; a part that was removed does not come back."""
        self._refuse_when_full()
        with gone_named(), full_disk_named(), self._path(key).open("r+b") as file:
            file.seek(0, os.SEEK_END)
            file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    def cut(self, key: str, size: int) -> None:
        """Forget everything past `size`."""
        with gone_named(), full_disk_named():
            os.truncate(self._path(key), size)

    def holds(self, key: str, offset: int, piece: bytes) -> bool:
        """Whether `piece` is what already stands at `offset`."""
        with gone_named(), self._path(key).open("rb") as file:
            file.seek(offset)
            return hmac.compare_digest(file.read(len(piece)), piece)

    def digest(self, key: str) -> str:
        """SHA-256 of the whole part, in hex."""
        with gone_named(), self._path(key).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def chunks(self, key: str) -> Iterator[bytes]:
        """The part's bytes, from the start."""
        with self._path(key).open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece

    def remove(self, key: str) -> None:
        """Forget the part; unknown keys are fine."""
        self._path(key).unlink(missing_ok=True)

    def _refuse_when_full(self) -> None:
        if self._free(self.directory) < self._min_free_bytes:
            raise StorageFull("there is no room for more recordings; free disk space and send it again")

    def _path(self, key: str) -> Path:
        return self.directory / key


@contextmanager
def gone_named() -> Iterator[None]:
    """Turn a missing file into the word for an upload that is over, with the way out."""
    try:
        yield
    except FileNotFoundError as error:
        raise Gone("this upload was removed or has expired: start a new one", code="upload_gone") from error
