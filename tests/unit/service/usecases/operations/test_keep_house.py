"""The chores: what vanished, what nobody heard, what waited, what is too old; each may run twice."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from service.domain.records import IdempotentAnswer
from service.usecases.operations.keep_house import (
    ANSWERS_KEPT,
    RINGS_PER_TICK,
    UNHEARD_AFTER,
    Housekeeping,
    ModelReady,
    chores_of,
)
from service.usecases.visits.advance_visit import Advance
from tests.support.builders import TENANT, a_recording, a_run, a_visit, an_id
from tests.support.fakes import FakeClock, FakeDoorbell, FakeIds, MemoryDatabase


class Home:
    """A queue and who keeps it."""

    def __init__(self, models: Mapping[str, ModelReady] | None = None) -> None:
        self.clock, self.bell, ids = FakeClock(), FakeDoorbell(), FakeIds(1000)
        self.database = MemoryDatabase(ids)
        advance = Advance(self.clock, ids, self.bell)
        self.keeping = Housekeeping(self.database, self.clock, self.bell, advance, models or {})
        with self.database() as tx:
            tx.visits.add(a_visit())
            tx.recordings.add(a_recording())

    def queue(self, *numbers: int) -> None:
        with self.database() as tx:
            for number in numbers:
                tx.runs.enqueue(a_run(number))

    def waiting(self, number: int, code: str) -> None:
        self.queue(number)
        with self.database() as tx:
            run = tx.runs.claim("asr", "me", self.clock.now(), run_id=an_id("run", number))
            assert run is not None
            tx.runs.wait(run.id, run.fence, code=code, detail="put one there")

    def state(self, number: int) -> str:
        return self.database.state.runs[an_id("run", number)].state

    def answered(self, key: str) -> None:
        with self.database() as tx:
            tx.idempotency.begin(IdempotentAnswer(TENANT, "/v1/visits", key, "f", 201, b"{}", self.clock.now()))


def test_a_live_owner_is_left_alone_and_a_vanished_one_reaped_once() -> None:
    home = Home()
    home.queue(1)
    with home.database() as tx:
        tx.runs.claim("asr", "gone", home.clock.now())
    assert home.keeping.reap() == 0
    home.clock.forward(seconds=61)
    assert [home.keeping.reap(), home.keeping.reap()] == [1, 0]
    assert home.state(1) == "queued"
    assert home.bell.rings == [("asr", an_id("run", 1))]


def test_what_was_just_queued_is_not_rung_for_again() -> None:
    home = Home()
    home.queue(1)
    home.clock.at += UNHEARD_AFTER - timedelta(seconds=1)
    assert home.keeping.ring_again() == 0
    home.clock.forward(seconds=1)
    assert home.keeping.ring_again() == 1
    assert home.bell.rings == [("asr", an_id("run", 1))]


def test_a_flood_is_rung_for_in_bounded_portions() -> None:
    home = Home()
    home.queue(*range(1, RINGS_PER_TICK + 21))
    home.clock.forward(minutes=1)
    assert home.keeping.ring_again() == RINGS_PER_TICK
    assert len(set(home.bell.rings)) == RINGS_PER_TICK


def test_ringing_changes_no_row() -> None:
    home = Home()
    home.queue(1, 2)
    home.clock.forward(minutes=1)
    before = home.database.state
    home.keeping.ring_again()
    assert home.database.state == before


@pytest.mark.parametrize(
    ("ready", "states"),
    [
        ({"model_missing": True, "voice_missing": True}, ["queued", "queued"]),
        ({"model_missing": True, "voice_missing": False}, ["queued", "waiting"]),
        ({"model_missing": False, "voice_missing": False}, ["waiting", "waiting"]),
    ],
    ids=["both came", "one came", "none came"],
)
def test_only_runs_whose_model_appeared_go_on(ready: dict[str, bool], states: list[str]) -> None:
    home = Home({code: (lambda answer=answer: answer) for code, answer in ready.items()})  # type: ignore[misc]
    home.waiting(1, "model_missing")
    home.waiting(2, "voice_missing")
    assert home.keeping.wake_waiting() == states.count("queued")
    assert [home.state(1), home.state(2)] == states
    assert len(home.bell.rings) == states.count("queued")
    assert home.keeping.wake_waiting() == 0


def test_answers_are_kept_for_three_days_and_then_forgotten() -> None:
    home = Home()
    home.answered("old")
    home.clock.forward(hours=1)
    home.answered("young")
    home.clock.at += ANSWERS_KEPT - timedelta(minutes=30)
    assert home.keeping.forget_answers() == 1
    assert [key for _, _, key in home.database.state.answers] == ["young"]
    assert home.keeping.forget_answers() == 0


def test_every_chore_has_a_name_of_its_own_and_runs_on_an_empty_house() -> None:
    chores = chores_of(Home().keeping)
    assert len({name for name, _, _ in chores}) == len(chores) == 6
    assert all(period > timedelta(0) for _, period, _ in chores)
    assert [work() for name, _, work in chores if name != "plant_canaries"] == [0, 0, 0, 0, 0]
