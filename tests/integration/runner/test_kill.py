"""Runner processes killed at every stage boundary, in three profiles: every recording is finished, once."""

import os
import signal
import time
from collections import Counter
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service.adapters.clock import SystemClock
from service.domain.errors import Unavailable
from service.domain.ports import UnitOfWorkFactory
from service.domain.records import Page
from service.domain.stages import QUEUE_OF, StageRun
from tests.integration.conftest import Profile
from tests.support.builders import TENANT, a_recording, a_run, a_visit, an_endpoint, an_id
from tests.support.runner_program import POINTS, Crew, Program, wait_for

STAGES = ("decode", "transcribe", "turns", "analyse", "coach")
SCALE = 25.0  # a lease of 60 s lasts 2.4 s


def accept(uow: UnitOfWorkFactory, number: int, program: Program) -> str:
    """As the API does it: visit, recording and first stage in one transaction."""
    now = program.clock().now()
    visit, recording = an_id("vis", number), an_id("rec", number)
    with uow() as tx:
        tx.visits.add(a_visit(number))
        tx.recordings.add(a_recording(number, visit_id=visit))
        tx.runs.enqueue(a_run(number, visit_id=visit, recording_id=recording, run_after=now))
    return recording


def program_for(profile: Profile, folder: Path, **changes: Any) -> Program:
    # With a broker the rings must do it: looking is too rare to help.
    poll_s = changes.pop("poll_s", 15.0 if profile.broker_url is None else 1500.0)
    return Program(
        url=profile.url,
        folder=folder,
        epoch=SystemClock().now(),
        scale=SCALE,
        queues=("asr", "fast"),
        broker_url=profile.broker_url,
        prefix=profile.prefix,
        poll_s=poll_s,
        **changes,
    )


def runs_of(uow: UnitOfWorkFactory, number: int) -> list[StageRun]:
    with uow(write=False) as tx:
        return tx.runs.of_visit(TENANT, an_id("vis", number))


def all_done(uow: UnitOfWorkFactory, numbers: range) -> bool:
    with uow(write=False) as tx:
        done = all(tx.recordings.get(TENANT, an_id("rec", n)).state == "done" for n in numbers)
        return done and all(d.state == "delivered" for d in tx.deliveries.page(TENANT, Page(100)))


def suspend(pid: int, profile: Profile, uow: UnitOfWorkFactory) -> int:
    """SIGSTOP outside a transaction: its locks would be suspended with it, until the database ends it after 30 s."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        # On a busy machine a thread runs on for a moment, long enough to begin a transaction after the look.
        assert wait_for(lambda: stands_still(pid), 30)
        if not in_transaction(profile, uow):
            return pid
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.01)


def stands_still(pid: int) -> bool:
    try:
        states = [t.read_text().rpartition(")")[2].split()[0] for t in Path(f"/proc/{pid}/task").glob("*/stat")]
    except OSError:  # a thread ended while it was looked at
        return False
    return set(states) == {"T"}


def in_transaction(profile: Profile, uow: UnitOfWorkFactory) -> bool:
    if profile.url.startswith("postgresql"):
        with psycopg.connect(profile.url) as connection:
            idle = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
            return connection.execute(idle).fetchone() is not None
    try:
        with uow():
            return False
    except Unavailable:
        return True


@pytest.mark.slow
def test_a_runner_killed_at_every_boundary_finishes_each_recording_once(
    profile: Profile, uow: UnitOfWorkFactory, tmp_path: Path
) -> None:
    numbers = range(1, len(POINTS) + 1)
    strikes = frozenset(
        (an_id("rec", n), stage, point) for (n, point), stage in product(zip(numbers, POINTS, strict=True), STAGES)
    )
    program = program_for(profile, tmp_path, strikes=strikes)
    # One process a queue: what dies with a strike is the run that the strike was meant for, and no other.
    crew = Crew([Program(**{**program.__dict__, "queues": (queue,)}) for queue in ("asr", "fast")])
    with uow() as tx:
        tx.endpoints.add(an_endpoint())
    for number in numbers:
        accept(uow, number, program)

    def all_struck() -> bool:
        crew.revive()  # who died after the last commit may be still dying when everything is done
        return crew.deaths == len(strikes)

    def finished() -> bool:
        crew.revive()
        return all_done(uow, numbers)

    try:
        assert wait_for(finished, 120), [(r.stage, r.state, r.crash_count) for n in numbers for r in runs_of(uow, n)]
        assert wait_for(all_struck, 30), crew.deaths
        codes = crew.stop()
    finally:
        crew.kill()

    assert codes == [0, 0]
    with uow(write=False) as tx:
        events = tx.events.after(TENANT, None, 1000)
    proofs = Counter((event.data["recording"], event.type) for event in events)
    assert len(proofs) == len(numbers) * len(STAGES)
    assert set(proofs.values()) == {1}
    for number in numbers:
        runs = runs_of(uow, number)
        assert sorted(run.stage for run in runs) == sorted(STAGES)
        assert {run.state for run in runs} == {"succeeded"}
    sent = Counter((tmp_path / "sent").read_text().split())
    assert set(sent) == {event.id for event in events if event.type == "visit.analyzed"}


def test_a_suspended_owner_that_wakes_up_late_changes_nothing(
    profile: Profile, uow: UnitOfWorkFactory, tmp_path: Path
) -> None:
    program = program_for(profile, tmp_path, blocked_stage="decode")
    crew = Crew([program])
    accept(uow, 1, program)
    successor = None
    try:
        assert wait_for((tmp_path / f"blocked-{an_id('run')}").exists, 30)
        suspended = suspend(crew.processes[0].pid, profile, uow)
        successor = Crew([program])
        assert wait_for(lambda: all_done(uow, range(1, 2)), 60)
        (tmp_path / "go").touch()
        os.kill(suspended, signal.SIGCONT)
        codes = crew.stop()
    finally:
        crew.kill()
        if successor is not None:
            successor.kill()

    assert codes == [0]
    with uow(write=False) as tx:
        events = Counter(event.type for event in tx.events.after(TENANT, None, 100))
    assert events == {f"proof.{stage}": 1 for stage in STAGES[:-1]} | {"visit.analyzed": 1}
    decode = next(run for run in runs_of(uow, 1) if run.stage == "decode")
    # A lease lasts 2.4 s here: on a busy machine the owner may have lost one before it was suspended, too.
    assert decode.crash_count >= 1
    assert decode.attempt == decode.fence == decode.crash_count + 1


def test_work_is_handed_back_when_the_process_is_asked_to_stop(
    profile: Profile, uow: UnitOfWorkFactory, tmp_path: Path
) -> None:
    program = program_for(profile, tmp_path, blocked_stage="decode")
    crew = Crew([program])
    accept(uow, 1, program)
    try:
        assert wait_for((tmp_path / f"blocked-{an_id('run')}").exists, 30)
        codes = crew.stop()
    finally:
        crew.kill()

    (run,) = runs_of(uow, 1)
    assert codes == [0]
    assert (run.state, run.attempt, run.crash_count) == ("queued", 0, 0)
    with uow() as tx:
        assert tx.runs.claim(QUEUE_OF["decode"], "successor", program.clock().now() + timedelta(seconds=1))
