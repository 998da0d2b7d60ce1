"""Windows as checkpoints: told as they are done, found by the next attempt, and nothing after a lost lease."""

from collections.abc import Mapping
from typing import Any

from service.domain.errors import Transient
from service.domain.ports import StageResult, Supervisor
from service.domain.stages import StageRun
from service.runner.pace import Pace
from tests.unit.service.runner.conftest import House


def test_each_window_of_a_long_recording_but_the_last_is_told(house: House) -> None:
    house.accept("transcribe")

    def three_windows(_: StageRun, supervisor: Supervisor) -> StageResult:
        for index, share in enumerate((0.4, 0.8, 1.0)):
            supervisor.progress({"share": share})
            supervisor.checkpoint(str(index), {"segments": []})
        return StageResult({})

    house.runner({"transcribe": three_windows}).step("asr")

    told = [event for event in house.database.state.events.values() if event.type == "recording.progress"]
    assert [(event.data["stage"], event.data["share"]) for event in told] == [("transcribe", 0.4), ("transcribe", 0.8)]
    assert {event.data["recording_id"] for event in told} == {house.run().recording_id}


def test_a_checkpoint_of_a_lost_lease_tells_nothing(house: House) -> None:
    house.accept("transcribe")

    def loses_it(_: StageRun, supervisor: Supervisor) -> StageResult:
        supervisor.progress({"share": 0.5})
        house.lose_lease()
        supervisor.checkpoint("0", {"segments": []})
        return StageResult({})

    house.runner({"transcribe": loses_it}).step("asr")

    assert house.event_types() == []


def test_checkpoints_reach_the_next_attempt(house: House) -> None:
    house.accept()
    seen: list[Mapping[str, Any]] = []

    def stumbles(run: StageRun, supervisor: Supervisor) -> StageResult:
        seen.append(dict(supervisor.done))
        supervisor.checkpoint("0", {"text": "你好"})
        raise Transient("again")

    runner = house.runner({"decode": stumbles})
    runner.step("asr")
    house.clock.forward(seconds=10)
    runner.step("asr")

    assert seen == [{}, {"0": {"text": "你好"}}]


def test_a_checkpoint_after_the_lease_was_lost_ends_the_work(house: House) -> None:
    house.accept()

    def late(run: StageRun, supervisor: Supervisor) -> StageResult:
        house.lose_lease()
        supervisor.checkpoint("0", {"text": "你好"})
        raise AssertionError("not reached")

    house.runner({"decode": late}, Pace()).step("asr")

    assert house.database.state.checkpoints == {}
    assert house.run().state == "queued"
