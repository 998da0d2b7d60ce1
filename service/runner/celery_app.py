"""Celery as a doorbell: early acknowledgement, no results, no retries, no schedule; the database decides everything.

Invariant: a message is only a hint and may be lost, doubled or late; it holds a run's id and a trace id.
Source: each setting is explained in the design's queue section, with the failure that it avoids.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import get_args

import structlog
from celery import Celery, signals
from kombu import Exchange
from kombu import Queue as BrokerQueue

from service.adapters.doorbell import ring_queue, task_name
from service.domain.stages import Queue
from service.runner.process import RunnerProcess
from service.runner.runner import Runner

log = structlog.get_logger(__name__)

REDIS_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 10,
    "socket_connect_timeout": 4,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "max_retries": 2,
    "global_keyprefix": "fieldcue:",
}
LEAVE_S = 4.0  # after the grace; together they stay under the 30 s that supervisors give
AMQP_OPTIONS = {"confirm_publish": True, "max_retries": 2}


def make_celery(broker_url: str, *, queues: Iterable[Queue] = get_args(Queue), prefix: str = "") -> Celery:
    """The application for sending and answering rings; `prefix` keeps installations on one broker apart."""
    redis = broker_url.startswith(("redis://", "rediss://", "unix://"))
    arguments = {} if redis else {"x-queue-type": "quorum"}
    app = Celery("fieldcue", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        result_backend=None,
        task_ignore_result=True,
        task_acks_late=False,
        task_reject_on_worker_lost=False,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=redis,
        task_create_missing_queues=False,
        task_queues=[
            BrokerQueue(name, Exchange(name, type="direct"), routing_key=name, queue_arguments=arguments)
            for name in (ring_queue(queue, prefix) for queue in queues)
        ],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=4,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        task_always_eager=False,
        broker_transport_options=REDIS_OPTIONS if redis else AMQP_OPTIONS,
    )
    return app


def add_tasks(app: Celery, runner: Runner) -> None:
    """One task per queue: work on the run that was rung for, then on what else is due."""
    for queue in runner.slots:
        app.task(_answer(runner, queue), name=task_name(queue))


def _answer(runner: Runner, queue: Queue) -> Callable[[str, str], None]:
    def ring(run_id: str, trace_id: str) -> None:
        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            runner.answer(queue, run_id)

    return ring


def run_worker(app: Celery, process: RunnerProcess, *, prefix: str = "") -> None:
    """Serve rings until SIGTERM or SIGINT, then stop within the grace; called from the main thread.

    A handler that does not stop in time is left behind: its run has been handed back, and the process ends.
    """
    add_tasks(app, process.runner)
    stopped = threading.Event()

    def on_shutdown(**_: object) -> None:
        # Celery waits for its threads without limit; ours ends the process after the grace.
        threading.Thread(target=_stop_then_leave, args=(process, stopped), name="leave", daemon=True).start()

    signals.worker_shutting_down.connect(on_shutdown, weak=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until Celery takes the signal over
    worker = app.Worker(
        pool="threads",
        concurrency=sum(process.runner.slots.values()),
        queues=[ring_queue(queue, prefix) for queue in process.runner.slots],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=False,
        quiet=True,
        loglevel="WARNING",
    )
    try:
        process.start()
        worker.start()
    finally:
        process.stop()
        stopped.set()
        signals.worker_shutting_down.disconnect(on_shutdown)


def _stop_then_leave(process: RunnerProcess, stopped: threading.Event) -> None:
    process.stop()
    if not stopped.wait(LEAVE_S):
        log.warning("left_with_work_handed_back")
        os._exit(0)
