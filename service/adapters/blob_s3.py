"""Recordings' bytes in an S3-compatible bucket, for runners on several machines; the disk only lends room to work.

Invariant: an object under its key is whole, since it came by one PUT with its checksum; whatever lies on the local disk
is sealed as in the bucket, serves one read or write, and is removed after it. Layout: `blobs/<tenant>/<random>`.
"""

import base64
import hashlib
import io
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from service.adapters.blob import (
    CHUNK,
    ORPHAN_AGE_S,
    DiskBlobStore,
    HoldsBlob,
    key_for_work,
    new_key,
    safe_name,
)
from service.adapters.full_disk import full_disk_named
from service.adapters.key_ring import KeyRing
from service.adapters.s3_client import absent, failures_named, is_empty, reads_named
from service.adapters.sealing import HEADER_BYTES, MAGIC, open_sealed
from service.domain.errors import NotFound

PREFIX = "blobs/"


class S3BlobStore:
    """The BlobStore port on a bucket; `disk` seals what is written and holds the working files."""

    def __init__(
        self, client: BaseClient, bucket: str, disk: DiskBlobStore, *, keys: KeyRing | None = None, seal: bool = True
    ) -> None:
        """`keys` and `seal` must be those of `disk`."""
        self._client = client
        self._bucket = bucket
        self._disk = disk
        self._keys = keys
        self._seals = seal and keys is not None
        self._settled: dict[str, str] = {}

    def write(self, tenant_id: str, chunks: Iterator[bytes], *, limit: int) -> tuple[str, str, int]:
        key = new_key(tenant_id)
        with self._disk.spooled(tenant_id, chunks, limit=limit) as (spooled, sha256, size):
            self._put(key, spooled)
        return key, sha256, size

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        name = self._name(key)
        with self._place(key) as path:
            self._fetch(name, path)
            yield path

    def open(self, key: str) -> BinaryIO:
        remote = io.BufferedReader(self._reader(key), CHUNK)
        file_key = self._key_in(remote.read(HEADER_BYTES), key)
        remote.seek(0)
        return remote if file_key is None else open_sealed(remote, file_key)

    def key_of(self, path: Path) -> bytes | None:
        """The key that opens a file that `local` lent; None for one that is stored as it came."""
        return self._disk.key_of(path)

    def is_sealed(self, key: str) -> bool:
        return self._header(self._name(key)).startswith(MAGIC)

    def delete(self, key: str) -> None:
        name = self._name(key)
        self._disk.delete(key)  # from before the bucket
        with failures_named():
            answer = self._client.delete_object(Bucket=self._bucket, Key=name)
            if answer.get("DeleteMarker"):  # the bucket keeps old versions, and erased must be erased
                self._delete_versions(name)

    def work_dir(self, run_key: str) -> Path:
        return self._disk.work_dir(run_key)

    def work_key(self, key: str) -> bytes:
        with self._reader(key) as remote:
            return key_for_work(self._key_in(remote.read(HEADER_BYTES), key))

    def _reader(self, key: str) -> "_RemoteReader":
        return _RemoteReader(self._client, self._bucket, self._name(key))

    def _key_in(self, header: bytes, key: str) -> bytes | None:
        return None if self._keys is None else self._keys.key_in(header, _tenant(key))

    def drop_work_dir(self, run_key: str) -> None:
        self._disk.drop_work_dir(run_key)

    def sweep(self, holds: HoldsBlob, *, older_than_s: float = ORPHAN_AGE_S) -> int:
        """Delete what has stood for nothing for a day, here and in the bucket; nothing outside `blobs/` is touched."""
        before = time.time() - older_than_s
        swept = self._disk.sweep(holds, older_than_s=older_than_s)
        for name, modified in self._objects(PREFIX):
            key = name.removeprefix(PREFIX)
            if modified.timestamp() < before and not holds(_tenant(key), key):
                self.delete(key)
                swept += 1
        return swept

    def seal_existing(self, *, at_most: int = 100) -> int:
        """Seal objects that came before there were keys, and wrap others by the newest key; how many were changed.

        A tenant all of whose objects were seen is not looked through again until it has a newer key, since every look
        is a request.
        """
        changed = 0
        if self._keys is None or not self._seals:
            return changed
        for tenant_id in self._tenants():
            newest = self._keys.newest(tenant_id)
            if self._settled.get(tenant_id) == newest:
                continue
            for name, _ in self._objects(f"{PREFIX}{tenant_id}/"):
                if changed >= at_most:
                    return changed
                changed += self._sealed_anew(name.removeprefix(PREFIX))
            self._settled[tenant_id] = newest
        return changed

    def _sealed_anew(self, key: str) -> int:
        """1 when the object was not sealed by the newest key, and now is; 0 otherwise, also when it was erased."""
        name, keys = self._name(key), self._keys
        header = self._header(name)
        if keys is None or not header or keys.is_newest(header, _tenant(key)):
            return 0
        with self._place(key) as path:
            try:
                etag = self._fetch(name, path)
                if header.startswith(MAGIC):
                    keys.rewrap(path)
                    return self._put(key, path, if_match=etag)
                with path.open("rb") as plain:
                    pieces = iter(lambda: plain.read(CHUNK), b"")
                    with self._disk.spooled(_tenant(key), pieces, limit=path.stat().st_size) as (sealed, _, _):
                        return self._put(key, sealed, if_match=etag)
            except NotFound:
                return 0

    def _put(self, key: str, path: Path, *, if_match: str = "") -> int:
        """Send the file; with `if_match` only over the object that was read, so that nothing erased comes back."""
        only = {"IfMatch": if_match} if if_match else {}
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).digest()
            file.seek(0)
            with reads_named():
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._name(key),
                    Body=file,
                    ContentMD5=base64.b64encode(digest).decode(),
                    **only,
                )
        return 1

    def _fetch(self, name: str, path: Path) -> str:
        """The object's bytes as a file, and its ETag."""
        with full_disk_named(), reads_named(), path.open("xb") as file:
            answer = self._client.get_object(Bucket=self._bucket, Key=name)
            shutil.copyfileobj(answer["Body"], file, CHUNK)
        return str(answer["ETag"])

    @contextmanager
    def _place(self, key: str) -> Iterator[Path]:
        """A path for a copy, in a directory that names the tenant; removed after, or swept where a crash left it."""
        work = f"fetched-{secrets.token_hex(16)}"
        try:
            path = self._disk.work_dir(work) / key
            path.parent.mkdir()
            yield path
        finally:
            self._disk.drop_work_dir(work)

    def _header(self, name: str) -> bytes:
        """The first bytes; none where the object is empty or erased."""
        with failures_named():
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=name, Range=f"bytes=0-{HEADER_BYTES - 1}")
                return bytes(answer["Body"].read())
            except ClientError as error:
                if absent(error) or is_empty(error):
                    return b""
                raise

    def _objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        with failures_named():
            for page in self._pages("list_objects_v2", Prefix=prefix):
                for each in page.get("Contents", ()):
                    yield each["Key"], each["LastModified"]

    def _tenants(self) -> list[str]:
        with failures_named():
            pages = list(self._pages("list_objects_v2", Prefix=PREFIX, Delimiter="/"))
        found = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", ())]
        return [each.removeprefix(PREFIX).rstrip("/") for each in found]

    def _delete_versions(self, name: str) -> None:
        for page in self._pages("list_object_versions", Prefix=name):
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                self._client.delete_object(Bucket=self._bucket, Key=each["Key"], VersionId=each["VersionId"])

    def _pages(self, operation: str, **asked: str) -> Iterator[dict[str, Any]]:
        yield from self._client.get_paginator(operation).paginate(Bucket=self._bucket, **asked)

    @staticmethod
    def _name(key: str) -> str:
        tenant_id, _, name = key.partition("/")
        return f"{PREFIX}{safe_name(tenant_id)}/{safe_name(name)}"


def _tenant(key: str) -> str:
    return key.partition("/")[0]


class _RemoteReader(io.RawIOBase):
    """An object read by ranges, so that a player may begin anywhere and nothing is kept here."""

    def __init__(self, client: BaseClient, bucket: str, name: str) -> None:
        super().__init__()
        self._client = client
        self._object = {"Bucket": bucket, "Key": name}
        self._at = 0
        with reads_named():
            self._size = int(client.head_object(**self._object)["ContentLength"])

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As files do."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """One range. NotFound when it was erased meanwhile."""
        last = min(self._at + len(buffer), self._size) - 1
        if last < self._at:
            return 0
        with reads_named():
            piece = self._client.get_object(**self._object, Range=f"bytes={self._at}-{last}")["Body"].read()
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
