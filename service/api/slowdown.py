"""Slows down whoever guesses: failures are counted per address and minute, in this process."""

import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

from service.domain.errors import TooManyRequests

WINDOW_S = 60
REMEMBERED = 10_000


@dataclass(slots=True)
class Slowdown:
    """Refuses an address after too many failures within a minute."""

    failures_per_minute: int = 10
    _failures: dict[str, deque[float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def count_failure(self, client: str) -> None:
        """Note one failure of `client`.

        Raises:
            TooManyRequests: there were more than `failures_per_minute` within the last minute.
        """
        now = time.monotonic()
        with self._lock:
            if len(self._failures) > REMEMBERED:
                self._failures.clear()
            recent = self._failures.setdefault(client, deque(maxlen=self.failures_per_minute + 1))
            while recent and now - recent[0] > WINDOW_S:
                recent.popleft()
            recent.append(now)
            too_many = len(recent) > self.failures_per_minute
        if too_many:
            raise TooManyRequests("too many requests without a valid key", retry_after_s=WINDOW_S)
