"""Unfinished uploads: what was appended stays, in order and alone; what was removed does not come back."""

import errno
import hashlib
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from service.adapters.key_ring import KeyRing
from service.adapters.parts import CHUNK, DiskParts
from service.adapters.sealed_parts import SealedParts
from service.adapters.sealing import SealBroken
from service.domain.errors import Gone, StorageFull
from tests.support.builders import TENANT

PIECES = st.binary(max_size=40)
Make = Callable[[Path], DiskParts]
MASTER = bytes(range(32))


def sealed(directory: Path, *, seal: bool = True) -> SealedParts:
    return SealedParts(directory, KeyRing(directory.with_name(f"{directory.name}-keys"), MASTER), seal=seal)


@pytest.fixture(params=[DiskParts, sealed], ids=["plain", "sealed"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


class AnyUpload(RuleBasedStateMachine):
    """Whatever is appended and cut, the part is what a byte string would be."""

    folder: Path
    make: Make

    def __init__(self) -> None:
        super().__init__()
        self.parts = type(self).make(self.folder)
        self.key = self.parts.create(TENANT)
        self.wanted = b""

    @rule(piece=PIECES)
    def append(self, piece: bytes) -> None:
        self.wanted += piece
        assert self.parts.append(self.key, piece) == len(self.wanted)

    @rule(share=st.floats(0, 1))
    def cut(self, share: float) -> None:
        self.wanted = self.wanted[: int(share * len(self.wanted))]
        self.parts.cut(self.key, len(self.wanted))

    @rule(share=st.floats(0, 1), piece=PIECES)
    def hold(self, share: float, piece: bytes) -> None:
        at = int(share * len(self.wanted))
        assert self.parts.holds(self.key, at, piece) == (self.wanted[at : at + len(piece)] == piece)

    @invariant()
    def it_is_what_was_sent(self) -> None:
        assert self.parts.size(self.key) == len(self.wanted)
        assert b"".join(self.parts.chunks(self.key)) == self.wanted
        assert self.parts.digest(self.key) == hashlib.sha256(self.wanted).hexdigest()


def test_a_part_is_what_was_appended_and_not_cut(make: Make, tmp_path: Path) -> None:
    class Here(AnyUpload):
        folder = tmp_path

    Here.make = staticmethod(make)  # type: ignore[assignment]
    run_state_machine_as_test(Here, settings=settings(max_examples=15, stateful_step_count=15))


@settings(max_examples=25)  # every append waits for the disk
@given(st.lists(st.tuples(st.integers(0, 2), PIECES), max_size=12))
def test_uploads_do_not_mix(tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[int, bytes]]) -> None:
    parts = sealed(tmp_path_factory.mktemp("parts"))
    keys = [parts.create(TENANT) for _ in range(3)]
    for number, piece in sent:
        parts.append(keys[number], piece)
    for number, key in enumerate(keys):
        assert b"".join(parts.chunks(key)) == b"".join(piece for of, piece in sent if of == number)


def test_a_part_is_for_this_user_alone_and_its_name_cannot_be_guessed(make: Make, tmp_path: Path) -> None:
    parts = make(tmp_path / "deep" / "parts")
    keys = {parts.create(TENANT) for _ in range(20)}
    assert len(keys) == 20
    assert all(len(key) == 32 for key in keys)
    assert {stat.S_IMODE((parts.directory / key).stat().st_mode) & 0o077 for key in keys} == {0}


def test_a_part_outlives_the_process_that_began_it(make: Make, tmp_path: Path) -> None:
    key = make(tmp_path).create(TENANT)
    make(tmp_path).append(key, b"abc")
    assert make(tmp_path).append(key, b"def") == 6
    assert b"".join(make(tmp_path).chunks(key)) == b"abcdef"


@pytest.mark.parametrize("size", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5])
def test_a_long_part_is_handed_over_in_pieces_of_bounded_size(size: int, make: Make, tmp_path: Path) -> None:
    parts = make(tmp_path)
    key = parts.create(TENANT)
    parts.append(key, bytes(size))
    pieces = list(parts.chunks(key))
    assert sum(map(len, pieces)) == size
    assert max(map(len, pieces)) <= CHUNK


@pytest.mark.parametrize(
    ("offset", "piece", "held"),
    [
        (0, b"abc", True),
        (1, b"bc", True),
        (3, b"", True),
        (0, b"abd", False),
        (1, b"bcd", False),
        (9, b"a", False),
    ],
    ids=["all of it", "its end", "nothing", "other bytes", "more than there is", "past the end"],
)
def test_a_piece_sent_twice_is_known_by_its_bytes(
    offset: int, piece: bytes, held: bool, make: Make, tmp_path: Path
) -> None:
    parts = make(tmp_path)
    key = parts.create(TENANT)
    parts.append(key, b"abc")
    assert parts.holds(key, offset, piece) is held


def test_a_removed_part_is_gone_with_the_way_out(make: Make, tmp_path: Path) -> None:
    parts = make(tmp_path)
    key = parts.create(TENANT)
    parts.remove(key)
    with pytest.raises(Gone, match="start a new one") as caught:
        parts.size(key)
    assert caught.value.code == "upload_gone"


def test_removing_twice_or_what_never_was_is_fine(make: Make, tmp_path: Path) -> None:
    parts = make(tmp_path)
    key = parts.create(TENANT)
    parts.remove(key)
    parts.remove(key)
    parts.remove("0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_removing_one_leaves_the_others(make: Make, tmp_path: Path) -> None:
    parts = make(tmp_path)
    key, other = parts.create(TENANT), parts.create(TENANT)
    parts.append(other, b"abc")
    parts.remove(key)
    assert parts.size(other) == 3


SAID = "客户说他们下个月要换供应商".encode()


def test_nothing_that_was_sent_can_be_read_on_the_disk(tmp_path: Path) -> None:
    parts = sealed(tmp_path / "parts")
    key = parts.create(TENANT)
    parts.append(key, SAID * 10)
    parts.append(key, SAID)
    parts.cut(key, len(SAID) * 5)
    stored = (parts.directory / key).read_bytes()
    assert SAID[:6] not in stored
    assert b"".join(parts.chunks(key)) == SAID * 5


def test_a_record_that_was_being_written_when_the_machine_stopped_never_came(tmp_path: Path) -> None:
    parts = sealed(tmp_path / "parts")
    key = parts.create(TENANT)
    parts.append(key, SAID)
    whole = (parts.directory / key).stat().st_size
    parts.append(key, SAID)
    path = parts.directory / key
    ends = range(whole, path.stat().st_size)
    bytes_of = path.read_bytes()
    for end in ends:
        path.write_bytes(bytes_of[:end])
        again = sealed(tmp_path / "parts")
        assert again.size(key) == len(SAID)
        assert again.append(key, b"more") == len(SAID) + 4
        assert b"".join(again.chunks(key)) == SAID + b"more"


@pytest.mark.parametrize("at", [5, 20, -1], ids=["its nonce", "its bytes", "its tag"])
def test_a_touched_record_opens_nowhere(at: int, tmp_path: Path) -> None:
    parts = sealed(tmp_path / "parts")
    key = parts.create(TENANT)
    path = parts.directory / key
    begins = path.stat().st_size
    parts.append(key, SAID)
    touched = bytearray(path.read_bytes())
    touched[begins + at if at > 0 else at] ^= 1
    path.write_bytes(touched)
    with pytest.raises(SealBroken, match="start a new one"):
        list(sealed(tmp_path / "parts").chunks(key))


def test_a_file_made_longer_and_never_filled_is_cut_back(tmp_path: Path) -> None:
    parts = sealed(tmp_path / "parts")
    key = parts.create(TENANT)
    parts.append(key, SAID)
    with (parts.directory / key).open("ab") as file:
        file.write(bytes(100))
    again = sealed(tmp_path / "parts")
    assert again.size(key) == len(SAID)
    assert again.append(key, b"more") == len(SAID) + 4
    assert b"".join(again.chunks(key)) == SAID + b"more"


def test_records_cannot_change_places(tmp_path: Path) -> None:
    parts = sealed(tmp_path / "parts")
    key = parts.create(TENANT)
    path = parts.directory / key
    ends = [path.stat().st_size]
    for piece in (b"abc", b"def"):
        parts.append(key, piece)
        ends.append(path.stat().st_size)
    stored = path.read_bytes()
    path.write_bytes(stored[: ends[0]] + stored[ends[1] :] + stored[ends[0] : ends[1]])
    with pytest.raises(SealBroken):
        list(sealed(tmp_path / "parts").chunks(key))


def test_a_tenants_destroyed_key_takes_its_unfinished_uploads_along(tmp_path: Path) -> None:
    parts = sealed(tmp_path / "parts")
    key = parts.create(TENANT)
    parts.append(key, SAID)
    KeyRing(tmp_path / "parts-keys", MASTER).forget(TENANT)
    with pytest.raises(SealBroken):
        list(sealed(tmp_path / "parts").chunks(key))


def test_an_upload_begun_before_there_were_keys_goes_on(tmp_path: Path) -> None:
    plain = DiskParts(tmp_path / "parts")
    key = plain.create(TENANT)
    plain.append(key, b"abcdef")
    parts = sealed(tmp_path / "parts")
    parts.cut(key, 4)
    assert parts.holds(key, 1, b"bcd")
    assert parts.append(key, b"xy") == parts.size(key) == 6
    assert b"".join(parts.chunks(key)) == b"abcdxy"
    assert parts.digest(key) == hashlib.sha256(b"abcdxy").hexdigest()


def test_what_was_sealed_opens_after_sealing_was_switched_off(tmp_path: Path) -> None:
    key = sealed(tmp_path / "parts").create(TENANT)
    sealed(tmp_path / "parts").append(key, b"abc")
    off = sealed(tmp_path / "parts", seal=False)
    assert off.append(key, b"def") == 6
    assert b"".join(off.chunks(key)) == b"abcdef"
    fresh = off.create(TENANT)
    off.append(fresh, SAID)
    assert (off.directory / fresh).read_bytes() == SAID


def test_a_part_that_could_not_be_sealed_leaves_nothing_behind(tmp_path: Path) -> None:
    class NoKeys(KeyRing):
        def new_file(self, tenant_id: str) -> tuple[bytes, bytes]:
            raise OSError(errno.ENOSPC, tenant_id)

    parts = SealedParts(tmp_path / "parts", NoKeys(tmp_path / "keys", MASTER))
    with pytest.raises(StorageFull):
        parts.create(TENANT)
    assert list(parts.directory.iterdir()) == []
