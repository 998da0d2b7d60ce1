"""A disk that refuses the n-th write below a folder: what Python writes, flushes, syncs, makes or moves there.

What SQLite writes does not pass here: its own limits stand in for that (`limited_database`).
"""

import builtins
import io
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, Engine, event

UNLIMITED = 1_073_741_823
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class FailingDisk:
    """Counts writes below `folder`; from the `at`-th on they fail with `number`, or that one alone.

    A write that fails leaves half of its bytes behind, as a disk does that fills up in between.
    """

    def __init__(self, folder: Path, *, at: int, number: int, lasting: bool) -> None:
        self.writes = 0
        self.failed = 0
        self._folder = str(folder.resolve())
        self._at, self._number, self._lasting = at, number, lasting

    @contextmanager
    def failing(self) -> Iterator[Self]:
        """For the length of the block, in all threads of this process."""
        whole_open = io.open
        with ExitStack() as stack:

            def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
                writes = not set(mode).isdisjoint("wxa+")
                if writes and not isinstance(file, int) and not set(mode).isdisjoint("wxa"):
                    self._count(file)
                made = whole_open(file, mode, *rest, **named)
                return _Watched(made, self._count) if writes and self._below(made.fileno()) else made

            stack.enter_context(patch.object(io, "open", opened))
            stack.enter_context(patch.object(builtins, "open", opened))
            for name in ("rename", "replace", "mkdir", "truncate", "fsync"):
                stack.enter_context(patch.object(os, name, self._counted(getattr(os, name))))
            plain = os.open
            stack.enter_context(patch.object(os, "open", self._counted_open(plain)))
            yield self

    def _below(self, place: Any) -> bool:
        if isinstance(place, int):
            try:
                place = Path(f"/proc/self/fd/{place}").readlink()
            except OSError:
                return False
        return str(place).startswith(self._folder)

    def _count(self, place: Any, torn: Callable[[], object] = lambda: None) -> None:
        if not self._below(place):
            return
        self.writes += 1
        if self.writes == self._at or (self._lasting and self.writes > self._at):
            self.failed += 1
            torn()
            raise OSError(self._number, os.strerror(self._number))

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(place: Any, *rest: Any, **named: Any) -> Any:
            self._count(place)
            return real(place, *rest, **named)

        return call

    def _counted_open(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(place: Any, flags: int, *rest: Any, **named: Any) -> int:
            if flags & WRITES:
                self._count(place)
            return real(place, flags, *rest, **named)

        return call


class _Watched:
    """A file whose writes and flushes are counted."""

    def __init__(self, file: Any, count: Callable[..., None]) -> None:
        self._file, self._count = file, count

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __iter__(self) -> Any:
        return iter(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: Any) -> int:
        self._count(self._file.fileno(), lambda: self._file.write(data[: len(data) // 2]))
        return int(self._file.write(data))

    def flush(self) -> None:
        self._count(self._file.fileno())
        self._file.flush()


@contextmanager
def limited_database(engine: Engine) -> Iterator[Callable[[int | None], None]]:
    """A call that lets a SQLite database grow by so many pages and no further, None for as far as it likes."""
    limit = UNLIMITED

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={limit}")

    def allow(pages: int | None) -> None:
        nonlocal limit
        with engine.connect() as connection:
            now = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        limit = UNLIMITED if pages is None else now + pages

    event.listen(engine, "begin", on_begin)
    try:
        yield allow
    finally:
        event.remove(engine, "begin", on_begin)
        engine.dispose()


@contextmanager
def small_disk(folder: Path, *, mebibytes: int) -> Iterator[Path]:
    """A file system in memory of so many MiB; the test is left out where nobody may mount one."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
