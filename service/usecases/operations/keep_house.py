"""Periodic work: what a dead process left, what nobody heard, what has waited for a model, what is too old.

Each function is one chore, does its work in short transactions and may run twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from service.domain.ports import Clock, Doorbell, UnitOfWorkFactory
from service.domain.run_office import CANARY_REST
from service.domain.stages import REAP_EVERY
from service.usecases.visits.advance_visit import Advance

UNHEARD_AFTER = timedelta(seconds=10)
RINGS_PER_TICK = 100
ANSWERS_KEPT = timedelta(hours=72)

ModelReady = Callable[[], bool]
"""Whether the model that a code of ModelMissing stands for is there now."""


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """The chores of the queue, over the ports they need."""

    uow: UnitOfWorkFactory
    clock: Clock
    doorbell: Doorbell
    advance: Advance
    models: Mapping[str, ModelReady]

    def reap(self) -> int:
        """Runs whose owner vanished: counted as crashed, queued again or quarantined."""
        with self.uow() as tx:
            reaped = tx.runs.reap(self.clock.now())
            for run in reaped:
                self.advance.after_crash(tx, run)
        return len(reaped)

    def bring_forward(self) -> int:
        """What waits only because the clock was set back since it was written."""
        with self.uow() as tx:
            now = self.clock.now()
            return tx.runs.bring_forward(now) + tx.deliveries.bring_forward(now)

    def ring_again(self) -> int:
        """Ring for runs that are due and were not picked up: the ring may have been lost."""
        with self.uow(write=False) as tx:
            overdue = tx.runs.overdue(self.clock.now(), UNHEARD_AFTER, RINGS_PER_TICK)
        for run in overdue:
            self.doorbell.ring(run.queue, run.id)
        return len(overdue)

    def wake_waiting(self) -> int:
        """Runs that wait for a model which has appeared go on."""
        woken = 0
        for code, ready in self.models.items():
            if not ready():
                continue
            with self.uow() as tx:
                runs = tx.runs.wake(code, self.clock.now())
                for run in runs:
                    self.advance.woken(tx, run)
            woken += len(runs)
        return woken

    def plant_canaries(self) -> int:
        """A run that does nothing in every queue: that it is finished proves that the queue moves."""
        with self.uow() as tx:
            return tx.office.plant_canaries(self.clock.now())

    def forget_answers(self) -> int:
        """Idempotent answers older than 72 hours, and links and sessions of the console that have expired."""
        with self.uow() as tx:
            now = self.clock.now()
            return tx.idempotency.sweep(now - ANSWERS_KEPT) + tx.sessions.sweep(now)  # links and sessions that ended


Chore = tuple[str, timedelta, Callable[[], object]]
"""Name (of the tick's row), period, work."""


def chores_of(house: Housekeeping) -> list[Chore]:
    """The queue's chores with their periods; bootstrap adds those of other parts."""
    return [
        ("reap", REAP_EVERY, house.reap),
        ("ring_again", REAP_EVERY, house.ring_again),
        ("bring_forward", timedelta(minutes=1), house.bring_forward),
        ("wake_waiting", timedelta(seconds=15), house.wake_waiting),
        ("plant_canaries", CANARY_REST, house.plant_canaries),
        ("forget_answers", timedelta(hours=1), house.forget_answers),
    ]
