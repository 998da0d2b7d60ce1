"""A real runner process with handlers that kill it where a test says; started, killed and started again by tests.

Invariant: each strike happens once: a marker file is made before the process dies, so its successor passes.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

import structlog

from nlp.errors import Cancelled
from service.adapters.clock import SystemClock
from service.adapters.doorbell import CeleryDoorbell, LocalDoorbell
from service.adapters.ids import SortableIds
from service.adapters.logs import configure_logging
from service.domain.delivery.deliveries import Attempt, Endpoint, Event
from service.domain.ports import Doorbell, StageResult, Supervisor, UnitOfWork
from service.domain.records import TranscriptRecord
from service.domain.stages import CANARY, CHAIN, Queue, StageRun
from service.runner.celery_app import make_celery, run_worker
from service.runner.pace import Pace
from service.runner.process import RunnerProcess
from service.runner.runner import Runner
from service.runner.upkeep import Upkeep
from service.storage.engine import make_engine
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.delivery.deliver_events import Deliverer
from service.usecases.operations.keep_house import Housekeeping, chores_of
from service.usecases.operations.run_canary import run_canary
from service.usecases.visits.advance_visit import Advance
from tests.support.builders import a_transcript
from tests.support.seal import SEAL

Point = Literal["claim", "start", "window", "work", "commit", "committed"]
POINTS: tuple[Point, ...] = ("claim", "start", "work", "commit", "committed")
Strike = tuple[str, str, Point]
"""Recording, stage, point."""


@dataclass(frozen=True)
class Program:
    """What one process serves, and where it dies."""

    url: str
    folder: Path
    epoch: datetime
    scale: float
    queues: tuple[Queue, ...]
    broker_url: str | None = None
    prefix: str = ""
    strikes: frozenset[Strike] = frozenset()
    blocked_stage: str = ""
    poll_s: float = 15.0
    celery: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the doorbell that a test wants otherwise, by Celery's names."""
    log_level: str = ""
    """The least important line that the process writes; empty: all, for people to read."""

    def clock(self) -> SystemClock:
        return SystemClock(scale=self.scale, epoch=self.epoch)

    def strike(self, run: StageRun, point: Point) -> None:
        """Kill this process here, if a test wants it and it has not happened yet."""
        strike = (run.recording_id or "", run.stage, point)
        if strike in self.strikes and first_time(self.folder / "-".join(strike)):
            os.kill(os.getpid(), signal.SIGKILL)


def first_time(marker: Path) -> bool:
    """Whether `marker` was made by this very call."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class AdvanceStruckAtClaim(Advance):
    """Dies inside the claiming transaction."""

    program: Program

    def begin(self, tx: UnitOfWork, run: StageRun) -> bool:
        begun = Advance.begin(self, tx, run)
        self.program.strike(run, "claim")
        return begun


@dataclass(frozen=True)
class ProofHandler:
    """Works a little, and leaves one event per stage as proof of each visible effect."""

    program: Program
    ids: SortableIds

    def __call__(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        program = self.program
        (program.folder / f"started-{run.id}-{run.fence}").touch()
        if "trace_id" in structlog.contextvars.get_contextvars():
            (program.folder / f"rung-{run.visit_id}").touch()
        program.strike(run, "start")
        supervisor.progress({"share": 1.0})  # less would be told, with the window's checkpoint
        supervisor.checkpoint("0", {"attempt": run.attempt, "before": len(supervisor.done)})
        program.strike(run, "work")
        if run.stage == program.blocked_stage and first_time(program.folder / f"blocked-{run.id}"):
            wait_for(lambda: (program.folder / "go").exists() or supervisor.should_stop(), 240)
            if supervisor.should_stop() and not (program.folder / "go").exists():
                raise Cancelled("told to stop")
        now = program.clock().now()

        def effects(tx: UnitOfWork) -> None:
            if run.stage == "turns":
                tx.transcripts.put(
                    TranscriptRecord(run.visit_id, run.tenant_id, 0, "asr", a_transcript(), now, {"run": run.id})
                )
            kind = "visit.analyzed" if run.stage == "coach" else f"proof.{run.stage}"
            sequence = tx.events.next_sequence(run.tenant_id, run.visit_id)
            data = {"recording": run.recording_id, "links": {}}
            tx.events.add(Event(self.ids.new("evt"), run.tenant_id, kind, now, run.visit_id, sequence, data))
            tx.after_commit(lambda: program.strike(run, "committed"))
            program.strike(run, "commit")

        return StageResult({"of": run.stage}, effects)


class CountingRunner(Runner):
    """Notes each ring that reaches the process, a line each in the file `rings`."""

    folder: Path

    def answer(self, queue: Queue, run_id: str | None = None) -> int:
        if run_id is not None:
            with (self.folder / "rings").open("a") as file:
                file.write(f"{run_id}\n")
        return super().answer(queue, run_id)


@dataclass(frozen=True)
class FileSender:
    """Appends what would be posted to a file."""

    path: Path

    def send(
        self, endpoint: Endpoint, event_id: str, body: bytes, *, delivery_id: str, number: int, now: datetime
    ) -> Attempt:
        del endpoint, body
        with self.path.open("a") as file:
            file.write(f"{event_id}\n")
        return Attempt(delivery_id, number, now, 200, "", 1)


def serve(program: Program) -> None:
    """Run until SIGTERM."""
    if program.log_level:
        configure_logging(program.log_level)
    engine = make_engine(program.url)
    clock = program.clock()
    ids = SortableIds(clock)
    uow = make_unit_of_work(engine, ids=ids, secret_keys=[SEAL])
    local = LocalDoorbell()
    app = make_celery(program.broker_url, prefix=program.prefix) if program.broker_url else None
    if app is not None:
        app.conf.update(program.celery)
    bell: Doorbell = local if app is None else CeleryDoorbell(app, prefix=program.prefix)
    advance = AdvanceStruckAtClaim(clock, ids, bell, program)
    owner = f"{os.uname().nodename}-{os.getpid()}"
    runner = CountingRunner(
        uow=uow,
        handlers={CANARY: run_canary, **{stage: ProofHandler(program, ids) for stage in CHAIN}},
        clock=clock,
        advance=advance,
        owner=owner,
        slots=dict.fromkeys(program.queues, 1),
        pace=Pace(scale=program.scale, poll_s=program.poll_s),
    )
    runner.folder = program.folder
    house = Housekeeping(uow, clock, bell, advance, {})
    process = RunnerProcess(
        runner=runner,
        bell=local,
        upkeep=Upkeep(uow=uow, clock=clock, chores=chores_of(house)),
        deliver=Deliverer(uow, clock, FileSender(program.folder / "sent"), owner, ids).deliver_one,
        senders=1,
        slot_threads=app is None,
    )
    if app is not None:
        run_worker(app, process, prefix=program.prefix)
        return
    process.run_until_told()


def wait_for(condition: Callable[[], bool], seconds: float, *, every_s: float = 0.02) -> bool:
    """Whether `condition` became true in time; asked again `every_s`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(every_s)
    return condition()


def hears_or_is_gone(process: BaseProcess) -> bool:
    """Whether a process has a handler for SIGTERM by now, or has ended."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    except OSError:
        return True
    caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1) or not process.is_alive()


class Crew:
    """Runner processes that are started again when they die."""

    def __init__(self, programs: list[Program], *, target: Callable[[Program], None] = serve) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.support.runner_program", "tests.support.pipeline_program"])
        self._target = target
        self._programs = programs
        self.deaths = 0
        self.processes = [self._start(program) for program in programs]

    def _start(self, program: Program) -> BaseProcess:
        process = self._context.Process(target=self._target, args=(program,), daemon=True)
        process.start()
        return process

    def revive(self) -> None:
        """Start again whoever was killed."""
        for index, process in enumerate(self.processes):
            if not process.is_alive():
                self.deaths += process.exitcode == -signal.SIGKILL
                self.processes[index] = self._start(self._programs[index])

    def stop(self) -> list[int | None]:
        """Ask all to stop, once they can hear it; their exit codes."""
        for process in self.processes:
            # One that was started a moment ago would simply die of the signal, its runner not yet made.
            wait_for(partial(hears_or_is_gone, process), 60)
            process.terminate()
        for process in self.processes:
            process.join(30)
        return [process.exitcode for process in self.processes]

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
            process.join(5)
