"""The threads of a runner process: they work when rung, keep going after errors, and stop within the grace."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from nlp.errors import Cancelled
from service.adapters.doorbell import LocalDoorbell
from service.domain.errors import Unavailable
from service.domain.ports import StageResult, Supervisor
from service.domain.stages import Queue, StageRun
from service.runner.pace import Pace
from service.runner.process import RunnerProcess
from service.runner.runner import Runner
from service.runner.upkeep import Upkeep
from tests.unit.service.runner.conftest import House

SLOW_POLL = Pace(poll_s=60, relay_poll_s=0.01, tick_s=0.01, stop_grace_s=2.3)


def until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def process(
    house: House, runner: Runner, bell: LocalDoorbell, deliver: Callable[[], bool] = lambda: False, **options: Any
) -> RunnerProcess:
    upkeep = Upkeep(uow=house.database, clock=house.clock, chores=options.pop("chores", []))
    return RunnerProcess(runner=runner, bell=bell, upkeep=upkeep, deliver=deliver, **options)


@pytest.mark.parametrize("slot_threads", [True, False], ids=["embedded", "beside Celery"])
def test_what_was_due_before_the_start_is_worked_on(house: House, slot_threads: bool) -> None:
    house.accept("coach")
    running = process(house, house.runner(pace=SLOW_POLL), LocalDoorbell(), slot_threads=slot_threads)
    running.start()

    assert until(lambda: house.run().state == "succeeded")
    running.stop()


def test_nobody_waits_so_long_for_a_ring_that_a_busy_host_breaks_the_promise(house: House) -> None:
    class Patience(LocalDoorbell):
        waited: list[float] = []

        def wait(self, queue: Queue, timeout_s: float) -> bool:
            self.waited.append(timeout_s)
            return super().wait(queue, 0.0)

    bell = Patience()
    running = process(house, house.runner(pace=SLOW_POLL), bell)
    running.start()

    assert until(lambda: len(bell.waited) >= 50)
    running.stop()
    assert max(bell.waited) <= 0.8 * SLOW_POLL.poll_s, "the host needs some of it to wake up, claim and begin"
    assert len(set(bell.waited)) > 10, "processes that start together must not look together for ever"


def test_a_ring_wakes_a_slot_long_before_the_next_look(house: House) -> None:
    bell = LocalDoorbell()
    running = process(house, house.runner(pace=SLOW_POLL), bell)
    running.start()
    time.sleep(0.05)
    house.accept("coach")
    bell.ring("fast", "run_1")

    assert until(lambda: house.run().state == "succeeded")
    running.stop()


def test_without_a_ring_the_row_is_found_by_looking(house: House) -> None:
    running = process(house, house.runner(pace=Pace(poll_s=0.05)), LocalDoorbell())
    running.start()
    time.sleep(0.02)
    house.accept("coach")

    assert until(lambda: house.run().state == "succeeded")
    running.stop()


def test_a_stop_while_the_threads_begin_leaves_none_running(house: House) -> None:
    running = process(house, house.runner(pace=SLOW_POLL), LocalDoorbell(), senders=3)
    running.stop()  # a signal came first: joining a thread that never began would be an error
    running.start()

    assert until(lambda: not any(thread.name.startswith("sender-") for thread in threading.enumerate()))


def test_a_bucket_that_hangs_holds_up_nothing_of_the_queue(house: House) -> None:
    goes_on, reaped = threading.Event(), threading.Event()
    often = timedelta(microseconds=1)
    stuck = [(name, often, lambda: goes_on.wait(10)) for name in ("seal_blobs", "sweep_blobs", "sweep_retention")]
    chores = [*stuck, ("reap", often, reaped.set)]
    running = process(house, house.runner(), LocalDoorbell(), chores=chores)
    running.start()
    try:
        assert reaped.wait(5)
        reaped.clear()
        house.clock.forward(seconds=1)
        assert reaped.wait(5), "and again, while they still hang"
    finally:
        goes_on.set()
        running.stop()


def test_stopping_an_idle_process_takes_no_time(house: House) -> None:
    running = process(house, house.runner(pace=SLOW_POLL), LocalDoorbell())
    running.start()
    began = time.monotonic()
    running.stop()

    assert time.monotonic() - began < 1


def test_a_handler_that_listens_hands_its_work_back(house: House) -> None:
    house.accept()
    started = threading.Event()

    def listens(run: StageRun, supervisor: Supervisor) -> StageResult:
        started.set()
        assert until(supervisor.should_stop)
        raise Cancelled("going down")

    running = process(house, house.runner({"decode": listens}, SLOW_POLL), LocalDoorbell())
    running.start()
    assert started.wait(5)
    running.stop()

    assert (house.run().state, house.run().attempt) == ("queued", 0)


def test_a_handler_that_does_not_listen_is_left_and_its_work_handed_back(house: House) -> None:
    house.accept()
    started, release = threading.Event(), threading.Event()

    def deaf(run: StageRun, _: Supervisor) -> StageResult:
        started.set()
        release.wait(10)
        return StageResult({"late": True}, lambda tx: None)

    running = process(house, house.runner({"decode": deaf}, SLOW_POLL), LocalDoorbell())
    running.start()
    assert started.wait(5)
    began = time.monotonic()
    running.stop()

    assert time.monotonic() - began < 2
    assert (house.run().state, house.run().attempt, house.run().crash_count) == ("queued", 0, 0)
    release.set()
    assert until(lambda: not running.runner.busy)
    assert house.run().output == {}


def test_senders_go_on_after_an_error(house: House) -> None:
    calls: list[int] = []

    def deliver() -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise Unavailable("away")
        return False

    running = process(house, house.runner(pace=SLOW_POLL), LocalDoorbell(), deliver, senders=1)
    running.start()

    assert until(lambda: len(calls) > 2)
    running.stop()


def test_many_senders_share_a_burst(house: House) -> None:
    names: set[str] = set()
    left = [200]
    lock = threading.Lock()

    def deliver() -> bool:
        with lock:
            left[0] -= 1
            more = left[0] >= 0
        time.sleep(0.002)
        names.add(threading.current_thread().name)
        return more

    running = process(house, house.runner(pace=SLOW_POLL), LocalDoorbell(), deliver, senders=3)
    running.start()

    assert until(lambda: left[0] < 0)
    running.stop()
    assert len(names) > 1


def test_chores_are_done_by_the_tick_thread(house: House) -> None:
    done = threading.Event()
    chores = [("once", timedelta(seconds=10), done.set)]
    running = process(house, house.runner(pace=SLOW_POLL), LocalDoorbell(), chores=chores)
    running.start()

    assert done.wait(5)
    running.stop()


def test_no_more_runs_are_worked_on_at_once_than_there_are_slots(house: House) -> None:
    for number in range(1, 9):
        house.accept("coach", number=number)
    active, most = [0], [0]
    lock = threading.Lock()

    def counts(run: StageRun, _: Supervisor) -> StageResult:
        with lock:
            active[0] += 1
            most[0] = max(most[0], active[0])
        time.sleep(0.01)
        with lock:
            active[0] -= 1
        return StageResult({}, lambda tx: None)

    runner = house.runner({"coach": counts}, SLOW_POLL, slots={"fast": 2})
    callers = [threading.Thread(target=runner.answer, args=("fast",)) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10)

    assert most[0] == 2
    assert all(run.state == "succeeded" for run in house.database.state.runs.values())
