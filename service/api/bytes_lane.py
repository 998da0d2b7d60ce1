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
_LANE: RunVar[CapacityLimiter] = RunVar("bytes_lane")


async def in_bytes_lane(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `function` gives, once a thread of the lane is free."""
    return await to_thread.run_sync(partial(function, *args, **kwargs), limiter=_lane())


async def each_in_bytes_lane(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, each waited for in the lane: who listens slowly holds no thread between two of them."""
    while (piece := await in_bytes_lane(next, pieces, None)) is not None:
        yield piece


def _lane() -> CapacityLimiter:
    try:
        return _LANE.get()
    except LookupError:
        lane = CapacityLimiter(AT_ONCE)
        _LANE.set(lane)
        return lane
