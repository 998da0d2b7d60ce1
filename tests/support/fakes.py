"""Fakes of the ports, each held to the contract suite of its real twin; used instead of mocks."""

import hashlib
import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from service.domain.delivery.deliveries import Attempt, Endpoint
from service.domain.errors import NotFound, TooLarge
from service.domain.stages import Queue
from tests.support.memory import MemoryDatabase

__all__ = ["FakeClock", "FakeDoorbell", "FakeIds", "FakeSender", "FolderBlobStore", "MemoryDatabase"]

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Stands still until told to move."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, **duration: float) -> datetime:
        self.at += timedelta(**duration)
        return self.at


@dataclass
class FakeIds:
    """`<prefix>_<32 hex>`, counting up."""

    count: int = 0

    def new(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count:032x}"

    def secret(self, n_bytes: int) -> bytes:
        self.count += 1
        return hashlib.shake_256(str(self.count).encode()).digest(n_bytes)


@dataclass
class FakeDoorbell:
    """Remembers who was rung for."""

    rings: list[tuple[Queue, str]] = field(default_factory=list)

    def ring(self, queue: Queue, run_id: str) -> None:
        self.rings.append((queue, run_id))


@dataclass
class FakeSender:
    """Answers each send with the next of `answers` (the last one repeats) and remembers what was sent."""

    answers: list[tuple[int | None, str, int | None]] = field(default_factory=lambda: [(200, "", None)])
    sent: list[tuple[str, str, bytes, int]] = field(default_factory=list)

    def send(
        self, endpoint: Endpoint, event_id: str, body: bytes, *, delivery_id: str, number: int, now: datetime
    ) -> Attempt:
        status, error, retry_after_s = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.sent.append((endpoint.id, event_id, body, number))
        return Attempt(delivery_id, number, now, status, error, latency_ms=3, retry_after_s=retry_after_s)


class FolderBlobStore:
    """Blobs as files in a folder, without durability."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def write(self, tenant_id: str, chunks: Iterator[bytes], *, limit: int) -> tuple[str, str, int]:
        data = bytearray()
        for chunk in chunks:
            data += chunk
            if len(data) > limit:
                raise TooLarge(f"a recording may have {limit} bytes at most", code="recording_too_large")
        key = f"{tenant_id}/{next(self._numbers):032x}"
        (self._folder / tenant_id).mkdir(parents=True, exist_ok=True)
        (self._folder / key).write_bytes(data)
        return key, hashlib.sha256(data).hexdigest(), len(data)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        yield self._path(key)

    def open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def _path(self, key: str) -> Path:
        path = self._folder / key
        if not path.is_file():
            raise NotFound("these bytes were erased", code="blob_erased")
        return path

    def is_sealed(self, key: str) -> bool:
        del key
        return False

    def delete(self, key: str) -> None:
        (self._folder / key).unlink(missing_ok=True)

    def work_dir(self, run_key: str) -> Path:
        path = self._folder / "work" / run_key
        path.mkdir(parents=True, exist_ok=True)
        return path

    def work_key(self, key: str) -> bytes:
        self._path(key)
        return b""

    def drop_work_dir(self, run_key: str) -> None:
        shutil.rmtree(self._folder / "work" / run_key, ignore_errors=True)
