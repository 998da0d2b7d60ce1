"""Analyses that were opened and read a moment ago: a briefing, its check-in and the talk after it read the same visits.

To open one costs ten times what is then done with it. Invariant: what is found was read from the very text that is
stored now, for this tenant and visit, so that nothing erased, struck out or written anew is ever served from here; and
nothing stays longer than two minutes, or when too many come after it.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from nlp.types import Analysis

KEPT = 64  # some 15 MB: a talk of 120 turns takes 0.2
KEPT_S = 120.0
Place = tuple[str, str, bytes]


class OpenedAnalyses:
    """A few analyses by their tenant, visit and stored text; safe to share between threads."""

    def __init__(self, *, kept: int = KEPT, clock: Callable[[], float] = time.monotonic) -> None:
        """With `clock` in seconds that only go forward."""
        self._kept = kept
        self._clock = clock
        self._found: OrderedDict[Place, tuple[float, Analysis]] = OrderedDict()
        self._lock = Lock()

    def of(self, tenant_id: str, visit_id: str, stored: str, read: Callable[[], Analysis]) -> Analysis:
        """The analysis whose stored text this is; `read` where it was not read a moment ago."""
        place = (tenant_id, visit_id, hashlib.blake2b(stored.encode(), digest_size=16).digest())
        now = self._clock()
        with self._lock:
            self._drop(now)
            known = self._found.get(place)
        if known is not None:
            return known[1]
        analysis = read()
        with self._lock:
            self._found[place] = (now, analysis)
        return analysis

    def _drop(self, now: float) -> None:
        """Forget what is too old, the oldest first, and what is too much."""
        while self._found:
            read_at, _ = next(iter(self._found.values()))
            if now - read_at < KEPT_S and len(self._found) < self._kept:
                return
            self._found.popitem(last=False)
