"""Threads of their own number for what waits for the storage of recordings, be it a disk or somebody's bucket.

Invariant: however slow that is, and however many send and listen, the other threads go on answering everybody else.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

AT_ONCE = 16  # of 40 threads that the framework has for everything else

P = ParamSpec("P")
T = TypeVar("T")
_LIMITER: RunVar[CapacityLimiter] = RunVar("storage_threads")


async def in_storage_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `function` gives, once one of these threads is free."""
    return await to_thread.run_sync(partial(function, *args, **kwargs), limiter=_limiter())


async def each_in_storage_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each waited for in one of these threads: who listens slowly holds no thread between two of them."""
    while (piece := await in_storage_thread(next, pieces, None)) is not None:
        yield piece


def _limiter() -> CapacityLimiter:
    try:
        return _LIMITER.get()
    except LookupError:
        limiter = CapacityLimiter(AT_ONCE)
        _LIMITER.set(limiter)
        return limiter
