"""Doorbells: one inside a process, one through a broker. A lost ring costs time, never work."""

import queue
import threading
import time
import uuid
from typing import Any, Protocol

import structlog

from service.domain.stages import Queue

log = structlog.get_logger(__name__)

RING_EXPIRES_S = 60
BACKLOG = 1_000
FLUSH_S = 5.0
PAUSE_S = 5.0
MOST_WAKES = 64  # rings that came while all slots were busy wake this often at most


class LocalDoorbell:
    """Wakes the runner threads of this process."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung: dict[Queue, int] = {}

    def ring(self, queue: Queue, run_id: str) -> None:
        del run_id  # whoever wakes takes what is due
        with self._condition:
            self._rung[queue] = min(self._rung.get(queue, 0) + 1, MOST_WAKES)
            self._condition.notify_all()

    def wait(self, queue: Queue, timeout_s: float) -> bool:
        """Wait for a ring of `queue`; False when none came in time."""
        with self._condition:
            rung = self._condition.wait_for(lambda: self._rung.get(queue, 0) > 0, timeout_s)
            if rung:
                self._rung[queue] -= 1
            return rung

    def ring_all(self, queues: list[Queue], times: int) -> None:
        """Wake every waiting thread, for shutdown."""
        with self._condition:
            for name in queues:
                self._rung[name] = self._rung.get(name, 0) + times
            self._condition.notify_all()


class Publisher(Protocol):
    """The part of a Celery application that sends."""

    def send_task(self, name: str, **options: Any) -> Any:  # noqa: ANN401 - Celery's own signature
        """Put one task message on its queue."""
        ...


def task_name(name: Queue) -> str:
    """The Celery task that serves a queue."""
    return f"fieldcue.ring.{name}"


def ring_queue(name: Queue, prefix: str = "") -> str:
    """The broker's queue for the rings of a queue."""
    return f"{prefix}ring.{name}"


class CeleryDoorbell:
    """Sends rings from a thread of its own, so that a broker that hangs holds up no request.

    When the broker is away or slow, rings are dropped: runners look for themselves, and the upkeep rings again.
    """

    def __init__(self, publisher: Publisher, *, prefix: str = "", pause_s: float = PAUSE_S) -> None:
        """`pause_s`: how long nothing is sent after a ring failed, so that a dead broker is not asked all the time."""
        self._publisher = publisher
        self._prefix = prefix
        self._pause_s = pause_s
        self._silent_until = float("-inf")
        self._backlog: queue.Queue[tuple[Queue, str] | None] = queue.Queue(BACKLOG)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self, queue: Queue, run_id: str) -> None:
        self._start()
        try:
            self._backlog.put_nowait((queue, run_id))
        except Exception as error:  # noqa: BLE001 - ringing never raises
            log.warning("ring_dropped", queue=queue, run_id=run_id, reason=type(error).__name__)

    def close(self) -> None:
        """Send what is waiting, for at most five seconds."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._backlog.put(None)
            thread.join(FLUSH_S)

    def _start(self) -> None:
        with self._lock:  # started at the first ring: a process may fork between building and using it
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._send_all, name="doorbell", daemon=True)
                self._thread.start()

    def _send_all(self) -> None:
        while (rung := self._backlog.get()) is not None:
            name, run_id = rung
            if time.monotonic() < self._silent_until:
                continue
            try:
                self._publisher.send_task(
                    task_name(name),
                    args=[run_id, uuid.uuid4().hex],
                    queue=ring_queue(name, self._prefix),
                    expires=RING_EXPIRES_S,
                    retry=False,
                )
            except Exception as error:  # noqa: BLE001 - whatever the broker's library raises, the row is safe
                self._silent_until = time.monotonic() + self._pause_s
                log.warning("ring_failed", queue=name, run_id=run_id, reason=type(error).__name__)
