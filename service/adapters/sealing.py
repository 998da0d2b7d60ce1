"""Bytes encrypted at rest in pieces that can be read from anywhere: AES-256-GCM, a key of its own for every file.

Layout: `FCSEAL1\\n`, 16 random bytes that name the file, two slots of 240 bytes, then pieces of 64 KiB, each with its
tag. A slot holds the file's key wrapped by the tenant's; there are two, so that a new wrapping is written beside the
old one. Invariant: a piece that was changed, moved, cut off or taken from another file does not open; memory stays at
one piece.
"""

import hmac
import io
import json
import os
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.domain.errors import Permanent

MAGIC = b"FCSEAL1\n"
NAME_BYTES = 16
SLOT_BYTES = 240
HEADER_BYTES = len(MAGIC) + NAME_BYTES + 2 * SLOT_BYTES
PIECE = 64 * 1024
TAG = 16
_LAST = 1


@dataclass(frozen=True, slots=True)
class Slot:
    """One wrapping of a file's key: by which key of the tenant, and the how-manieth it is."""

    key_id: str
    generation: int
    wrapped: bytes


class SealBroken(Permanent):
    """The bytes were touched, or the key that opens them is gone."""

    default_code = "seal_broken"


def read_slots(header: bytes) -> list[Slot]:
    """The whole slots of a header, the newest first; none where the file is not sealed."""
    if not header.startswith(MAGIC):
        return []
    begin = len(MAGIC) + NAME_BYTES
    found = [_parse_slot(header[at : at + SLOT_BYTES]) for at in (begin, begin + SLOT_BYTES)]
    return sorted((slot for slot in found if slot is not None), key=lambda slot: slot.generation, reverse=True)


def new_header(slot: Slot) -> bytes:
    """The header of a new file, with one slot filled."""
    return MAGIC + os.urandom(NAME_BYTES) + render_slot(slot) + b"\0" * SLOT_BYTES


def bare_header() -> bytes:
    """The header of a new file whose key stands in no slot: who wrote it has it."""
    return MAGIC + os.urandom(NAME_BYTES) + b"\0" * (2 * SLOT_BYTES)


def drawn_key(key: bytes, purpose: bytes) -> bytes:
    """Another key that `key` gives for one purpose, and that does not give `key` back."""
    return hmac.digest(key, purpose, "sha256")


def render_slot(slot: Slot) -> bytes:
    """A slot as it stands in the file: length, checksum, text, padding."""
    text = json.dumps({"k": slot.key_id, "g": slot.generation, "w": slot.wrapped.hex()}).encode()
    if len(text) > SLOT_BYTES - 6:
        raise ValueError("the key's name is too long for a slot")
    return (struct.pack(">HI", len(text), zlib.crc32(text)) + text).ljust(SLOT_BYTES, b"\0")


def write_slot(file: BinaryIO, slot: Slot) -> None:
    """Put a newer wrapping in the place of the oldest one."""
    file.seek(0)
    header = file.read(HEADER_BYTES)
    begin = len(MAGIC) + NAME_BYTES
    places = [(_generation(header[at : at + SLOT_BYTES]), at) for at in (begin, begin + SLOT_BYTES)]
    file.seek(min(places)[1])
    file.write(render_slot(slot))


def _generation(raw: bytes) -> int:
    slot = _parse_slot(raw)
    return -1 if slot is None else slot.generation


def _parse_slot(raw: bytes) -> Slot | None:
    length, checksum = struct.unpack(">HI", raw[:6])
    text = raw[6 : 6 + length]
    if not length or len(text) < length or zlib.crc32(text) != checksum:
        return None
    fields = json.loads(text)
    return Slot(fields["k"], fields["g"], bytes.fromhex(fields["w"]))


def _nonce(number: int, *, last: bool) -> bytes:
    return struct.pack(">7xIB", number, _LAST if last else 0)


def plain_size(sealed_size: int) -> int:
    """How many plain bytes a sealed file of this size holds."""
    body = sealed_size - HEADER_BYTES
    pieces = max(1, -(-body // (PIECE + TAG)))
    return body - pieces * TAG


class SealedWriter:
    """Seals what is written to `file`; `close` writes the last piece."""

    def __init__(self, file: BinaryIO, key: bytes, header: bytes) -> None:
        self._file = file
        self._cipher = AESGCM(key)
        self._name = header[: len(MAGIC) + NAME_BYTES]
        self._number = 0
        self._waiting = bytearray()
        file.write(header)

    def write(self, data: bytes) -> None:
        """Seal every piece that is full; one more byte must be there before a piece is known not to be the last."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def close(self) -> None:
        """Seal the rest as the last piece."""
        self._put(bytes(self._waiting), last=True)

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, self._name))
        self._number += 1


class SealedReader(io.RawIOBase):
    """The plain bytes of a sealed file, to read and seek in; one piece is opened at a time."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        super().__init__()
        self._file = file
        self._cipher = AESGCM(key)
        file.seek(0)
        self._name = file.read(HEADER_BYTES)[: len(MAGIC) + NAME_BYTES]
        self.size = plain_size(file.seek(0, os.SEEK_END))
        if self.size < 0:
            raise SealBroken("the file is shorter than its seal")
        self._last = max(0, (self.size - 1) // PIECE)
        self._at = 0
        self._open = (-1, b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The place in the plain bytes."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As files do."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Up to a piece's rest.

        Raises:
            SealBroken: the bytes were touched.
        """
        if self._at >= self.size:
            return 0
        number, offset = divmod(self._at, PIECE)
        piece = self._piece(number)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the file below, too."""
        if not self.closed:
            self._file.close()
        super().close()

    def _piece(self, number: int) -> bytes:
        if self._open[0] != number:
            self._file.seek(HEADER_BYTES + number * (PIECE + TAG))
            sealed = self._file.read(PIECE + TAG)
            try:
                plain = self._cipher.decrypt(_nonce(number, last=number == self._last), sealed, self._name)
            except InvalidTag as error:
                raise SealBroken("the stored bytes were changed since they were sealed") from error
            self._open = (number, plain)
        return self._open[1]


def open_sealed(file: BinaryIO, key: bytes) -> BinaryIO:
    """A buffered reader of the plain bytes."""
    return io.BufferedReader(SealedReader(file, key), PIECE)
