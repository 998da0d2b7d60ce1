"""Chores: each due moment once, and no reaping while owners may not have been able to beat."""

import threading
from datetime import timedelta
from functools import partial

import pytest

from service.domain.errors import Unavailable
from service.runner.upkeep import Upkeep
from service.usecases.operations.keep_house import Chore, chores_of
from tests.support.builders import an_id
from tests.unit.service.runner.conftest import House

TEN = timedelta(seconds=10)


def test_two_processes_do_a_chore_once(house: House) -> None:
    done: list[str] = []
    chores: list[Chore] = [("sweep", TEN, lambda: done.append("sweep"))]
    first = Upkeep(uow=house.database, clock=house.clock, chores=chores)
    second = Upkeep(uow=house.database, clock=house.clock, chores=chores)

    assert [first.step(), second.step()] == [1, 0]
    house.clock.forward(seconds=10)
    assert [second.step(), first.step()] == [1, 0]


def test_a_chore_that_fails_leaves_the_others_alone(house: House) -> None:
    done: list[str] = []

    def broken() -> None:
        raise RuntimeError("bug")

    chores: list[Chore] = [("a", TEN, broken), ("b", TEN, lambda: done.append("b"))]

    assert Upkeep(uow=house.database, clock=house.clock, chores=chores).step() == 1
    assert done == ["b"]


@pytest.mark.parametrize(
    ("code", "reaped_early"),
    [("database_unavailable", []), ("database_busy", []), ("storage_away", ["reap"])],
)
def test_after_an_outage_of_the_database_nothing_is_reaped_for_one_lease(
    house: House, code: str, reaped_early: list[str]
) -> None:
    away = True
    reaped: list[str] = []

    def probe() -> None:
        if away:
            raise Unavailable("away", code=code)

    chores: list[Chore] = [("probe", TEN, probe), ("reap", TEN, lambda: reaped.append("reap"))]
    upkeep = Upkeep(uow=house.database, clock=house.clock, chores=chores)
    upkeep.step()
    reaped.clear()
    away = False

    house.clock.forward(seconds=59)
    upkeep.step()
    assert reaped == reaped_early
    house.clock.forward(seconds=2)
    upkeep.step()
    assert reaped == [*reaped_early, "reap"]


def reaped_after(house: House, *moves: tuple[float, float]) -> list[int]:
    """How often something was reaped by then, after each move of the clock, and of a steady one, by so many seconds."""
    reaped: list[str] = []
    steady = 100.0
    upkeep = Upkeep(uow=house.database, clock=house.clock, chores=[("reap", TEN, lambda: reaped.append("reap"))])
    upkeep.step(steady=partial(float, steady))
    found = []
    for clock_s, steady_s in moves:
        house.clock.forward(seconds=clock_s)
        steady += steady_s
        upkeep.step(steady=partial(float, steady))
        found.append(len(reaped) - 1)
    return found


EIGHT_HOURS_S = 8 * 3600.0


@pytest.mark.parametrize(
    ("moves", "reaped"),
    [
        ([(EIGHT_HOURS_S, 1), (59, 59), (2, 2)], [0, 0, 1]),
        ([(90, 90), (90, 90)], [1, 2]),
        ([(-EIGHT_HOURS_S, 1), (10, 10)], [1, 2]),
        ([(-EIGHT_HOURS_S, 1), (EIGHT_HOURS_S, 1), (61, 61)], [1, 1, 2]),
        ([(20, 28), (20, 12), (20, 20)], [1, 2, 3]),
    ],
    ids=["a leap ahead", "time that passed", "set back", "set back and forth", "held up between two looks"],
)
def test_after_the_clock_leapt_ahead_nothing_is_reaped_for_one_lease(
    house: House, moves: list[tuple[float, float]], reaped: list[int]
) -> None:
    assert reaped_after(house, *moves) == reaped


def test_a_chore_that_hangs_holds_up_one_thread_and_is_not_begun_again(house: House) -> None:
    hangs, goes_on = threading.Event(), threading.Event()
    done: list[str] = []

    def waits() -> None:
        done.append("waits")
        hangs.set()
        goes_on.wait(10)

    upkeep = Upkeep(
        uow=house.database,
        clock=house.clock,
        chores=[("waits", TEN, waits), ("reap", TEN, lambda: done.append("reap"))],
    )
    stuck = threading.Thread(target=upkeep.step)
    stuck.start()
    assert hangs.wait(10)
    upkeep.step()
    house.clock.forward(seconds=30)
    upkeep.step()
    assert done == ["waits", "reap", "reap"]
    goes_on.set()
    stuck.join(10)
    house.clock.forward(seconds=30)
    upkeep.step()
    assert done[3:] == ["waits", "reap"]


def test_what_was_queued_before_the_clock_was_set_back_is_due_now(house: House) -> None:
    house.clock.forward(hours=8)
    house.accept(run_after=house.clock.now())
    house.clock.forward(hours=-8)
    with house.database() as tx:
        assert tx.runs.claim("asr", "me", house.clock.now()) is None

    assert [house.keeping.bring_forward(), house.keeping.bring_forward()] == [1, 0]

    with house.database() as tx:
        assert tx.runs.claim("asr", "me", house.clock.now()) is not None


def test_a_vanished_owner_costs_a_crash_and_the_run_is_rung_for(house: House) -> None:
    house.accept()
    with house.database() as tx:
        tx.runs.claim("asr", "vanished", house.clock.now())
    house.clock.forward(seconds=61)

    assert house.keeping.reap() == 1

    assert (house.run().state, house.run().crash_count) == ("queued", 1)
    assert house.bell.rings == [("asr", an_id("run"))]


def test_the_third_vanished_owner_quarantines_the_recording(house: House) -> None:
    house.accept(crash_count=2)
    with house.database() as tx:
        tx.runs.claim("asr", "vanished", house.clock.now())
    house.clock.forward(seconds=61)

    house.keeping.reap()

    assert (house.run().state, house.recording().state) == ("quarantined", "quarantined")
    assert house.recording().detail_code == "lease_expired"
    assert house.event_types() == ["visit.failed"]


def test_runs_that_nobody_heard_of_are_rung_for_again(house: House) -> None:
    house.accept()
    house.clock.forward(seconds=9)
    assert house.keeping.ring_again() == 0
    house.clock.forward(seconds=1)
    assert house.keeping.ring_again() == 1
    assert house.bell.rings == [("asr", an_id("run"))]


def test_every_chore_of_the_queue_has_its_own_tick(house: House) -> None:
    names = [name for name, _, _ in chores_of(house.keeping)]

    assert sorted(names) == ["bring_forward", "forget_answers", "plant_canaries", "reap", "ring_again", "wake_waiting"]
