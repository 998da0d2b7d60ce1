"""A disk under SQLite that takes no byte beyond a place: the kernel refuses the write, as it does on a failing disk.

A limit on file sizes stands in for the broken disk (EFBIG in place of EIO): SQLite calls both "disk I/O error". It
holds for the whole process, so each trial has one of its own.
"""

import multiprocessing
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 120.0


@contextmanager
def writable_below(size: int) -> Iterator[None]:
    """In this process, writes at or beyond `size` bytes of any file fail for the length of the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def in_own_process(trial: Callable[..., Any], *args: Any) -> Any:
    """What `trial` gives, run in a process that nobody else writes in.

    Raises:
        RuntimeError: it failed, with what it said.
    """
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()
    child = context.Process(target=_tell, args=(told, trial, args), daemon=True)
    child.start()
    child.join(PATIENCE_S)
    if told.empty():
        raise RuntimeError(f"the trial said nothing, exit code {child.exitcode}")
    found, fault = told.get()
    if fault:
        raise RuntimeError(fault)
    return found


def _tell(told: Any, trial: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        told.put((trial(*args), ""))
    except BaseException as error:  # noqa: BLE001  whatever it was is told where the test runs
        told.put((None, repr(error)))
