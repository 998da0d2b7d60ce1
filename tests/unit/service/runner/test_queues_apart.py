"""Queues have slots of their own: what one is slow at holds up no other; a runner serves the queues it is told to."""

import threading
from dataclasses import replace
from typing import get_args

import pytest

from service.domain.ports import StageResult, Supervisor
from service.domain.stages import Queue, StageRun
from service.runner.slots import FETCH_SLOTS, slots_of
from tests.support.builders import an_id
from tests.unit.service.runner.conftest import House

ALL = get_args(Queue)


def test_a_language_model_that_hangs_holds_up_neither_texts_nor_speech(house: House) -> None:
    house.advance = replace(house.advance, assisted=True)
    asked, free = threading.Event(), threading.Event()

    def hangs(run: StageRun, _: Supervisor) -> StageResult:
        asked.set()
        free.wait(60)
        return StageResult({}, lambda tx: None)

    runner = house.runner({"assist": hangs})
    house.accept("analyse")
    assert runner.answer("fast") == 1
    thinking = threading.Thread(target=runner.answer, args=("llm",))
    thinking.start()
    try:
        assert asked.wait(60)
        house.accept("analyse", 2, visit_id=an_id("vis", 2), recording_id=None)
        house.accept("decode", 3, visit_id=an_id("vis", 3), recording_id=None)
        assert runner.answer("fast") == 1
        assert runner.answer("asr") == 2
        assert {house.run(2).state, house.run(3).state} == {"succeeded"}
    finally:
        free.set()
        thinking.join(60)
    assert runner.answer("fast") >= 1  # the first visit goes on to coaching


@pytest.mark.parametrize(
    ("queues", "slots"),
    [
        ((), {"fast": 3, "asr": 1, "llm": 7, "io": FETCH_SLOTS}),
        (ALL, {"fast": 3, "asr": 1, "llm": 7, "io": FETCH_SLOTS}),
        (("asr",), {"asr": 1}),
        (("fast", "llm", "io"), {"fast": 3, "llm": 7, "io": FETCH_SLOTS}),
    ],
    ids=["nothing said", "all in one", "speech alone", "all but speech"],
)
def test_a_runner_has_slots_for_the_queues_it_serves(queues: tuple[Queue, ...], slots: dict[Queue, int]) -> None:
    assert slots_of(slots=3, llm_slots=7, queues=queues) == slots
