"""Any order of claims, beats, reaps, ends and cancels keeps one live owner and one end per run.

The same steps are done on the fake and on SQLite; both must answer alike at every step.
"""

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.domain.ports import Runs
from service.domain.stages import FINAL, MAX_CRASHES, StageRun
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from tests.support.builders import TENANT, a_run, an_id
from tests.support.fakes import NOON, FakeIds, MemoryDatabase
from tests.support.seal import SEAL

NUMBERS = st.integers(1, 3)
OWNERS = st.sampled_from(["ann", "bob"])


class Queue(RuleBasedStateMachine):
    """Two owners, three runs, a clock; each owner remembers the fences it was given, also stale ones."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.engine = make_engine(f"sqlite:///{self.folder / 'machine.db'}")
        upgrade(self.engine)
        self.stores = [
            MemoryDatabase(FakeIds()),
            make_unit_of_work(self.engine, ids=FakeIds(), secret_keys=[SEAL]),
        ]
        self.now: datetime = NOON
        self.tickets: dict[str, list[StageRun]] = {"ann": [], "bob": []}
        self.fences: dict[str, int] = {}
        self.ended: dict[str, str] = {}

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)

    def both(self, action: Callable[[Runs], Any]) -> Any:
        answers = []
        for store in self.stores:
            with store() as tx:
                answers.append(action(tx.runs))
        assert answers[0] == answers[1]
        return answers[0]

    @rule(number=NUMBERS)
    def enqueue(self, number: int) -> None:
        run = a_run(number, visit_id=an_id("vis", number), run_after=NOON)
        self.both(lambda runs: runs.enqueue(run, weight_s=60.0).id)

    @rule(owner=OWNERS)
    def claim(self, owner: str) -> None:
        run = self.both(lambda runs: _without_jitter(runs.claim("asr", owner, self.now)))
        if run is not None:
            assert run.fence > self.fences.get(run.id, 0), "every claim has a new fence"
            assert run.id not in self.ended, "what has ended is not claimed"
            self.fences[run.id] = run.fence
            self.tickets[owner].append(run)

    @rule(owner=OWNERS, which=st.integers(0, 20))
    def beat(self, owner: str, which: int) -> None:
        self.write(owner, which, lambda runs, run: runs.beat(run.id, run.fence, self.now))

    @rule(owner=OWNERS, which=st.integers(0, 20))
    def finish(self, owner: str, which: int) -> None:
        self.end(owner, which, "succeeded", lambda runs, run: runs.finish(run.id, run.fence, {"by": owner}))

    @rule(owner=OWNERS, which=st.integers(0, 20))
    def fail(self, owner: str, which: int) -> None:
        self.end(
            owner, which, "failed", lambda runs, run: runs.fail(run.id, run.fence, code="x", detail="", run_after=None)
        )

    @rule(owner=OWNERS, which=st.integers(0, 20))
    def release(self, owner: str, which: int) -> None:
        self.write(owner, which, lambda runs, run: runs.release(run.id, run.fence, self.now))

    @rule(owner=OWNERS, which=st.integers(0, 20))
    def wait(self, owner: str, which: int) -> None:
        self.write(owner, which, lambda runs, run: runs.wait(run.id, run.fence, code="model_missing", detail=""))

    @rule()
    def wake(self) -> None:
        self.both(lambda runs: sorted(run.id for run in runs.wake("model_missing", self.now)))

    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        self.both(lambda runs: runs.cancel(TENANT, an_id("vis", number)))
        for run in self.both(lambda runs: [_without_jitter(r) for r in runs.of_visit(TENANT, an_id("vis", number))]):
            if run.state == "cancelled":
                self.ended.setdefault(run.id, "cancelled")

    @rule(seconds=st.sampled_from([1, 30, 61, 90]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def reap(self) -> None:
        for run in self.both(
            lambda runs: sorted((_without_jitter(r) for r in runs.reap(self.now)), key=lambda r: r.id)
        ):
            if run.state == "quarantined":
                assert run.crash_count == MAX_CRASHES
                self.ended[run.id] = "quarantined"

    def write(self, owner: str, which: int, action: Callable[[Runs, StageRun], bool]) -> tuple[StageRun, bool] | None:
        tickets = self.tickets[owner]
        if not tickets:
            return None
        run = tickets[which % len(tickets)]
        written = self.both(lambda runs: action(runs, run))
        if written:
            assert run.fence == self.fences[run.id], "only the newest fence writes"
            assert run.id not in self.ended, "what has ended is not written to"
        return run, written

    def end(self, owner: str, which: int, state: str, action: Callable[[Runs, StageRun], bool]) -> None:
        done = self.write(owner, which, action)
        if done is not None and done[1]:
            assert done[0].id not in self.ended, "a run ends once"
            self.ended[done[0].id] = state

    @invariant()
    def ended_runs_stay_as_they_ended(self) -> None:
        for run_id, state in self.ended.items():
            run = self.both(lambda runs, run_id=run_id: _without_jitter(runs.get(TENANT, run_id)))
            assert run.state == state
            assert run.state in FINAL
            assert run.owner == ""


def _without_jitter(run: StageRun | None) -> StageRun | None:
    """`run_after` of a second crash is spread by SQL and not by the fake; nothing else may differ."""
    return None if run is None else StageRun(**{**_fields(run), "run_after": NOON})


def _fields(run: StageRun) -> dict[str, Any]:
    return {name: getattr(run, name) for name in StageRun.__slots__}


Queue.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestQueue = Queue.TestCase
