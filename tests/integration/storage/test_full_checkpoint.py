"""A disk that is full when a window is to be kept: the window is done again once there is room, those before it not."""

import random
from typing import Any

from service.domain.ports import StageResult, Supervisor, UnitOfWorkFactory
from service.domain.stages import StageRun
from service.runner.runner import Runner
from service.storage.engine import make_engine
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.visits.advance_visit import Advance
from tests.support.builders import TENANT, a_recording, a_run, a_visit, an_id
from tests.support.failing_disk import limited_database
from tests.support.fakes import FakeClock, FakeDoorbell, FakeIds
from tests.support.seal import SEAL

WINDOWS = ("0", "1", "2")
NEEDS_PAGES = random.Random(3).randbytes(100_000).hex()


def run_in(uow: UnitOfWorkFactory) -> StageRun:
    with uow(write=False) as tx:
        run = tx.runs.get(TENANT, an_id("run"))
    assert run is not None
    return run


def test_windows_that_were_kept_are_not_repeated_after_the_disk_was_full(sqlite_url: str) -> None:
    engine, clock, ids = make_engine(sqlite_url), FakeClock(), FakeIds(1_000)
    uow = make_unit_of_work(engine, ids=ids, secret_keys=[SEAL])
    heard: list[tuple[int, str]] = []

    with limited_database(engine) as allow:

        def transcribe(run: StageRun, supervisor: Supervisor) -> StageResult:
            for window in WINDOWS:
                if window in supervisor.done:
                    continue
                if (run.attempt, window) == (1, "1"):
                    allow(1)
                heard.append((run.attempt, window))
                supervisor.checkpoint(window, {"said": NEEDS_PAGES})
            return StageResult({"of": run.stage}, lambda _: None)

        handlers: dict[Any, Any] = {"transcribe": transcribe}
        runner = Runner(uow=uow, handlers=handlers, clock=clock, advance=Advance(clock, ids, FakeDoorbell()),
                        owner="me", slots={"asr": 1})  # fmt: skip
        with uow() as tx:
            tx.visits.add(a_visit())
            tx.recordings.add(a_recording())
            tx.runs.enqueue(a_run(1, "transcribe"))

        assert runner.step("asr")
        waiting = run_in(uow)
        allow(None)
        clock.forward(seconds=3)
        assert runner.step("asr")

    ended = run_in(uow)
    with uow(write=False) as tx:
        kept = tx.runs.checkpoints(ended.id)
    engine.dispose()
    assert (waiting.state, waiting.error_code, waiting.crash_count) == ("queued", "storage_full", 0)
    assert heard == [(1, "0"), (1, "1"), (2, "1"), (2, "2")]
    assert (ended.state, ended.attempt, ended.crash_count) == ("succeeded", 2, 0)
    assert {window: kept[window]["said"] == NEEDS_PAGES for window in kept} == dict.fromkeys(WINDOWS, True)
