"""One claimed run being worked on: a heartbeat beside it, and the word to stop when its lease is gone.

Invariant: after the lease is lost `should_stop` is true and stays true, and nothing is written for the run here.
"""

import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import structlog

from nlp.errors import Cancelled
from service.domain.errors import ServiceError
from service.domain.ports import Clock, UnitOfWork, UnitOfWorkFactory
from service.domain.stages import StageRun
from service.runner.pace import Pace

log = structlog.get_logger(__name__)
Kept = Callable[[UnitOfWork, StageRun, Mapping[str, Any]], None]


class Execution:
    """A context manager: the lease is beaten while it is open."""

    def __init__(
        self,
        run: StageRun,
        *,
        uow: UnitOfWorkFactory,
        clock: Clock,
        pace: Pace,
        stopping: Callable[[], bool],
        kept: Kept,
    ) -> None:
        """An execution that has not begun.

        Args:
            kept: told with each checkpoint, in its transaction: the run, and what `progress` said last.
        """
        self.run = run
        self._kept = kept
        self.ending = "complete"
        self._uow = uow
        self._clock = clock
        self._pace = pace
        self._stopping = stopping
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._progress: Mapping[str, Any] | None = None
        self._moved_at = time.monotonic()
        self._thread = threading.Thread(target=self._beat_until_ended, name=f"beat-{run.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Whether somebody else may have the run by now."""
        return self._lost.is_set()

    def should_stop(self) -> bool:
        """Whether the handler should end: lease lost, visit cancelled, or the process is going down."""
        return self._lost.is_set() or self._stopping()

    def progress(self, value: Mapping[str, Any]) -> None:
        """Show how far the work is; the next heartbeat stores it."""
        self._progress = dict(value)
        self._moved_at = time.monotonic()

    def checkpoint(self, key: str, value: Mapping[str, Any]) -> None:
        """Store one window's result under the fence. Cancelled when the lease was lost."""
        self._moved_at = time.monotonic()
        with self._uow() as tx:
            kept = tx.runs.checkpoint(self.run.id, self.run.fence, key, value)
            if kept:
                self._kept(tx, self.run, self._progress or {})
        if not kept:
            self._lost.set()
            raise Cancelled("the lease of this run was lost")

    def _beat_until_ended(self) -> None:
        patience = self._pace.host(self._pace.heartbeat_s)
        wait = patience
        while not self._ended.wait(wait):
            if time.monotonic() - self._moved_at > self._pace.host(self._pace.stalled_s):
                log.warning("stage_stalled", run_id=self.run.id, stage=self.run.stage)
                self._lost.set()  # no more beats: the reaper counts it as a crash
                return
            try:
                held = self._beat()
            except ServiceError as error:  # the database is away; the lease may outlive that
                log.warning("heartbeat_failed", run_id=self.run.id, code=error.code)
                wait = patience / 5
                continue
            wait = patience
            if not held:
                log.warning("lease_lost", run_id=self.run.id, stage=self.run.stage)
                self._lost.set()
                return

    def _beat(self) -> bool:
        with self._uow() as tx:
            return tx.runs.beat(self.run.id, self.run.fence, self._clock.now(), self._progress)
