"""Recordings sealed on disk: read from anywhere, opened by nobody else, destroyed with their keys, at a flat memory."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.asr.audio import load_window
from service.adapters.audio.decoding import decode, probe
from service.adapters.audio.work_files import read_window
from service.adapters.blob import DiskBlobStore
from service.adapters.key_ring import KeyRing
from service.adapters.sealing import HEADER_BYTES, MAGIC, PIECE, TAG, SealBroken, plain_size
from tests.support.api import a_wav
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.media import wav_bytes

KEY = b"k" * 32


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys", KEY)


@pytest.fixture
def store(tmp_path: Path, ring: KeyRing) -> DiskBlobStore:
    return DiskBlobStore(tmp_path / "data", keys=ring)


def put(store: DiskBlobStore, data: bytes, tenant: str = TENANT) -> str:
    key, sha256, size = store.write(tenant, iter([data]), limit=1 << 30)
    assert (sha256, size) == (hashlib.sha256(data).hexdigest(), len(data))
    return key


def read(store: DiskBlobStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_read_back_and_nothing_of_it_stands_on_the_disk(store: DiskBlobStore, size: int) -> None:
    data = (b"recording " * (size // 10 + 1))[:size]
    key = put(store, data)
    with store.open(key) as file:
        assert file.read() == data
    raw = store.path(key).read_bytes()
    assert raw.startswith(MAGIC)
    assert b"recording" not in raw
    assert plain_size(len(raw)) == size
    assert store.is_sealed(key)


@given(st.integers(0, 3 * PIECE + 40), st.integers(0, PIECE * 2))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_range_is_what_a_plain_file_would_give(store: DiskBlobStore, first: int, length: int) -> None:
    data = bytes(range(256)) * (3 * PIECE // 256) + b"the end"
    key = put(store, data)
    with store.open(key) as file:
        file.seek(first)
        assert file.read(length) == data[first : first + length]
        assert file.seek(-3, 2) == len(data) - 3
        assert file.read() == b"end"
    store.delete(key)


@pytest.mark.parametrize("at", [0, 9, HEADER_BYTES + 3, HEADER_BYTES + PIECE + TAG + 1, -1])
def test_a_changed_byte_anywhere_does_not_open(store: DiskBlobStore, at: int) -> None:
    key = put(store, b"a" * (2 * PIECE))
    path = store.path(key)
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)
    if at == 0:  # no seal any more: the bytes as they stand, which are no recording
        assert not store.is_sealed(key)
        return
    with pytest.raises(SealBroken), store.open(key) as file:
        file.read()


@pytest.mark.parametrize("kept", [HEADER_BYTES + PIECE + TAG, HEADER_BYTES + PIECE + TAG + 100, HEADER_BYTES + 20])
def test_a_file_that_was_cut_off_does_not_open(store: DiskBlobStore, kept: int) -> None:
    key = put(store, b"a" * (3 * PIECE))
    path = store.path(key)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(SealBroken), store.open(key) as file:
        file.read()


def test_pieces_that_changed_places_or_files_do_not_open(store: DiskBlobStore) -> None:
    one, other = put(store, b"a" * (3 * PIECE)), put(store, b"b" * (3 * PIECE))
    step = PIECE + TAG
    raw, strange = store.path(one).read_bytes(), store.path(other).read_bytes()
    head, pieces = raw[:HEADER_BYTES], [raw[at : at + step] for at in range(HEADER_BYTES, len(raw), step)]
    for wrong in (head + pieces[1] + pieces[0] + pieces[2], head + strange[HEADER_BYTES:]):
        store.path(one).write_bytes(wrong)
        with pytest.raises(SealBroken), store.open(one) as file:
            file.read()


def test_the_keys_of_one_installation_open_nothing_for_another(tmp_path: Path, ring: KeyRing) -> None:
    store = DiskBlobStore(tmp_path / "data", keys=ring)
    key = put(store, b"said")
    strange = DiskBlobStore(tmp_path / "data", keys=KeyRing(tmp_path / "keys", b"x" * 32))
    with pytest.raises(SealBroken, match="installation's key"):
        strange.open(key)


def test_after_a_rotation_old_and_new_open_and_the_old_key_can_go(store: DiskBlobStore, ring: KeyRing) -> None:
    old = put(store, b"old")
    before = store.path(old).read_bytes()[HEADER_BYTES:]
    ring.rotate(TENANT)
    new = put(store, b"new")
    assert store.seal_existing() == 1
    assert store.seal_existing() == 0
    assert ring.forget(TENANT, but_newest=True) == 1
    assert [read(store, key) for key in (old, new)] == [b"old", b"new"]
    assert store.path(old).read_bytes()[HEADER_BYTES:] == before


def test_a_rewrapping_that_broke_off_leaves_the_old_wrapping(store: DiskBlobStore, ring: KeyRing) -> None:
    key = put(store, b"said")
    ring.rotate(TENANT)
    path = store.path(key)
    raw = bytearray(path.read_bytes())
    second = len(MAGIC) + 16 + 240
    raw[second : second + 40] = b"\x00\x90half a slot, written when power went."[:40].ljust(40, b"!")
    path.write_bytes(raw)
    assert read(store, key) == b"said"


def test_a_tenant_whose_keys_were_destroyed_is_unreadable_even_from_a_copy(store: DiskBlobStore, ring: KeyRing) -> None:
    mine, other = put(store, b"said"), put(store, b"kept", OTHER_TENANT)
    assert ring.forget(TENANT) == 1
    with pytest.raises(SealBroken):
        store.open(mine)
    assert read(store, other) == b"kept"
    again = put(store, b"later")
    assert read(store, again) == b"later"


def test_what_came_before_there_were_keys_is_sealed_in_steps(tmp_path: Path, ring: KeyRing) -> None:
    plain = DiskBlobStore(tmp_path / "data")
    keys = [put(plain, b"before %d" % number) for number in range(5)]
    store = DiskBlobStore(tmp_path / "data", keys=ring)
    assert read(store, keys[0]) == b"before 0"
    assert [store.seal_existing(at_most=3), store.seal_existing(at_most=3), store.seal_existing()] == [3, 2, 0]
    assert [read(store, key) for key in keys] == [b"before %d" % number for number in range(5)]
    assert all(store.is_sealed(key) for key in keys)
    assert list((tmp_path / "data" / "tmp").iterdir()) == []


def test_a_sealed_recording_is_probed_and_decoded_without_a_plain_byte_on_disk(
    store: DiskBlobStore, tmp_path: Path
) -> None:
    key = put(store, a_wav(1.0))
    assert probe(store.path(key), key_of=store.key_of) == probe(_plain(tmp_path))
    out = tmp_path / "windows"
    out.mkdir()
    decoded = decode(store.path(key), out, key_of=store.key_of, work_key=store.work_key(key))
    assert decoded.duration_ms == 1000
    everywhere = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in everywhere if b"WAVEfmt" in path.read_bytes()] == [tmp_path / "plain.wav"]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("alike", [True, False], ids=["joined", "apart"])
def test_windows_are_sealed_by_the_child_and_hold_what_open_ones_would(
    tmp_path: Path, channels: int, alike: bool
) -> None:
    """Two channels that say the same are written, read again and joined: all of it under the key."""
    noise = np.random.default_rng(5).uniform(-0.3, 0.3, (32_000, channels)).astype(np.float32)
    if alike:
        noise[:] = noise[:, :1]
    path = tmp_path / "talk.wav"
    path.write_bytes(wav_bytes(noise if channels == 2 else noise[:, 0], channels=channels))
    outs = [tmp_path / "open", tmp_path / "sealed"]
    for out in outs:
        out.mkdir()
    plain, sealed = decode(path, outs[0]), decode(path, outs[1], work_key=KEY)
    assert (plain.windows, plain.channel_use, plain.report) == (sealed.windows, sealed.channel_use, sealed.report)
    assert (plain.key, sealed.key) == (b"", KEY)
    assert "k" * 32 not in repr(sealed)
    (window,) = sealed.windows
    for channel, name in enumerate(window.files):
        samples = load_window(outs[0], window, channel)
        assert np.array_equal(read_window(outs[1], window, channel, key=KEY), samples)
        heard = (outs[0] / name).read_bytes()[1_000:1_032]
        assert len(set(heard)) > 8
        assert heard not in (outs[1] / name).read_bytes()
    assert sorted(file.name for file in outs[0].iterdir()) == sorted(file.name for file in outs[1].iterdir())


def test_what_is_made_of_a_recording_has_its_key_through_every_rotation(store: DiskBlobStore, ring: KeyRing) -> None:
    one, other = put(store, b"said"), put(store, b"said")
    before = store.work_key(one)
    assert len(before) == 32
    assert store.work_key(other) != before
    assert before != store.key_of(store.path(one))
    ring.rotate(TENANT)
    assert store.seal_existing() == 2
    assert store.work_key(one) == before
    ring.forget(TENANT)
    with pytest.raises(SealBroken):
        store.work_key(one)


def _plain(folder: Path) -> Path:
    (folder / "plain.wav").write_bytes(a_wav(1.0))
    return folder / "plain.wav"


FLAT = """
import resource, sys
from pathlib import Path
from service.adapters.blob import DiskBlobStore
from service.adapters.key_ring import KeyRing
store = DiskBlobStore(Path(sys.argv[1]) / "d", keys=KeyRing(Path(sys.argv[1]) / "k", b"k" * 32))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
chunk = bytes(1 << 20)
key, _, size = store.write("t", (chunk for _ in range(int(sys.argv[2]))), limit=1 << 40)
with store.open(key) as file:
    while file.read(1 << 18):
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, size)
"""


@pytest.mark.parametrize("mebibytes", [64])
def test_memory_stays_flat_whatever_the_size(tmp_path: Path, mebibytes: int) -> None:
    command = [sys.executable, "-c", FLAT, str(tmp_path), str(mebibytes)]
    grown_kib, size = map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert size == mebibytes << 20
    assert grown_kib < 16 * 1024
