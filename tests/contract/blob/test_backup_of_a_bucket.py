"""Recordings of a bucket in a backup: all of them, sealed as they lie, and back into a bucket or onto a disk."""

from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from typer.testing import CliRunner

from service.adapters.backup_s3 import BucketCopies
from service.adapters.backups import Place, check_backup, put_back, write_backup
from service.adapters.blob import DiskBlobStore
from service.adapters.blob_s3 import PREFIX, S3BlobStore
from service.adapters.key_ring import KeyRing
from service.bootstrap import key_ring, open_store
from service.cli import app
from service.domain.errors import Conflict, Permanent, Unavailable
from service.settings import Settings, StorageSettings
from tests.support.builders import TENANT, a_recording, a_visit
from tests.support.s3 import REGION, a_bucket, objects, stored

ABOUT = {"at": "2026-03-11T00:00:00+00:00"}
SAID = "客户说价格太高了".encode()


def place_in(folder: Path) -> Place:
    return Place(folder / "data", folder / "data" / "keys", folder / "data" / "secret.key")


def bucket_store(client: BaseClient, bucket: str, folder: Path, ring: KeyRing) -> S3BlobStore:
    return S3BlobStore(client, bucket, DiskBlobStore(folder, keys=ring), keys=ring)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "ring", b"k" * 32)


def save(client: BaseClient, bucket: str, folder: Path) -> Path:
    target = folder / "backup"
    write_backup(place_in(folder), target, lambda _: None, about=ABOUT, elsewhere=BucketCopies(client, bucket))
    return target


def test_what_lies_in_the_bucket_comes_back_into_another_and_onto_a_disk(
    client: BaseClient, bucket: str, tmp_path: Path, ring: KeyRing
) -> None:
    store = bucket_store(client, bucket, tmp_path / "work", ring)
    keys = [store.write(TENANT, iter([SAID, bytes([number]) * 70_000]), limit=1 << 20)[0] for number in range(3)]
    client.put_object(Bucket=bucket, Key="blobs/loose", Body=b"not ours")
    client.put_object(Bucket=bucket, Key="elsewhere/ten/a", Body=b"not ours")
    source = save(client, bucket, tmp_path)
    check_backup(source)
    files = sorted(path.relative_to(source / "blobs").as_posix() for path in (source / "blobs").glob("*/*"))
    assert files == sorted(keys)
    assert all((source / "blobs" / key).read_bytes() == stored(client, bucket, key) for key in keys)
    assert not any(SAID in path.read_bytes() for path in source.rglob("*") if path.is_file())

    new = a_bucket(client)
    put_back(place_in(tmp_path / "new"), source, None, elsewhere=BucketCopies(client, new))
    assert sorted(objects(client, new)) == sorted(f"{PREFIX}{key}" for key in keys)
    assert not (tmp_path / "new" / "data" / "blobs").exists()
    put_back(place_in(tmp_path / "disk"), source, None)
    for again in (bucket_store(client, new, tmp_path / "w2", ring), DiskBlobStore(tmp_path / "disk/data", keys=ring)):
        for number, key in enumerate(keys):
            with again.open(key) as file:
                assert file.read() == SAID + bytes([number]) * 70_000


def test_a_changed_recording_is_found_before_anything_is_sent(
    client: BaseClient, bucket: str, tmp_path: Path, ring: KeyRing
) -> None:
    key, _, _ = bucket_store(client, bucket, tmp_path / "work", ring).write(TENANT, iter([SAID]), limit=1_000)
    source = save(client, bucket, tmp_path)
    (source / "blobs" / key).write_bytes(b"x")
    with pytest.raises(Permanent) as damaged:
        check_backup(source)
    assert damaged.value.code == "backup_damaged"


def test_a_bucket_that_holds_recordings_is_not_restored_into(
    client: BaseClient, bucket: str, tmp_path: Path, ring: KeyRing
) -> None:
    bucket_store(client, bucket, tmp_path / "work", ring).write(TENANT, iter([SAID]), limit=1_000)
    source, before = save(client, bucket, tmp_path), objects(client, bucket)
    with pytest.raises(Conflict) as taken:
        put_back(place_in(tmp_path / "new"), source, None, elsewhere=BucketCopies(client, bucket))
    assert (taken.value.code, objects(client, bucket)) == ("place_taken", before)


class ErasesBetween:
    """A client whose bucket loses every recording between being listed and being read."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def get_object(self, **asked: Any) -> Any:
        self._client.delete_object(**asked)
        return self._client.get_object(**asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_a_recording_erased_meanwhile_is_left_out(
    client: BaseClient, bucket: str, tmp_path: Path, ring: KeyRing
) -> None:
    bucket_store(client, bucket, tmp_path / "work", ring).write(TENANT, iter([SAID]), limit=1_000)
    source = save(ErasesBetween(client), bucket, tmp_path)
    assert [path for path in (source / "blobs").rglob("*") if path.is_file()] == []
    check_backup(source)


def test_a_bucket_that_is_not_there_leaves_no_half_backup(client: BaseClient, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no such bucket"):
        save(client, "nowhere-at-all", tmp_path)
    assert not (tmp_path / "backup").exists()


def test_the_commands_take_the_bucket_along(
    client: BaseClient, s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = a_bucket(client), a_bucket(client)
    monkeypatch.setenv("FIELDCUE_LOG__LEVEL", "error")
    monkeypatch.setenv("FIELDCUE_STORAGE__S3_ENDPOINT", s3_url)
    monkeypatch.setenv("FIELDCUE_STORAGE__S3_REGION", REGION)

    def fieldcue(name: str, bucket: str, *arguments: str) -> None:
        environment = {"FIELDCUE_STORAGE__DATA_DIR": str(tmp_path / name), "FIELDCUE_STORAGE__S3_BUCKET": bucket}
        done = CliRunner().invoke(app, list(arguments), env=environment)
        assert done.exit_code == 0, done.output

    settings = Settings(storage=StorageSettings(data_dir=tmp_path / "old", s3_bucket=old))
    opened, ring = open_store(settings), key_ring(settings)
    key, sha256, size = bucket_store(client, old, tmp_path / "old", ring).write(TENANT, iter([SAID]), limit=1_000)
    with opened.uow() as tx:
        tx.visits.add(a_visit())
        tx.recordings.add(a_recording(blob=key, sha256=sha256, size_bytes=size))
    opened.close()
    fieldcue("old", old, "backup", str(tmp_path / "saved"), "--keys", str(tmp_path / "saved-keys"))
    fieldcue("new", new, "restore", str(tmp_path / "saved"), "--keys", str(tmp_path / "saved-keys"))
    assert objects(client, new) == [f"{PREFIX}{key}"]
    assert stored(client, new, key) == stored(client, old, key)
