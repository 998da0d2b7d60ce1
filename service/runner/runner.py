"""Claims stage runs and works on them; the same code embedded in the API's process and in a Celery worker.

Invariant: no transaction is open while a handler works; what it led to is written in one transaction, under the fence.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from nlp.errors import Cancelled, ModelMissing, NlpError
from service.adapters.metrics import note_stage
from service.adapters.tracing import span
from service.domain.errors import ServiceError
from service.domain.ports import Clock, StageHandlers, StageResult, Supervisor, UnitOfWork, UnitOfWorkFactory
from service.domain.stages import Queue, StageRun
from service.runner.execution import Execution
from service.runner.pace import Pace
from service.usecases.visits.advance_visit import Advance

log = structlog.get_logger(__name__)

RETRIED = frozenset({"transient", "storage_full", "too_many"})  # categories that may pass by themselves
CRASHED = "child_crashed"
DETAIL_CHARACTERS = 500

Outcome = Callable[[UnitOfWork], bool]
"""What to write for a run that ended; False when its lease was lost."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run with the checkpoints of its earlier attempts."""

    run: StageRun
    done: Mapping[str, Mapping[str, object]]


class Runner:
    """Works on runs until told to stop; safe to use from several threads."""

    def __init__(
        self,
        *,
        uow: UnitOfWorkFactory,
        handlers: StageHandlers,
        clock: Clock,
        advance: Advance,
        owner: str,
        slots: Mapping[Queue, int],
        pace: Pace | None = None,
    ) -> None:
        """`slots`: how many runs of each queue this process works on at a time; `owner` names the process."""
        self.pace = pace or Pace()
        self.slots = dict(slots)
        self._uow = uow
        self._handlers = handlers
        self._clock = clock
        self._advance = advance
        self._owner = owner
        self._free = {queue: threading.BoundedSemaphore(count) for queue, count in slots.items()}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._held: dict[str, Execution] = {}

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Claim nothing more and ask the handlers to end at their next safe point."""
        self._stop.set()

    def answer(self, queue: Queue, run_id: str | None = None) -> int:
        """Work on `run_id`, then on whatever is due in `queue`, if a slot is free; how many runs were worked on."""
        slot = self._free.get(queue)
        if slot is None or not slot.acquire(blocking=False):
            return 0
        try:
            return self._drain(queue, run_id)
        finally:
            slot.release()

    def _drain(self, queue: Queue, run_id: str | None) -> int:
        until = time.monotonic() + self.pace.host(self.pace.drain_s)
        worked = 0
        while not self.stopping and time.monotonic() < until:
            if not self.step(queue, run_id):
                if run_id is None:
                    break
            else:
                worked += 1
            run_id = None
        return worked

    def step(self, queue: Queue, run_id: str | None = None) -> bool:
        """Claim one due run and work on it to its end; False when nothing was due or the database is away."""
        try:
            claimed = self._claim(queue, run_id)
        except ServiceError as error:
            log.warning("claim_failed", queue=queue, code=error.code)
            return False
        if claimed is None:
            return False
        structlog.contextvars.bind_contextvars(run_id=claimed.run.id, visit_id=claimed.run.visit_id)
        try:
            with span(f"stage.{claimed.run.stage}", about=claimed.run.visit_id, attempt=claimed.run.attempt):
                self._work(claimed)
        finally:
            structlog.contextvars.unbind_contextvars("run_id", "visit_id")
        return True

    def _claim(self, queue: Queue, run_id: str | None) -> Claimed | None:
        while True:
            with self._uow() as tx:
                run = tx.runs.claim(queue, self._owner, self._clock.now(), run_id=run_id)
                if run is None:
                    return None
                if self._advance.begin(tx, run):
                    return Claimed(run, tx.runs.checkpoints(run.id))
            log.info("stage_without_consent", run_id=run.id, visit_id=run.visit_id, stage=run.stage)

    def _work(self, claimed: Claimed) -> None:
        run = claimed.run
        execution = Execution(
            run,
            uow=self._uow,
            clock=self._clock,
            pace=self.pace,
            stopping=self._stop.is_set,
            kept=self._advance.window_done,
        )
        log.info("stage_started", stage=run.stage, attempt=run.attempt)
        began = time.monotonic()
        with self._lock:
            self._held[run.id] = execution
        try:
            with execution:
                outcome = self._outcome(execution, claimed.done)
                written = not execution.lost and self._settle(execution, outcome)
        finally:
            with self._lock:
                self._held.pop(run.id, None)
        seconds = time.monotonic() - began
        note_stage(run.stage, execution.ending if written else "lost", seconds, audio_ms=_audio_ms(run))
        log.info("stage_ended", stage=run.stage, written=written, seconds=round(seconds, 3))

    def _outcome(self, execution: Execution, done: Mapping[str, Mapping[str, object]]) -> Outcome:
        """Run the handler and translate how it ended into what is to be written."""
        run = execution.run
        handler = self._handlers.get(run.stage)
        if handler is None:
            return lambda tx: self._advance.fail(tx, run, code="stage_unknown", detail=f"no handler for {run.stage}")
        try:
            supervisor = Supervisor(execution.progress, execution.checkpoint, done, execution.should_stop)
            result: StageResult = handler(run, supervisor)
        except ModelMissing as error:
            execution.ending = "waiting"
            code, remedy = error.code, error.remedy
            return lambda tx: self._advance.wait(tx, run, code=code, remedy=remedy)
        except Cancelled as error:
            execution.ending = "cancelled"
            return self._after_cancel(run, error)
        except (NlpError, ServiceError) as error:
            execution.ending = "failed"
            return self._after_error(run, error)
        except Exception as error:  # whatever a handler does, the run ends in a state
            execution.ending = "failed"
            log.exception("stage_broke", stage=run.stage)
            kind = type(error).__name__
            return lambda tx: self._advance.fail(tx, run, code="internal", detail=f"unexpected {kind}")
        return lambda tx: self._advance.complete(tx, run, result)

    def _after_cancel(self, run: StageRun, error: Cancelled) -> Outcome:
        if self.stopping:
            return lambda tx: tx.runs.release(run.id, run.fence, self._clock.now())
        detail = str(error)
        return lambda tx: self._advance.fail(tx, run, code="cancelled", detail=detail)

    def _after_error(self, run: StageRun, error: NlpError | ServiceError) -> Outcome:
        code, detail = error.code, str(error)[:DETAIL_CHARACTERS]
        level = log.warning if error.category in RETRIED else log.info
        level("stage_failed", stage=run.stage, code=code, category=error.category)
        if code == CRASHED:
            return lambda tx: self._advance.crash(tx, run, code=code, detail=detail)
        if error.category in RETRIED:
            return lambda tx: self._advance.retry_or_fail(tx, run, code=code, detail=detail)
        return lambda tx: self._advance.fail(tx, run, code=code, detail=detail)

    def _settle(self, execution: Execution, outcome: Outcome) -> bool:
        """Write the outcome, trying again while the database is away and the lease may still be ours."""
        pause = 0.5
        while not execution.lost:
            try:
                with self._uow() as tx:
                    return outcome(tx)
            except ServiceError as error:
                log.warning("finish_failed", code=error.code, category=error.category)
                if error.category not in RETRIED:
                    return self._give_up(execution.run, error.code)
            except Exception:
                log.exception("finish_broke")
                return self._give_up(execution.run, "internal")
            if self._stop.wait(self.pace.host(pause)):
                return False
            pause = min(pause * 2, 10.0) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load
        return False

    def _give_up(self, run: StageRun, code: str) -> bool:
        """The result could not be written: another attempt, not a crash of the process."""
        detail = "the stage's result could not be stored"
        with self._uow() as tx:
            return self._advance.retry_or_fail(tx, run, code=code, detail=detail)

    def hand_back(self) -> int:
        """Release what handlers that did not stop still hold, so that others need not wait for the lease."""
        with self._lock:
            held = [execution.run for execution in self._held.values()]
        released = 0
        for run in held:
            try:
                with self._uow() as tx:
                    released += tx.runs.release(run.id, run.fence, self._clock.now())
            except ServiceError as error:
                log.warning("hand_back_failed", run_id=run.id, code=error.code)
        return released

    @property
    def busy(self) -> bool:
        """Whether any run is being worked on."""
        with self._lock:
            return bool(self._held)


def _audio_ms(run: StageRun) -> int | None:
    """How much sound a stage worked on, where its input says so."""
    windows = (run.input.get("decoded") or {}).get("windows") or [{}]
    end_ms = windows[-1].get("end_ms")
    return int(end_ms) if end_ms is not None else None
