"""What every doorbell promises: it never raises, never holds up the caller, and the message is only a hint."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from service.adapters.doorbell import BACKLOG, MOST_WAKES, CeleryDoorbell, LocalDoorbell
from service.domain.ports import Doorbell
from service.runner.celery_app import make_celery
from tests.support.fakes import FakeDoorbell


class Sent:
    """A Celery application that remembers, hangs or fails."""

    def __init__(self, answer: Callable[[], None] = lambda: None) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self._answer = answer

    def send_task(self, name: str, **options: Any) -> None:
        self._answer()
        self.messages.append((name, options))


def broken() -> None:
    raise ConnectionRefusedError("no broker")


BELLS: dict[str, Callable[[], Doorbell]] = {
    "fake": FakeDoorbell,
    "local": LocalDoorbell,
    "celery": lambda: CeleryDoorbell(Sent()),
    "broken broker": lambda: CeleryDoorbell(Sent(broken)),
    "hanging broker": lambda: CeleryDoorbell(Sent(lambda: time.sleep(30))),
    "no broker there": lambda: CeleryDoorbell(make_celery("redis://127.0.0.1:1/0")),
}


@pytest.mark.parametrize("make", BELLS.values(), ids=BELLS.keys())
def test_a_thousand_rings_neither_raise_nor_wait(make: Callable[[], Doorbell]) -> None:
    bell = make()
    began = time.monotonic()
    for number in range(1000):
        bell.ring("asr", f"run_{number}")

    assert time.monotonic() - began < 1


def test_a_ring_becomes_a_message_of_two_ids_that_expires() -> None:
    sent = Sent()
    bell = CeleryDoorbell(sent, prefix="here-")
    bell.ring("asr", "run_1")
    bell.close()

    ((name, options),) = sent.messages
    assert name == "fieldcue.ring.asr"
    assert (options["queue"], options["expires"], options["retry"]) == ("here-ring.asr", 60, False)
    assert options["args"][0] == "run_1"
    assert len(options["args"]) == 2


@pytest.mark.parametrize(("pause_s", "sent_later"), [(0.0, ["run_2"]), (60.0, [])], ids=["pause over", "in the pause"])
def test_after_a_failed_ring_the_broker_is_left_alone_for_a_while(pause_s: float, sent_later: list[str]) -> None:
    failing = [True, False]

    def first_fails() -> None:
        if failing.pop(0):
            raise ConnectionResetError

    sent = Sent(first_fails)
    bell = CeleryDoorbell(sent, pause_s=pause_s)
    bell.ring("asr", "run_1")
    bell.ring("asr", "run_2")
    bell.close()

    assert [options["args"][0] for _, options in sent.messages] == sent_later


def test_a_full_backlog_drops_rings_instead_of_growing() -> None:
    release = threading.Event()
    sent = Sent(lambda: release.wait(10) and None)
    bell = CeleryDoorbell(sent)
    for number in range(BACKLOG * 2):
        bell.ring("asr", f"run_{number}")
    release.set()
    bell.close()

    assert len(sent.messages) <= BACKLOG + 1


def test_a_waiting_thread_is_woken_by_its_queue_only() -> None:
    bell = LocalDoorbell()
    bell.ring("fast", "run_1")

    assert not bell.wait("asr", 0.01)
    assert bell.wait("fast", 0.01)
    assert not bell.wait("fast", 0.01)


def test_a_ring_reaches_a_thread_that_already_waits() -> None:
    bell = LocalDoorbell()
    woken: list[bool] = []
    thread = threading.Thread(target=lambda: woken.append(bell.wait("asr", 5)))
    thread.start()
    bell.ring("asr", "run_1")
    thread.join(6)

    assert woken == [True]


def test_rings_while_everybody_works_do_not_pile_up() -> None:
    bell = LocalDoorbell()
    for number in range(1000):
        bell.ring("asr", f"run_{number}")

    assert sum(bell.wait("asr", 0) for _ in range(1000)) == MOST_WAKES


@pytest.mark.parametrize(
    ("url", "arguments", "disable_prefetch"),
    [("redis://127.0.0.1/0", {}, True), ("amqp://127.0.0.1//", {"x-queue-type": "quorum"}, False)],
    ids=["redis", "rabbitmq"],
)
def test_celery_is_set_up_as_a_doorbell(url: str, arguments: dict[str, str], disable_prefetch: bool) -> None:
    conf = make_celery(url).conf

    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.task_ignore_result) == (False, False, True)
    assert (conf.accept_content, conf.task_serializer, conf.result_backend) == (["json"], "json", None)
    assert (conf.broker_connection_max_retries, conf.broker_connection_retry_on_startup) == (None, True)
    assert (conf.worker_enable_remote_control, conf.task_create_missing_queues) == (False, False)
    assert conf.worker_disable_prefetch is disable_prefetch
    assert [queue.name for queue in conf.task_queues] == ["ring.fast", "ring.asr", "ring.llm", "ring.io"]
    assert all(queue.queue_arguments == arguments for queue in conf.task_queues)
