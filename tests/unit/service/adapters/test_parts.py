"""Unfinished uploads: what was appended stays, in order and alone; what was removed does not come back."""

import hashlib
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from service.adapters.parts import CHUNK, DiskParts
from service.domain.errors import Gone

PIECES = st.binary(max_size=40)


class AnyUpload(RuleBasedStateMachine):
    """Whatever is appended and cut, the part is what a byte string would be."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.parts = DiskParts(self.folder)
        self.key = self.parts.create()
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


def test_a_part_is_what_was_appended_and_not_cut(tmp_path: Path) -> None:
    class Here(AnyUpload):
        folder = tmp_path

    run_state_machine_as_test(Here, settings=settings(max_examples=15, stateful_step_count=15))


@settings(max_examples=25)  # every append waits for the disk
@given(st.lists(st.tuples(st.integers(0, 2), PIECES), max_size=12))
def test_uploads_do_not_mix(tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[int, bytes]]) -> None:
    parts = DiskParts(tmp_path_factory.mktemp("parts"))
    keys = [parts.create() for _ in range(3)]
    for number, piece in sent:
        parts.append(keys[number], piece)
    for number, key in enumerate(keys):
        assert b"".join(parts.chunks(key)) == b"".join(piece for of, piece in sent if of == number)


def test_a_part_is_for_this_user_alone_and_its_name_cannot_be_guessed(tmp_path: Path) -> None:
    parts = DiskParts(tmp_path / "deep" / "parts")
    keys = {parts.create() for _ in range(20)}
    assert len(keys) == 20
    assert all(len(key) == 32 for key in keys)
    assert {stat.S_IMODE((parts.directory / key).stat().st_mode) & 0o077 for key in keys} == {0}


def test_a_part_outlives_the_process_that_began_it(tmp_path: Path) -> None:
    key = DiskParts(tmp_path).create()
    DiskParts(tmp_path).append(key, b"abc")
    assert DiskParts(tmp_path).append(key, b"def") == 6
    assert b"".join(DiskParts(tmp_path).chunks(key)) == b"abcdef"


@pytest.mark.parametrize("size", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5])
def test_a_long_part_is_handed_over_in_pieces_of_bounded_size(size: int, tmp_path: Path) -> None:
    parts = DiskParts(tmp_path)
    key = parts.create()
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
def test_a_piece_sent_twice_is_known_by_its_bytes(offset: int, piece: bytes, held: bool, tmp_path: Path) -> None:
    parts = DiskParts(tmp_path)
    key = parts.create()
    parts.append(key, b"abc")
    assert parts.holds(key, offset, piece) is held


def test_a_removed_part_is_gone_with_the_way_out(tmp_path: Path) -> None:
    parts = DiskParts(tmp_path)
    key = parts.create()
    parts.remove(key)
    with pytest.raises(Gone, match="start a new one") as caught:
        parts.size(key)
    assert caught.value.code == "upload_gone"


def test_removing_twice_or_what_never_was_is_fine(tmp_path: Path) -> None:
    parts = DiskParts(tmp_path)
    key = parts.create()
    parts.remove(key)
    parts.remove(key)
    parts.remove("0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_removing_one_leaves_the_others(tmp_path: Path) -> None:
    parts = DiskParts(tmp_path)
    key, other = parts.create(), parts.create()
    parts.append(other, b"abc")
    parts.remove(key)
    assert parts.size(other) == 3
