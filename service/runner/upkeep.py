"""Takes due ticks and does their chores; several processes and threads run this, each due moment is taken by one.

Invariant: after the database was away, and after the clock leapt ahead, nothing is reaped for one lease, so that living
owners can beat first.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from service.domain.errors import ServiceError
from service.domain.ports import Clock, UnitOfWorkFactory
from service.domain.stages import LEASE
from service.usecases.operations.keep_house import Chore

log = structlog.get_logger(__name__)

ASKS_PER_PERIOD = 5
AFTER_OUTAGE = frozenset({"reap"})
OUTAGES = frozenset({"database_unavailable", "database_busy"})  # a bucket that is away keeps no owner from beating
LEAP = timedelta(seconds=10)  # a machine that slept, or a clock that was set: leases ran out while nobody could beat


class Upkeep:
    """The ticks of this process."""

    def __init__(self, *, uow: UnitOfWorkFactory, clock: Clock, chores: Sequence[Chore]) -> None:
        self._uow = uow
        self._clock = clock
        self._chores = list(chores)
        self._trusted_from: datetime | None = None
        self._asked_at: dict[str, datetime] = {}
        self._began: datetime | None = None
        self._at_work: set[str] = set()
        self._lock = threading.Lock()

    def step(self, *, steady: Callable[[], float] | None = None) -> int:
        """Do every chore whose moment has come and that nobody else has taken; how many were done.

        A chore that takes long, as one that waits for a bucket does, holds up the thread that does it and no other.

        Args:
            steady: seconds of a clock that nobody sets and that stands still while the machine sleeps; where the other
                clock leaps ahead of it, nothing is reaped for one lease.
        """
        if steady is not None:
            self._notice_a_leap(steady)
        return sum(self._do(chore) for chore in self._chores)

    def _notice_a_leap(self, steady: Callable[[], float]) -> None:
        now = self._clock.now()
        began = now - timedelta(seconds=steady())  # that clock, in the time of the other: moves when the other is set
        with self._lock:
            before, self._began = self._began or began, began
        if began - before > LEAP:
            log.warning("clock_leapt", seconds=round((began - before).total_seconds()))
            self._trusted_from = now + LEASE

    def _do(self, chore: Chore) -> bool:
        name = chore[0]
        with self._lock:
            if name in self._at_work:
                return False  # by another thread of this process, longer than its period
            self._at_work.add(name)
        try:
            return self._done(chore)
        finally:
            with self._lock:
                self._at_work.discard(name)

    def _done(self, chore: Chore) -> bool:
        name, every, work = chore
        try:
            if not self._take(chore):
                return False
            work()
        except ServiceError as error:
            log.warning("chore_failed", chore=name, code=error.code)
            if error.code in OUTAGES:
                self._trusted_from = self._clock.now() + LEASE
            return False
        except Exception:
            log.exception("chore_broke", chore=name, every_s=every.total_seconds())
            return False
        return True

    def _take(self, chore: Chore) -> bool:
        name, every, _ = chore
        now = self._clock.now()
        if name in AFTER_OUTAGE and self._trusted_from is not None and now < self._trusted_from:
            return False
        asked_at = self._asked_at.get(name)
        if asked_at is not None and asked_at <= now < asked_at + every / ASKS_PER_PERIOD:
            return False  # a look costs a write transaction; being a little late costs nothing
        self._asked_at[name] = now
        with self._uow() as tx:
            return tx.ticks.take(name, every, self._clock.now)
