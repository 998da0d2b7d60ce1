"""Recordings' bytes as files: durable before they are promised, refused before the disk is full.

Invariant: a file under its key is whole and on disk; what is unfinished lives under `tmp/` and is swept after a day.
Layout: `<root>/blobs/<tenant>/<random>`, `<root>/tmp/`, `<root>/work/<run key>/`.
"""

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from service.adapters.full_disk import full_disk_named
from service.adapters.key_ring import KeyRing
from service.adapters.sealing import MAGIC, SealedWriter, drawn_key, open_sealed
from service.domain.errors import NotFound, StorageFull, TooLarge
from service.domain.ports import BlobStore

ORPHAN_AGE_S = 24 * 3600
CHECK_EVERY_BYTES = 8 * 1024 * 1024
CHUNK = 1 << 20
DECODED = b"decoded sound"
_SAFE = re.compile(r"[A-Za-z0-9_-]{1,80}")

FreeBytes = Callable[[Path], int]
HoldsBlob = Callable[[str, str], bool]
"""Whether a recording of this tenant stands for this key."""


class KeptBlobStore(BlobStore, Protocol):
    """A BlobStore with what its house needs beside the port."""

    def key_of(self, path: Path) -> bytes | None:
        """The key that opens a file that `local` lent; None for one that is stored as it came."""
        ...

    def sweep(self, holds: HoldsBlob) -> int:
        """Delete what has stood for nothing for a day; how much it was."""
        ...

    def seal_existing(self) -> int:
        """Seal some of what is not sealed by the newest keys; how many."""
        ...


def free_bytes(path: Path) -> int:
    """Free space on the disk that holds `path`."""
    return shutil.disk_usage(path).free


class DiskBlobStore:
    """The BlobStore port on a local file system."""

    def __init__(
        self,
        root: Path,
        *,
        min_free_bytes: int = 0,
        free: FreeBytes = free_bytes,
        keys: KeyRing | None = None,
        seal: bool = True,
    ) -> None:
        """`min_free_bytes`: the watermark below which nothing more is taken; `keys` open what is sealed,
        and seal what is written unless `seal` is off."""
        self._keys = keys
        self._seals = seal and keys is not None
        self._blobs = root / "blobs"
        self._tmp = root / "tmp"
        self._work = root / "work"
        self._min_free_bytes = min_free_bytes
        self._free = free
        for directory in (self._blobs, self._tmp, self._work):
            directory.mkdir(parents=True, exist_ok=True)

    def write(self, tenant_id: str, chunks: Iterator[bytes], *, limit: int) -> tuple[str, str, int]:
        key = new_key(tenant_id)
        with self.spooled(tenant_id, chunks, limit=limit) as (unfinished, sha256, size), full_disk_named():
            target = self._blobs / key
            target.parent.mkdir(exist_ok=True)
            unfinished.rename(target)
            _sync_directory(target.parent)
            _sync_directory(self._blobs)
        return key, sha256, size

    @contextmanager
    def spooled(self, tenant_id: str, chunks: Iterator[bytes], *, limit: int) -> Iterator[tuple[Path, str, int]]:
        """All chunks as one file, sealed as it will be kept, with their SHA-256 and size; removed unless moved away."""
        self._refuse_when_full()
        unfinished = self._tmp / secrets.token_hex(16)
        try:
            with full_disk_named():
                sha256, size = self._copy(chunks, unfinished, limit, tenant_id)
            yield unfinished, sha256, size
        finally:
            with suppress(FileNotFoundError):
                unfinished.unlink()

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        yield self.path(key)

    def path(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise NotFound("these bytes were erased", code="blob_erased")
        return path

    def open(self, key: str) -> BinaryIO:
        path = self.path(key)
        file_key = self.key_of(path)
        file = path.open("rb")
        return file if file_key is None else open_sealed(file, file_key)

    def key_of(self, path: Path) -> bytes | None:
        """The key that opens a file of ours; None for one that is stored as it came."""
        return self._keys.file_key(path) if self._keys is not None else None

    def is_sealed(self, key: str) -> bool:
        path = self._path(key)
        return path.is_file() and _begins(path) == MAGIC

    def seal_existing(self, *, at_most: int = 100) -> int:
        """Seal files that came before there were keys, and wrap others by the newest key; how many were changed.

        A file is replaced in one step when its sealed copy is whole, so that this may be broken off anywhere.
        """
        changed = 0
        for path in self._blobs.glob("*/*") if self._seals else ():
            if changed >= at_most or self._keys is None:
                break
            if _begins(path) != MAGIC:
                self._seal_file(path)
                changed += 1
            elif not self._keys.is_current(path):
                self._keys.rewrap(path)
                changed += 1
        return changed

    def _seal_file(self, path: Path) -> None:
        sealed = self._tmp / secrets.token_hex(16)
        try:
            with path.open("rb") as plain, full_disk_named():
                self._copy(iter(lambda: plain.read(CHUNK), b""), sealed, path.stat().st_size, path.parent.name)
            stamp = path.stat()
            os.utime(sealed, (stamp.st_atime, stamp.st_mtime))  # the sweep goes by age
            if path.exists():  # erased meanwhile: it must not come back
                sealed.rename(path)
                _sync_directory(path.parent)
        finally:
            with suppress(FileNotFoundError):
                sealed.unlink()

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def work_dir(self, run_key: str) -> Path:
        path = self._work / safe_name(run_key)
        with full_disk_named():
            path.mkdir(exist_ok=True)
        return path

    def work_key(self, key: str) -> bytes:
        return key_for_work(self.key_of(self.path(key)))

    def drop_work_dir(self, run_key: str) -> None:
        shutil.rmtree(self._work / safe_name(run_key), ignore_errors=True)

    def sweep(self, holds: HoldsBlob, *, older_than_s: float = ORPHAN_AGE_S) -> int:
        """Delete what has stood for nothing for a day: unfinished files, blobs without a recording, work left over."""
        before = time.time() - older_than_s
        swept = 0
        for unfinished in list(self._tmp.iterdir()):
            swept += _remove_older(unfinished, before)
        for blob in list(self._blobs.glob("*/*")):
            tenant_id = blob.parent.name
            if blob.stat().st_mtime < before and not holds(tenant_id, f"{tenant_id}/{blob.name}"):
                swept += _remove_older(blob, before)
        for directory in list(self._work.iterdir()):
            if _newest(directory) < before:
                shutil.rmtree(directory, ignore_errors=True)
                swept += 1
        return swept

    def _copy(self, chunks: Iterator[bytes], target: Path, limit: int, tenant_id: str) -> tuple[str, int]:
        digest = hashlib.sha256()
        size = checked = 0
        with target.open("xb") as file:
            sealing = (
                SealedWriter(file, *self._keys.new_file(tenant_id)) if self._keys is not None and self._seals else None
            )
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"a recording may have {limit} bytes at most", code="recording_too_large")
                if size - checked >= CHECK_EVERY_BYTES:
                    self._refuse_when_full()
                    checked = size
                digest.update(chunk)
                (sealing or file).write(chunk)
            if sealing is not None:
                sealing.close()
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest(), size

    def _refuse_when_full(self) -> None:
        if self._free(self._blobs) < self._min_free_bytes:
            raise StorageFull("there is no room for more recordings; free disk space and send it again")

    def _path(self, key: str) -> Path:
        tenant_id, _, name = key.partition("/")
        return self._blobs / safe_name(tenant_id) / safe_name(name)


def new_key(tenant_id: str) -> str:
    """A key for new bytes of this tenant."""
    return f"{safe_name(tenant_id)}/{secrets.token_hex(16)}"


def key_for_work(file_key: bytes | None) -> bytes:
    """What seals the sound of a recording under `work/`; empty where the recording itself lies open.

    Drawn from the recording's own key: runners on other machines and later attempts find the same one, nothing more
    has to be kept, and whoever erases the recording takes away what would open a copy of its windows.
    """
    return b"" if file_key is None else drawn_key(file_key, DECODED)


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(MAGIC))


def safe_name(name: str) -> str:
    """A name that stays inside its directory; ids and keys are ours, so anything else is a mistake of ours."""
    if not _SAFE.fullmatch(name):
        raise NotFound("there are no such bytes", code="blob_unknown")
    return name


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_older(path: Path, before: float) -> int:
    with suppress(FileNotFoundError):
        if path.stat().st_mtime < before:
            path.unlink()
            return 1
    return 0


def _newest(directory: Path) -> float:
    with suppress(FileNotFoundError):
        return max([directory.stat().st_mtime, *(child.stat().st_mtime for child in directory.rglob("*"))])
    return time.time()
