"""What the stores on disk and in a bucket and their fake all promise; and what only a disk can: watermark and sweep."""

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.blob import DiskBlobStore
from service.adapters.blob_s3 import S3BlobStore
from service.adapters.full_disk import full_disk_named
from service.domain.errors import NotFound, StorageFull, TooLarge, Unavailable
from service.domain.ports import BlobStore
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.fakes import FolderBlobStore


@pytest.fixture(params=["disk", "s3", "fake"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "s3":
        client = request.getfixturevalue("client")
        return S3BlobStore(client, request.getfixturevalue("bucket"), DiskBlobStore(tmp_path))
    return DiskBlobStore(tmp_path) if request.param == "disk" else FolderBlobStore(tmp_path)


def read(store: BlobStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_what_was_written_is_read_back_with_its_hash_and_size(store: BlobStore) -> None:
    key, sha256, size = store.write(TENANT, iter([b"ab", b"", b"c"]), limit=3)

    assert key.startswith(f"{TENANT}/")
    assert read(store, key) == b"abc"
    assert (sha256, size) == (hashlib.sha256(b"abc").hexdigest(), 3)


def test_bytes_can_be_read_from_anywhere(store: BlobStore) -> None:
    data = bytes(range(256)) * 9000
    key, _, _ = store.write(TENANT, iter([data]), limit=len(data))

    with store.open(key) as file:
        assert (file.seek(-10, os.SEEK_END), file.read()) == (len(data) - 10, data[-10:])
        assert (file.seek(1_500_000), file.read(7)) == (1_500_000, data[1_500_000:1_500_007])
        assert (file.seek(0), file.read()) == (0, data)


def test_a_local_file_lies_there_under_its_tenant_while_it_is_read(store: BlobStore) -> None:
    key, _, _ = store.write(TENANT, iter([b"abc"]), limit=3)

    with store.local(key) as path:
        assert (path.read_bytes(), path.parent.name) == (b"abc", TENANT)


def test_no_bytes_are_bytes_too(store: BlobStore) -> None:
    key, sha256, size = store.write(TENANT, iter([]), limit=3)

    assert (read(store, key), sha256, size) == (b"", hashlib.sha256(b"").hexdigest(), 0)
    assert not store.is_sealed(key)


def test_the_same_bytes_twice_are_two_blobs(store: BlobStore) -> None:
    first, _, _ = store.write(TENANT, iter([b"abc"]), limit=3)
    second, _, _ = store.write(OTHER_TENANT, iter([b"abc"]), limit=3)
    store.delete(first)

    assert read(store, second) == b"abc"


def test_more_than_the_limit_is_refused_and_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(TooLarge) as refused:
        store.write(TENANT, iter([b"ab", b"cd"]), limit=3)

    assert refused.value.code == "recording_too_large"
    assert files(tmp_path) == []


def test_a_sender_that_breaks_off_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"ab"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.write(TENANT, broken(), limit=3)

    assert files(tmp_path) == []


def test_erased_bytes_are_gone_and_erasing_twice_is_fine(store: BlobStore) -> None:
    key, _, _ = store.write(TENANT, iter([b"abc"]), limit=3)
    store.delete(key)
    store.delete(key)

    with pytest.raises(NotFound):
        store.open(key)
    with pytest.raises(NotFound), store.local(key):
        raise AssertionError("erased bytes lay there")
    assert not store.is_sealed(key)


def test_bytes_that_lie_open_give_no_key_to_what_is_made_of_them(store: BlobStore) -> None:
    key, _, _ = store.write(TENANT, iter([b"abc"]), limit=3)
    assert store.work_key(key) == b""
    store.delete(key)
    with pytest.raises(NotFound):
        store.work_key(key)


def test_a_work_directory_is_kept_until_it_is_dropped(store: BlobStore) -> None:
    directory = store.work_dir("rec_1")
    (directory / "window").write_bytes(b"x")
    assert (store.work_dir("rec_1") / "window").exists()

    store.drop_work_dir("rec_1")
    store.drop_work_dir("rec_1")

    assert not directory.exists()


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/../b", "a/b/c", "/etc/passwd", "a", "", "ten/\0"])
def test_a_key_cannot_lead_out_of_the_store(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotFound):
        DiskBlobStore(tmp_path).path(key)


@given(st.lists(st.binary(max_size=50), max_size=20))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_hash_is_that_of_all_chunks_however_they_are_cut(tmp_path: Path, chunks: list[bytes]) -> None:
    store = DiskBlobStore(tmp_path)
    key, sha256, size = store.write(TENANT, iter(chunks), limit=10_000)

    assert store.path(key).read_bytes() == b"".join(chunks)
    assert (sha256, size) == (hashlib.sha256(b"".join(chunks)).hexdigest(), sum(map(len, chunks)))


def test_below_the_watermark_nothing_is_taken(tmp_path: Path) -> None:
    store = DiskBlobStore(tmp_path, min_free_bytes=100, free=lambda _: 99)

    with pytest.raises(StorageFull):
        store.write(TENANT, iter([b"abc"]), limit=3)
    assert files(tmp_path) == []


def test_a_disk_that_fills_up_while_writing_stops_the_write(tmp_path: Path) -> None:
    free = iter([1000, 10])
    store = DiskBlobStore(tmp_path, min_free_bytes=100, free=lambda _: next(free))
    megabyte = b"\0" * 1_048_576

    with pytest.raises(StorageFull):
        store.write(TENANT, (megabyte for _ in range(20)), limit=10**9)
    assert files(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_the_operating_systems_full_disk_is_ours(number: int) -> None:
    with pytest.raises(StorageFull), full_disk_named():
        raise OSError(number, os.strerror(number))


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS])
def test_a_disk_that_fails_is_told_apart_from_a_full_one(number: int) -> None:
    with pytest.raises(Unavailable) as refused, full_disk_named():
        raise OSError(number, os.strerror(number))
    assert (refused.value.code, refused.value.fields["retry_after_s"]) == ("storage_away", 60)


def test_another_error_of_the_disk_stays_what_it_is() -> None:
    with pytest.raises(PermissionError), full_disk_named():
        raise PermissionError(errno.EACCES, "no")


def age(path: Path, hours: float) -> None:
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))


def test_the_sweep_removes_only_what_stood_for_nothing_for_a_day(tmp_path: Path) -> None:
    store = DiskBlobStore(tmp_path)
    kept, orphan, fresh = (store.write(TENANT, iter([b"abc"]), limit=3)[0] for _ in range(3))
    for key in (kept, orphan):
        age(store.path(key), 25)
    old_tmp, new_tmp = tmp_path / "tmp" / "old", tmp_path / "tmp" / "new"
    old_tmp.touch()
    new_tmp.touch()
    age(old_tmp, 25)
    stale = store.work_dir("rec_old")
    (stale / "window").touch()
    age(stale / "window", 25)
    age(stale, 25)
    store.work_dir("rec_new")

    assert store.sweep(lambda tenant, key: (tenant, key) == (TENANT, kept)) == 3

    assert store.path(kept).exists()
    assert store.path(fresh).exists()
    assert not (tmp_path / "blobs" / orphan).exists()
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == ["new"]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["rec_new"]
