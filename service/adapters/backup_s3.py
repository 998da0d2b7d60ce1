"""Recordings of a bucket as files of a backup, and back again: sealed as they lie, one by one, never whole in memory.

Invariant: the folder is the one that a disk would have given, so that a backup of a bucket is put back on a disk, and
the other way round; nothing that lies in a bucket is overwritten.
"""

import base64
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from botocore.client import BaseClient

from service.adapters.blob import CHUNK, safe_name
from service.adapters.blob_s3 import PREFIX
from service.adapters.full_disk import full_disk_named
from service.adapters.s3_client import failures_named, reads_named
from service.domain.errors import NotFound, Permanent


class BucketCopies:
    """The BlobCopies port of backups, over one bucket."""

    def __init__(self, client: BaseClient, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def is_empty(self) -> bool:
        """Whether no recording lies there."""
        return next(self._names(), None) is None

    def save(self, folder: Path) -> int:
        """Write every object to `folder`; how many. One that is erased meanwhile is left out, as it should be.

        Raises:
            Permanent: an object came shorter than the bucket said (`backup_cut`).
        """
        saved = 0
        for tenant_id, name in self._names():
            place = folder / tenant_id
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            saved += self._fetch(f"{PREFIX}{tenant_id}/{name}", place / name)
        return saved

    def put_back(self, folder: Path) -> int:
        """Send every file of `folder`; how many."""
        paths = sorted(path for path in folder.glob("*/*") if path.is_file())
        for path in paths:
            name = f"{PREFIX}{safe_name(path.parent.name)}/{safe_name(path.name)}"
            with path.open("rb") as file, failures_named():
                digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).digest()
                file.seek(0)
                checksum = base64.b64encode(digest).decode()
                self._client.put_object(Bucket=self._bucket, Key=name, Body=file, ContentMD5=checksum)
        return len(paths)

    def _fetch(self, name: str, path: Path) -> int:
        try:
            with reads_named():
                answer = self._client.get_object(Bucket=self._bucket, Key=name)
                with full_disk_named(), path.open("xb") as file:
                    shutil.copyfileobj(answer["Body"], file, CHUNK)
        except NotFound:
            path.unlink(missing_ok=True)
            return 0
        if path.stat().st_size != int(answer["ContentLength"]):
            raise Permanent("a recording came shorter than the bucket said: back up again", code="backup_cut")
        return 1

    def _names(self) -> Iterator[tuple[str, str]]:
        """Tenant and name of every object that is a recording of ours; whatever else lies there is not."""
        with failures_named():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=PREFIX)
            for page in pages:
                for each in page.get("Contents", ()):
                    tenant_id, _, name = str(each["Key"]).removeprefix(PREFIX).partition("/")
                    if _is_ours(tenant_id) and _is_ours(name):
                        yield tenant_id, name


def _is_ours(name: str) -> bool:
    try:
        return bool(safe_name(name))
    except NotFound:
        return False
