"""Takes due ticks and does their chores; several processes run this, each due moment is taken by one.

Invariant: after the database was away, and after the clock leapt ahead, nothing is reaped for one lease, so that living
owners can beat first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from service.domain.errors import ServiceError
from service.domain.ports import Clock, UnitOfWorkFactory
from service.domain.stages import LEASE
from service.usecases.operations.keep_house import Chore

log = structlog.get_logger(__name__)

ASKS_PER_PERIOD = 5
AFTER_OUTAGE = frozenset({"reap"})
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

    def step(self, *, steady_s: float | None = None) -> int:
        """Do every chore whose moment has come and that no other process has taken; how many were done.

        Args:
            steady_s: seconds of service time by a clock that nobody sets and that stands still while the machine
                sleeps; where the other clock leaps ahead of it, nothing is reaped for one lease.
        """
        if steady_s is not None:
            self._notice_a_leap(timedelta(seconds=steady_s))
        return sum(self._do(chore) for chore in self._chores)

    def _notice_a_leap(self, steady: timedelta) -> None:
        now = self._clock.now()
        began = now - steady  # when the steady clock began, which moves only when the other clock is set
        if self._began is not None and began - self._began > LEAP:
            log.warning("clock_leapt", seconds=round((began - self._began).total_seconds()))
            self._trusted_from = now + LEASE
        self._began = began

    def _do(self, chore: Chore) -> bool:
        name, every, work = chore
        try:
            if not self._take(chore):
                return False
            work()
        except ServiceError as error:
            log.warning("chore_failed", chore=name, code=error.code)
            if error.category == "transient":
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
            return tx.ticks.take(name, every, now)
