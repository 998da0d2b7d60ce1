"""A runner over fakes: nothing here touches disk, clock or socket."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from service.domain.ports import StageHandlers, StageResult, Supervisor, UnitOfWork
from service.domain.speech.recording import Recording
from service.domain.stages import CHAIN, Queue, Stage, StageRun
from service.runner.pace import Pace
from service.runner.runner import Runner
from service.usecases.operations.keep_house import Housekeeping
from service.usecases.visits.advance_visit import Advance
from tests.support.builders import TENANT, a_recording, a_run, a_visit, an_id
from tests.support.fakes import FakeClock, FakeDoorbell, FakeIds, MemoryDatabase

Work = Callable[..., StageResult]
FAST = Pace(heartbeat_s=0.01, stop_grace_s=2.2, poll_s=0.01, tick_s=0.01, relay_poll_s=0.01)


def ends(output: Mapping[str, Any] | None = None) -> Work:
    """A handler that succeeds."""

    def work(run: StageRun, _: Supervisor) -> StageResult:
        return StageResult(output or {"of": run.stage}, lambda tx: None)

    return work


def raises(error: BaseException) -> Work:
    """A handler that fails."""

    def work(run: StageRun, _: Supervisor) -> StageResult:
        raise error

    return work


@dataclass
class House:
    """All parts of a runner's world, to look at."""

    clock: FakeClock = field(default_factory=FakeClock)
    ids: FakeIds = field(default_factory=lambda: FakeIds(1000))
    bell: FakeDoorbell = field(default_factory=FakeDoorbell)
    models: dict[str, Callable[[], bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.database = MemoryDatabase(self.ids)
        self.advance = Advance(self.clock, self.ids, self.bell)
        self.keeping = Housekeeping(self.database, self.clock, self.bell, self.advance, self.models)

    def runner(
        self, handlers: StageHandlers | None = None, pace: Pace = FAST, slots: dict[Queue, int] | None = None
    ) -> Runner:
        given: dict[Stage, Work] = {stage: ends() for stage in CHAIN}
        given.update(handlers or {})
        return Runner(
            uow=self.database,
            handlers=given,
            clock=self.clock,
            advance=self.advance,
            owner="me",
            slots=slots or {"fast": 1, "asr": 1, "llm": 1, "io": 1},
            pace=pace,
        )

    def accept(self, stage: Stage = "decode", number: int = 1, **changes: Any) -> StageRun:
        """A visit with a recording whose first stage is queued."""
        with self.database() as tx:
            if tx.visits.get(TENANT, an_id("vis")) is None:
                tx.visits.add(a_visit())
                tx.recordings.add(a_recording())
            return tx.runs.enqueue(a_run(number, stage, **changes))

    def run(self, number: int = 1) -> StageRun:
        return self.database.state.runs[an_id("run", number)]

    def recording(self) -> Recording:
        return self.database.state.recordings[an_id("rec")]

    def event_types(self) -> list[str]:
        return [event.type for event in self.database.state.events.values()]

    def lose_lease(self, tx: UnitOfWork | None = None) -> None:
        """As if this process had been suspended for two minutes and another had reaped its runs."""
        del tx
        with self.database() as other:
            other.runs.reap(self.clock.now() + timedelta(minutes=2))


@pytest.fixture
def house() -> House:
    return House()
