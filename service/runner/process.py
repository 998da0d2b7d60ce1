"""The threads of one runner process: slots that work, a tick thread, senders of deliveries.

Invariant: `stop` returns within the grace of `Pace` (25 s); what was still worked on is handed back before that.
"""

import random
import signal
import threading
import time
from collections.abc import Callable

import structlog

from service.adapters.doorbell import LocalDoorbell
from service.domain.errors import ServiceError
from service.domain.stages import Queue
from service.runner.runner import Runner
from service.runner.upkeep import Upkeep

log = structlog.get_logger(__name__)

LOOK_FOR_SIGNAL_S = 0.5
UPKEEP_THREADS = 4  # a bucket that hangs may hold up all chores that need it, and the queue's own still go on
HELP_RARELY = 5
HAND_BACK_S = 2.0  # how much of the grace is kept for handing work back


class RunnerProcess:
    """Starts and stops the threads; used embedded in the API's process and around a Celery worker alike."""

    def __init__(
        self,
        *,
        runner: Runner,
        bell: LocalDoorbell,
        upkeep: Upkeep,
        deliver: Callable[[], bool],
        senders: int = 4,
        slot_threads: bool = True,
    ) -> None:
        """Assemble; nothing starts yet.

        Args:
            deliver: sends one due delivery; False when none was due.
            slot_threads: one waiting thread per slot (embedded); False where Celery's threads do the work and one
                thread per queue only looks after lost rings.
        """
        self.runner = runner
        self._bell = bell
        self._upkeep = upkeep
        self._deliver = deliver
        self._stop = threading.Event()
        self._owed = threading.Event()
        counts = {queue: count if slot_threads else 1 for queue, count in runner.slots.items()}
        self._threads = [
            *(
                self._thread(f"slot-{queue}-{n}", self._serve, queue)
                for queue, count in counts.items()
                for n in range(count)
            ),
            self._thread("upkeep-0", self._tick),
            *(self._thread(f"upkeep-{n}", self._help_upkeep) for n in range(1, UPKEEP_THREADS)),
            self._thread("sender-0", self._send_when_due),
            *(self._thread(f"sender-{n}", self._help_sending) for n in range(1, senders)),
        ]

    def start(self) -> None:
        """Start all threads and return."""
        for thread in self._threads:
            thread.start()

    def run_until_told(self) -> None:
        """Start, work until SIGTERM or SIGINT, stop within the grace; called from the main thread."""
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        self.start()
        # The kernel may hand the signal to another thread, and Python handles it in this one: so it wakes to look.
        while not told.wait(LOOK_FOR_SIGNAL_S):
            pass
        self.stop()

    def begin_stop(self) -> None:
        """Claim nothing more; handlers see `should_stop`. Returns at once."""
        self.runner.stop()
        self._stop.set()
        self._owed.set()
        self._bell.ring_all(list(self.runner.slots), len(self._threads))

    def stop(self) -> None:
        """Stop within the grace; runs whose handlers do not end are handed back."""
        self.begin_stop()
        pace = self.runner.pace
        until = time.monotonic() + pace.host(pace.stop_grace_s - HAND_BACK_S)
        for thread in self._threads:
            if thread.is_alive():  # told to stop while starting, some never ran: they find the stop set
                thread.join(max(0.0, until - time.monotonic()))
        while self.runner.busy and time.monotonic() < until:
            time.sleep(0.02)
        if self.runner.busy:
            log.warning("handed_back", runs=self.runner.hand_back())

    def _thread(self, name: str, target: Callable[..., None], *arguments: Queue) -> threading.Thread:
        return threading.Thread(target=self._guarded, args=(target, *arguments), name=name, daemon=True)

    def _guarded(self, target: Callable[..., None], *arguments: Queue) -> None:
        """Run `target` until stopped; an error nobody foresaw costs a second, not the thread."""
        while not self._stop.is_set():
            try:
                target(*arguments)
            except ServiceError as error:
                log.warning("thread_paused", thread=threading.current_thread().name, code=error.code)
                self._stop.wait(1.0)
            except Exception:
                log.exception("thread_broke", thread=threading.current_thread().name)
                self._stop.wait(1.0)

    def _serve(self, queue: Queue) -> None:
        self.runner.answer(queue)
        pace = self.runner.pace
        # Spread, and a fifth below what is set: so late a run begins unrung, and a busy host adds to it.
        jitter = random.uniform(0.5, 0.8)  # noqa: S311
        self._bell.wait(queue, pace.host(pace.poll_s) * jitter)

    def _tick(self) -> None:
        pace = self.runner.pace
        # Where a story is told faster than time passes, every moment of it would be a leap.
        self._upkeep.step(steady=time.monotonic if pace.scale == 1.0 else None)
        self._stop.wait(pace.host(pace.tick_s))

    def _help_upkeep(self) -> None:
        """Go on with the other chores while the first thread is held up by one; rarely, since it seldom is."""
        pace = self.runner.pace
        if not self._stop.wait(pace.host(pace.tick_s) * HELP_RARELY):
            self._tick()

    def _send_when_due(self) -> None:
        self._send()
        pace = self.runner.pace
        self._stop.wait(pace.host(pace.relay_poll_s) * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load

    def _help_sending(self) -> None:
        """Wait until the first sender has found something due: a look costs a write transaction."""
        pace = self.runner.pace
        if self._owed.wait(pace.host(pace.poll_s)):
            self._owed.clear()
            self._send()

    def _send(self) -> None:
        while not self._stop.is_set() and self._deliver():
            self._owed.set()
