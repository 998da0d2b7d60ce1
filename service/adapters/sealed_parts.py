"""Unfinished uploads, sealed as they grow: what somebody said must not lie open on a disk while the rest is on its way.

Layout: `FCPART1\\n`, the tenant's name with its length before it, a header as in `sealing.py` (it holds the part's key,
wrapped by the tenant's), then one record for each piece: length, nonce, piece and tag. Invariant: a record that was
changed, moved or taken from another part does not open; one that was being written when the machine stopped is as if it
had never come.
"""

import hashlib
import hmac
import os
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.adapters.blob import FreeBytes, free_bytes
from service.adapters.full_disk import full_disk_named
from service.adapters.key_ring import NONCE_BYTES, KeyRing
from service.adapters.parts import CHUNK, DiskParts, gone_named
from service.adapters.sealing import HEADER_BYTES, MAGIC, NAME_BYTES, TAG, SealBroken

PART_MAGIC = b"FCPART1\n"
_LENGTH = struct.Struct(">I")
_AROUND = _LENGTH.size + NONCE_BYTES + TAG  # what a record holds beside its piece


@dataclass(frozen=True, slots=True)
class _Record:
    """A whole record: where its piece stands in the upload, how long it is, and where the record begins in the file."""

    at: int
    length: int
    begins: int

    @property
    def ends(self) -> int:
        return self.begins + _AROUND + self.length


@dataclass(frozen=True, slots=True)
class _Opened:
    """A part's file with what opens its records."""

    file: BinaryIO
    cipher: AESGCM
    name: bytes
    start: int

    def records(self, begins: int = 0, at: int = 0) -> Iterator[_Record]:
        """The whole records in order; a torn one at the end is not told of."""
        begins = begins or self.start
        end = self.file.seek(0, os.SEEK_END)
        while begins + _AROUND <= end:
            self.file.seek(begins)
            (length,) = _LENGTH.unpack(self.file.read(_LENGTH.size))
            record = _Record(at, length, begins)
            if not length or record.ends > end:  # no length: a file that was made longer, but not filled
                return
            yield record
            begins, at = record.ends, at + record.length

    def plain(self, record: _Record) -> bytes:
        self.file.seek(record.begins + _LENGTH.size)
        nonce = self.file.read(NONCE_BYTES)
        try:
            return self.cipher.decrypt(nonce, self.file.read(record.length + TAG), self._bound(record.at))
        except InvalidTag as error:
            raise SealBroken("the bytes of this upload were changed since they came: start a new one") from error

    def put(self, at: int, piece: bytes) -> None:
        """One more record where the file stands."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        self.file.write(_LENGTH.pack(len(piece)) + nonce + self.cipher.encrypt(nonce, piece, self._bound(at)))

    def _bound(self, at: int) -> bytes:
        return self.name + struct.pack(">Q", at)


class SealedParts(DiskParts):
    """The Parts port over one directory, each part under a key of its own.

    Parts that were begun before there were keys go on as they are: they live for a day.
    """

    def __init__(
        self,
        directory: Path,
        keys: KeyRing,
        *,
        seal: bool = True,
        min_free_bytes: int = 0,
        free: FreeBytes = free_bytes,
    ) -> None:
        """`keys` wrap and open the parts' keys, and those of new parts unless `seal` is off."""
        super().__init__(directory, min_free_bytes=min_free_bytes, free=free)
        self._keys = keys
        self._seals = seal
        # Bytes of file and of upload after some record. Only the end of what one request sent is ever cut away, so what
        # stood when it began stays a place between records, whichever process writes next.
        self._ends: dict[str, tuple[int, int]] = {}

    def create(self, tenant_id: str) -> str:
        """The key of a new, empty part."""
        key = super().create(tenant_id)
        if not self._seals:
            return key
        named = tenant_id.encode()
        try:
            with full_disk_named(), self._path(key).open("wb") as file:
                _, header = self._keys.new_file(tenant_id)
                file.write(PART_MAGIC + bytes([len(named)]) + named + header)
                file.flush()
                os.fsync(file.fileno())  # a part that lost its head would go on unsealed
        except Exception:
            self.remove(key)
            raise
        return key

    def size(self, key: str) -> int:
        """How many bytes are durably there; Gone when the part was removed."""
        with self._opened(key, "rb") as part:
            return super().size(key) if part is None else self._end(key, part)[1]

    def append(self, key: str, piece: bytes) -> int:
        """The size after `piece` was added and reached the disk; a part that was removed does not come back."""
        self._refuse_when_full()
        with full_disk_named(), self._opened(key, "r+b") as part:
            if part is None:
                return super().append(key, piece)
            end, size = self._end(key, part)
            part.file.truncate(end)  # a torn record goes
            part.file.seek(end)
            if piece:
                part.put(size, piece)
            part.file.flush()
            os.fsync(part.file.fileno())
            self._ends[key] = (part.file.tell(), size + len(piece))
            return size + len(piece)

    def cut(self, key: str, size: int) -> None:
        """Forget everything past `size`."""
        with self._opened(key, "r+b") as part:
            if part is None:
                super().cut(key, size)
                return
            for record in list(part.records()):
                if record.at + record.length <= size:
                    continue
                kept = part.plain(record)[: size - record.at]
                part.file.truncate(record.begins)
                part.file.seek(record.begins)
                if kept:
                    part.put(record.at, kept)
                break
            self._ends.pop(key, None)

    def holds(self, key: str, offset: int, piece: bytes) -> bool:
        """Whether `piece` is what already stands at `offset`."""
        until = offset + len(piece)
        with self._opened(key, "rb") as part:
            if part is None:
                return super().holds(key, offset, piece)
            standing = b"".join(
                part.plain(each)[max(0, offset - each.at) : until - each.at]
                for each in part.records()
                if each.at < until and each.at + each.length > offset
            )
        return hmac.compare_digest(standing, piece)

    def digest(self, key: str) -> str:
        """SHA-256 of the whole part, in hex."""
        digest = hashlib.sha256()
        for piece in self.chunks(key):
            digest.update(piece)
        return digest.hexdigest()

    def chunks(self, key: str) -> Iterator[bytes]:
        """The part's bytes, from the start."""
        with self._opened(key, "rb") as part:
            if part is None:
                yield from super().chunks(key)
                return
            for record in part.records():
                plain = part.plain(record)
                yield from (plain[at : at + CHUNK] for at in range(0, len(plain), CHUNK))

    def remove(self, key: str) -> None:
        """Forget the part; unknown keys are fine."""
        super().remove(key)
        self._ends.pop(key, None)

    def _end(self, key: str, part: _Opened) -> tuple[int, int]:
        """(where the last whole record ends in the file, bytes of upload)."""
        length = part.file.seek(0, os.SEEK_END)
        end, size = self._ends.get(key, (part.start, 0))
        if end > length:  # another process cut it back
            end, size = part.start, 0
        for record in part.records(end, size):
            end, size = record.ends, record.at + record.length
        return end, size

    @contextmanager
    def _opened(self, key: str, mode: Literal["rb", "r+b"]) -> Iterator[_Opened | None]:
        """The part, None where it is one that was begun before there were keys."""
        with gone_named():
            file = self._path(key).open(mode)
        with file:
            if file.read(len(PART_MAGIC)) != PART_MAGIC:
                yield None
                return
            tenant_id = file.read(file.read(1)[0]).decode()
            header = file.read(HEADER_BYTES)
            file_key = self._keys.key_in(header, tenant_id)
            if file_key is None:
                raise SealBroken("the head of this upload was changed: start a new one")
            yield _Opened(file, AESGCM(file_key), header[: len(MAGIC) + NAME_BYTES], file.tell())
