"""What only a bucket can: keep nothing here, be away, refuse, keep old versions, hold other people's objects."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from service.adapters.audio.decoding import decode, probe
from service.adapters.blob import DiskBlobStore
from service.adapters.blob_s3 import PREFIX, S3BlobStore
from service.adapters.key_ring import KeyRing
from service.adapters.s3_client import failures_named, s3_client
from service.adapters.sealing import MAGIC, SealBroken
from service.domain.errors import NotFound, StorageFull, TooLarge, Unavailable
from service.installed import blob_store, reach_bucket
from service.settings import Settings, StorageSettings
from tests.support.api import a_wav
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.s3 import REGION, objects, stored

NOW = -60.0
"""An age that everything has reached, whatever the two clocks differ by."""


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys", b"k" * 32)


@pytest.fixture
def disk(tmp_path: Path, ring: KeyRing) -> DiskBlobStore:
    return DiskBlobStore(tmp_path / "data", keys=ring)


@pytest.fixture
def store(client: BaseClient, bucket: str, disk: DiskBlobStore, ring: KeyRing) -> S3BlobStore:
    return S3BlobStore(client, bucket, disk, keys=ring)


@pytest.fixture
def plain(client: BaseClient, bucket: str, tmp_path: Path) -> S3BlobStore:
    return S3BlobStore(client, bucket, DiskBlobStore(tmp_path / "plain"))


def put(store: S3BlobStore, data: bytes, tenant: str = TENANT) -> str:
    return store.write(tenant, iter([data]), limit=len(data))[0]


def read(store: S3BlobStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def local_files(root: Path) -> list[Path]:
    return [path for path in (root / "data").rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 3_000_000])
def test_the_bucket_holds_only_sealed_bytes_and_the_disk_none(
    store: S3BlobStore, client: BaseClient, bucket: str, tmp_path: Path, size: int
) -> None:
    data = (b"the customer said so. " * (size // 22 + 1))[:size]
    key = put(store, data)

    assert read(store, key) == data
    assert store.is_sealed(key)
    assert stored(client, bucket, key).startswith(MAGIC)
    assert b"customer" not in stored(client, bucket, key)
    assert local_files(tmp_path) == []


def test_any_place_of_a_sealed_object_can_be_read(store: S3BlobStore) -> None:
    data = bytes(range(251)) * 4000
    with store.open(put(store, data)) as file:
        for place in (900_000, 3, 65_530, len(data) - 4):
            file.seek(place)
            assert file.read(4) == data[place : place + 4]


def test_a_sealed_recording_is_probed_and_decoded_from_the_bucket(store: S3BlobStore, tmp_path: Path) -> None:
    key = put(store, a_wav(1.0))
    out = tmp_path / "windows"
    out.mkdir()
    with store.local(key) as path:
        assert probe(path, key_of=store.key_of).duration_ms == 1000
        assert decode(path, out, key_of=store.key_of).duration_ms == 1000
        assert b"WAVEfmt" not in path.read_bytes()
    assert local_files(tmp_path) == []


def test_every_machine_gives_what_is_made_of_a_recording_the_same_key(
    store: S3BlobStore, client: BaseClient, bucket: str, tmp_path: Path, ring: KeyRing
) -> None:
    one, other = put(store, b"said"), put(store, b"said")
    elsewhere = S3BlobStore(client, bucket, DiskBlobStore(tmp_path / "elsewhere", keys=ring), keys=ring)
    keys = [store.work_key(one), elsewhere.work_key(one), store.work_key(other)]
    assert keys[0] == keys[1] != keys[2]
    ring.rotate(TENANT)
    assert store.seal_existing() == 2
    assert elsewhere.work_key(one) == keys[0], "the runs in progress go on"
    store.delete(one)
    with pytest.raises(NotFound):
        elsewhere.work_key(one)


def test_a_borrowed_file_goes_also_when_its_reader_fails(store: S3BlobStore, tmp_path: Path) -> None:
    key = put(store, b"said")
    with pytest.raises(RuntimeError), store.local(key):
        raise RuntimeError
    assert local_files(tmp_path) == []


def test_more_than_the_limit_never_reaches_the_bucket(store: S3BlobStore, client: BaseClient, bucket: str) -> None:
    with pytest.raises(TooLarge):
        store.write(TENANT, iter([b"ab", b"cd"]), limit=3)
    assert objects(client, bucket) == []


def test_a_changed_byte_in_the_bucket_does_not_open(store: S3BlobStore, client: BaseClient, bucket: str) -> None:
    key = put(store, b"said")
    raw = bytearray(stored(client, bucket, key))
    raw[-1] ^= 1
    client.put_object(Bucket=bucket, Key=PREFIX + key, Body=bytes(raw))
    with pytest.raises(SealBroken):
        read(store, key)


def test_the_sweep_deletes_orphans_here_and_leaves_what_is_held_young_or_not_ours(
    store: S3BlobStore, client: BaseClient, bucket: str
) -> None:
    kept, orphan, other = put(store, b"a"), put(store, b"b"), put(store, b"c", OTHER_TENANT)
    client.put_object(Bucket=bucket, Key="backups/of-somebody", Body=b"x")

    assert store.sweep(lambda *_: False) == 0
    assert store.sweep(lambda tenant, key: (tenant, key) == (TENANT, kept), older_than_s=NOW) == 2
    assert objects(client, bucket) == ["backups/of-somebody", PREFIX + kept]
    for gone in (orphan, other):
        with pytest.raises(NotFound):
            store.open(gone)


def test_erased_bytes_are_gone_from_a_bucket_that_keeps_old_versions(
    store: S3BlobStore, client: BaseClient, bucket: str
) -> None:
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    erased, kept = put(store, b"said"), put(store, b"kept")
    store.delete(erased)

    versions = client.list_object_versions(Bucket=bucket)
    assert [each["Key"] for each in versions["Versions"]] == [PREFIX + kept]
    assert "DeleteMarkers" not in versions


def test_bytes_from_before_the_bucket_are_erased_with_it(store: S3BlobStore, disk: DiskBlobStore) -> None:
    key = disk.write(TENANT, iter([b"said"]), limit=4)[0]
    store.delete(key)
    with pytest.raises(NotFound):
        disk.path(key)


def test_what_came_before_there_were_keys_is_sealed_in_steps(store: S3BlobStore, plain: S3BlobStore) -> None:
    keys = [put(plain, b"before %d" % number) for number in range(3)]
    assert [store.seal_existing(at_most=2), store.seal_existing(), store.seal_existing()] == [2, 1, 0]
    assert all(store.is_sealed(key) for key in keys)
    assert [read(store, key) for key in keys] == [b"before 0", b"before 1", b"before 2"]
    assert plain.seal_existing() == 0


def test_after_a_rotation_objects_are_wrapped_anew_and_the_old_key_can_go(store: S3BlobStore, ring: KeyRing) -> None:
    old = put(store, b"old")
    assert store.seal_existing() == 0
    ring.rotate(TENANT)
    assert [store.seal_existing(), store.seal_existing()] == [1, 0]
    ring.forget(TENANT, but_newest=True)
    assert read(store, old) == b"old"


def test_bytes_erased_while_they_were_sealed_do_not_come_back(
    plain: S3BlobStore, client: BaseClient, bucket: str, disk: DiskBlobStore, ring: KeyRing
) -> None:
    key = put(plain, b"said")

    class ErasedMeanwhile(DiskBlobStore):
        def spooled(
            self, tenant_id: str, chunks: Iterator[bytes], *, limit: int
        ) -> AbstractContextManager[tuple[Path, str, int]]:
            plain.delete(key)
            return disk.spooled(tenant_id, chunks, limit=limit)

    late = ErasedMeanwhile(disk.work_dir("late"), keys=ring)
    assert S3BlobStore(client, bucket, late, keys=ring).seal_existing() == 0
    assert objects(client, bucket) == []


def uses(store: S3BlobStore) -> list[Callable[[], object]]:
    key = f"{TENANT}/{'0' * 32}"
    return [
        lambda: put(store, b"said"),
        lambda: store.open(key),
        lambda: store.local(key).__enter__(),
        lambda: store.is_sealed(key),
        lambda: store.delete(key),
        lambda: store.sweep(lambda *_: True),
        store.seal_existing,
    ]


@pytest.mark.parametrize("number", range(7))
def test_a_storage_that_is_away_is_tried_again_later(
    client: BaseClient, disk: DiskBlobStore, ring: KeyRing, tmp_path: Path, number: int
) -> None:
    nowhere = s3_client(endpoint="http://127.0.0.1:9", region=REGION)
    with pytest.raises(Unavailable) as refused:
        uses(S3BlobStore(nowhere, "recordings", disk, keys=ring))[number]()
    assert (refused.value.code, refused.value.fields["retry_after_s"]) == ("storage_away", 30)
    assert local_files(tmp_path) == []


def test_a_bucket_that_is_not_there_is_named(client: BaseClient, disk: DiskBlobStore) -> None:
    with pytest.raises(Unavailable, match="FIELDCUE_STORAGE__S3_BUCKET") as refused:
        put(S3BlobStore(client, "recordings-nobody-made", disk), b"said")
    assert refused.value.code == "storage_denied"


@pytest.mark.parametrize(
    ("code", "kind", "ours"),
    [
        ("AccessDenied", Unavailable, "storage_denied"),
        ("SignatureDoesNotMatch", Unavailable, "storage_denied"),
        ("403", Unavailable, "storage_denied"),
        ("SlowDown", Unavailable, "storage_away"),
        ("XMinioStorageFull", StorageFull, "storage_full"),
        ("QuotaExceeded", StorageFull, "storage_full"),
    ],
)
def test_what_the_storage_refuses_has_a_code_of_ours(code: str, kind: type[Exception], ours: str) -> None:
    with pytest.raises(kind) as refused, failures_named():
        raise ClientError({"Error": {"Code": code, "Message": "secret-of-the-server"}}, "PutObject")
    assert getattr(refused.value, "code", "") == ours
    assert "secret-of-the-server" not in str(refused.value)


def test_without_credentials_it_says_which_variables_are_missing(
    s3_url: str, disk: DiskBlobStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(Unavailable, match="AWS_ACCESS_KEY_ID"):
        put(S3BlobStore(s3_client(endpoint=s3_url, region=REGION), "recordings", disk), b"said")


def test_the_settings_choose_between_bucket_and_disk(
    client: BaseClient, bucket: str, s3_url: str, ring: KeyRing, tmp_path: Path
) -> None:
    on_disk = StorageSettings(data_dir=tmp_path / "data", min_free_bytes=0)
    assert isinstance(blob_store(Settings(storage=on_disk), ring), DiskBlobStore)

    named = on_disk.model_copy(update={"s3_bucket": bucket, "s3_endpoint": s3_url, "s3_region": REGION})
    kept = blob_store(Settings(storage=named), ring)
    key, sha256, _ = kept.write(TENANT, iter([b"said"]), limit=4)
    assert objects(client, bucket) == [PREFIX + key]
    assert sha256 == hashlib.sha256(b"said").hexdigest()
    reach_bucket(Settings(storage=named))
    with pytest.raises(Unavailable, match="no such bucket"):
        reach_bucket(Settings(storage=named.model_copy(update={"s3_bucket": "recordings-nobody-made"})))
    modified = client.head_object(Bucket=bucket, Key=PREFIX + key)["LastModified"]
    assert abs((datetime.now(UTC) - modified).total_seconds()) < 60
