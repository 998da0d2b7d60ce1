"""New identifiers that sort by time of creation and cannot be guessed."""

import secrets
import threading

from service.domain.ports import Clock


class SortableIds:
    """`<prefix>_<32 hex>`: 48 bits of milliseconds, then 80 bits that count up from a random start within one.

    Source: the layout of RFC 9562 version 7 with its monotonic random method, without version bits.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def new(self, prefix: str) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        with self._lock:
            fresh = (milliseconds << 80) | secrets.randbits(79)
            # In the same millisecond, or after the clock went back: a random step on, so that order holds.
            self._last = fresh if fresh >> 80 > self._last >> 80 else self._last + 1 + secrets.randbits(64)
            value = self._last
        return f"{prefix}_{value:032x}"

    def secret(self, n_bytes: int) -> bytes:
        return secrets.token_bytes(n_bytes)
