"""Sound on a disk for as long as some work needs it: sealed under the work's key, which no file holds.

The key goes to the children with their requests. Every file has a key of its own, drawn from the work's by the file's
random name, so that a window that is written anew never meets the nonces of the one before. Invariant: with a key,
nothing plain is ever written, and what is not sealed by it does not open; without one, files are samples and no more.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from nlp.asr.audio import AudioWindow, FloatArray, PcmArray, load_window, to_float
from service.adapters.sealing import (
    HEADER_BYTES,
    MAGIC,
    NAME_BYTES,
    SealBroken,
    SealedWriter,
    bare_header,
    drawn_key,
    open_sealed,
    plain_size,
)

KEY_BYTES = 32


class Writes(Protocol):
    """Something that takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Take them."""
        ...


def new_work_key() -> bytes:
    """A key for work that ends with this process, or before."""
    return secrets.token_bytes(KEY_BYTES)


@contextmanager
def written(file: BinaryIO, key: bytes) -> Iterator[Writes]:
    """Where the plain bytes of `file` go; it is whole when the block has ended."""
    if not key:
        yield file
        return
    header = bare_header()
    sealing = SealedWriter(file, _file_key(header, key), header)
    yield sealing
    sealing.close()


def opened(file: BinaryIO, key: bytes) -> BinaryIO:
    """The plain bytes of `file`, from its start.

    Raises:
        SealBroken: it was not sealed by this key, or was touched since.
    """
    return open_sealed(file, _file_key(file.read(HEADER_BYTES), key)) if key else file


def key_of_file(path: Path, key: bytes) -> bytes | None:
    """The key that opens one file, for a child that is to read it; None where files lie open."""
    with path.open("rb") as file:
        return _file_key(file.read(HEADER_BYTES), key) if key else None


def size_of(path: Path, key: bytes) -> int:
    """How many plain bytes the file holds."""
    size = path.stat().st_size
    return plain_size(size) if key else size


def put_samples(file: BinaryIO, samples: PcmArray, key: bytes) -> None:
    """Write samples of one channel as s16le."""
    with written(file, key) as target:
        target.write(np.ascontiguousarray(samples, dtype="<i2").tobytes())


def get_samples(file: BinaryIO, key: bytes) -> PcmArray:
    """All samples of one channel; SealBroken as `opened`."""
    with opened(file, key) as plain:
        return np.frombuffer(plain.read(), dtype="<i2")


def read_window(directory: Path, window: AudioWindow, channel: int, *, key: bytes) -> FloatArray:
    """Samples of one channel of one window, as `load_window` gives them, whether they are sealed or not.

    Raises:
        FileNotFoundError: the window was removed. SealBroken: as `opened`.
    """
    if not key:
        return load_window(directory, window, channel)
    with (directory / window.files[channel]).open("rb") as file:
        return to_float(get_samples(file, key))


def _file_key(header: bytes, key: bytes) -> bytes:
    if not header.startswith(MAGIC):
        raise SealBroken("this file of the work was not sealed by it")
    return drawn_key(key, header[len(MAGIC) : len(MAGIC) + NAME_BYTES])
