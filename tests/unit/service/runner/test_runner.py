"""How a stage's end becomes rows: success, each kind of failure, waiting, a lost lease, a graceful stop."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nlp.errors import AudioEmpty, Cancelled, ModelMissing
from service.adapters.audio.errors import ChildCrashed
from service.domain.errors import Conflict, Permanent, ServiceError, StorageFull, Transient, Unavailable
from service.domain.ports import StageResult, Supervisor, UnitOfWork
from service.domain.stages import StageRun
from service.domain.visit import Consent
from service.runner.pace import Pace
from tests.support.builders import NOON, TENANT, a_transcript_record, a_visit, an_id
from tests.unit.service.runner.conftest import FAST, House, ends, raises


def all_stages(house: House) -> list[str]:
    runs = sorted(house.database.state.runs.values(), key=lambda run: run.id)
    return [f"{run.stage}:{run.state}" for run in runs]


def work_through(house: House, runner: Any) -> None:
    for _ in range(3):
        for queue in ("asr", "fast"):
            runner.answer(queue)


def test_a_recording_passes_all_stages_and_is_done(house: House) -> None:
    house.accept()

    work_through(house, house.runner())

    assert all_stages(house) == [
        f"{stage}:succeeded" for stage in ("decode", "transcribe", "turns", "analyse", "coach")
    ]
    assert house.recording().state == "done"


def test_each_stage_is_handed_the_output_of_the_one_before(house: House) -> None:
    house.accept(input={"url": "x"})
    seen: dict[str, Mapping[str, Any]] = {}

    def look(run: StageRun, _: Supervisor) -> StageResult:
        seen[run.stage] = run.input
        return StageResult({"of": run.stage}, lambda tx: None)

    work_through(house, house.runner(dict.fromkeys(("decode", "transcribe", "turns"), look)))

    assert seen == {"decode": {"url": "x"}, "transcribe": {"of": "decode"}, "turns": {"of": "transcribe"}}


def test_effects_are_written_with_the_end_of_the_run(house: House) -> None:
    house.accept("turns")

    def effects(tx: UnitOfWork) -> None:
        tx.transcripts.put(a_transcript_record())

    house.runner({"turns": lambda run, _: StageResult({}, effects)}).step("fast")

    assert house.run().state == "succeeded"
    assert (an_id("vis"), 1) in house.database.state.transcripts


def test_the_next_stage_is_rung_for(house: House) -> None:
    house.accept()

    house.runner().step("asr")

    assert [queue for queue, _ in house.bell.rings] == ["asr"]


def test_nothing_due_is_no_work(house: House) -> None:
    assert not house.runner().step("asr")


def test_a_queue_without_slots_is_not_served(house: House) -> None:
    house.accept()

    assert house.runner(slots={"fast": 1}).answer("asr") == 0
    assert house.run().state == "queued"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AudioEmpty("no bytes"), "audio_empty"),
        (Permanent("nobody speaks", code="no_speech"), "no_speech"),
        (Conflict("no"), "conflict"),
        (Cancelled("asked"), "cancelled"),
        (KeyError("bug"), "internal"),
    ],
    ids=["audio", "permanent", "conflict", "cancelled by itself", "bug"],
)
def test_what_will_not_pass_fails_the_recording_and_tells_the_crm(house: House, error: Exception, code: str) -> None:
    house.accept()

    house.runner({"decode": raises(error)}).step("asr")

    assert (house.run().state, house.run().error_code) == ("failed", code)
    assert (house.recording().state, house.recording().detail_code) == ("failed", code)
    assert house.event_types() == ["visit.failed"]


@pytest.mark.parametrize(
    "error",
    [Transient("slow"), Unavailable("busy"), StorageFull("full")],
    ids=["transient", "unavailable", "disk full"],
)
def test_what_may_pass_is_tried_again_later(house: House, error: ServiceError) -> None:
    house.accept()

    house.runner({"decode": raises(error)}).step("asr")

    run = house.run()
    assert (run.state, run.error_code) == ("queued", error.code)
    assert 1.6 <= (run.run_after - house.clock.now()).total_seconds() <= 2.4
    assert house.recording().state == "processing"


def test_after_the_last_attempt_a_passing_failure_is_final(house: House) -> None:
    house.accept(attempt=4)

    house.runner({"decode": raises(Transient("slow"))}).step("asr")

    assert (house.run().state, house.recording().state) == ("failed", "failed")


def test_a_crashed_child_is_tried_again_and_the_third_crash_is_quarantined(house: House) -> None:
    house.accept()
    runner = house.runner({"decode": raises(ChildCrashed("died", reason="killed", signal="SIGSEGV"))})

    states = []
    for _ in range(3):
        runner.step("asr")
        states.append(house.run().state)
        house.clock.forward(seconds=90)

    assert states == ["queued", "queued", "quarantined"]
    assert (house.recording().state, house.recording().detail_code) == ("quarantined", "child_crashed")
    assert house.event_types() == ["visit.failed"]


def test_a_missing_model_makes_the_recording_wait_and_says_the_way_out(house: House) -> None:
    house.accept("transcribe")

    house.runner({"transcribe": raises(ModelMissing("none", remedy="put one there"))}).step("asr")

    assert house.run().state == "waiting"
    assert house.recording().state == "waiting_for_model"
    assert house.recording().detail.startswith("put one there; what was sent is kept and goes on by itself")
    assert house.event_types() == ["recording.waiting_for_model"]


def test_a_recording_goes_on_when_its_model_appears_and_waiting_is_told_once(house: House) -> None:
    house.accept("transcribe")
    there = False
    house.models["model_missing"] = lambda: there
    missing = raises(ModelMissing("none", remedy="put one there"))
    house.runner({"transcribe": missing}).step("asr")
    assert house.keeping.wake_waiting() == 0
    there = True
    assert house.keeping.wake_waiting() == 1
    house.runner({"transcribe": missing}).step("asr")
    assert house.event_types() == ["recording.waiting_for_model"]

    house.keeping.wake_waiting()
    house.runner().step("asr")

    assert house.run().state == "succeeded"
    assert house.recording().state == "processing"


def test_who_lost_the_lease_while_working_writes_nothing(house: House) -> None:
    house.accept("turns")

    def suspended(run: StageRun, _: Supervisor) -> StageResult:
        house.lose_lease()
        return StageResult({"late": True}, lambda tx: tx.transcripts.put(a_transcript_record()) and None)

    house.runner({"turns": suspended}, Pace()).step("fast")

    assert (house.run().state, house.run().crash_count, house.run().output) == ("queued", 1, {})
    assert house.database.state.transcripts == {}


def test_a_handler_learns_that_its_lease_was_lost(house: House) -> None:
    house.accept()
    stopped = threading.Event()

    def waits(run: StageRun, supervisor: Supervisor) -> StageResult:
        house.lose_lease()
        until = time.monotonic() + 5
        while not supervisor.should_stop() and time.monotonic() < until:
            time.sleep(0.005)
        if supervisor.should_stop():
            stopped.set()
        raise Cancelled("told to stop")

    house.runner({"decode": waits}).step("asr")

    assert stopped.is_set()
    assert (house.run().state, house.run().crash_count) == ("queued", 1)


def test_cancelling_the_visit_stops_its_work(house: House) -> None:
    house.accept()

    def cancelled(run: StageRun, supervisor: Supervisor) -> StageResult:
        with house.database() as tx:
            tx.runs.cancel(TENANT, run.visit_id)
        until = time.monotonic() + 5
        while not supervisor.should_stop() and time.monotonic() < until:
            time.sleep(0.005)
        raise Cancelled("told to stop")

    house.runner({"decode": cancelled}).step("asr")

    assert house.run().state == "cancelled"
    assert house.event_types() == []


def test_nothing_is_begun_for_a_visit_whose_consent_has_run_out(house: House) -> None:
    soon = house.clock.now() + timedelta(minutes=5)
    ending = replace(a_visit(2), consent=Consent("consent", "verbal", NOON, "v1", expires_at=soon))
    with house.database() as tx:
        tx.visits.add(ending)
    house.accept("analyse", number=1, recording_id=None, visit_id=ending.id)
    house.accept("analyse", number=2, recording_id=None)
    begun: list[str] = []

    def analyses(run: StageRun, _: Supervisor) -> StageResult:
        begun.append(run.visit_id)
        return StageResult({}, lambda tx: None)

    house.clock.forward(seconds=301)

    assert house.runner({"analyse": analyses}).step("fast"), "the next one's turn comes in the same step"
    assert begun == [a_visit().id]
    assert house.run(1).state == "cancelled"


def test_heartbeats_extend_the_lease_and_store_progress(house: House) -> None:
    house.accept()
    lease = []

    def long(run: StageRun, supervisor: Supervisor) -> StageResult:
        supervisor.progress({"share": 0.5})
        house.clock.forward(seconds=50)
        until = time.monotonic() + 5
        while house.run().progress != {"share": 0.5} and time.monotonic() < until:
            time.sleep(0.005)
        lease.append((house.run().lease_until - house.clock.now()).total_seconds())
        return StageResult({}, lambda tx: None)

    house.runner({"decode": long}).step("asr")

    assert lease == [60.0]


def test_work_that_makes_no_progress_is_left_to_the_reaper(house: House) -> None:
    house.accept()
    pace = Pace(heartbeat_s=0.01, stalled_s=0.02)

    def hangs(run: StageRun, supervisor: Supervisor) -> StageResult:
        until = time.monotonic() + 5
        while not supervisor.should_stop() and time.monotonic() < until:
            time.sleep(0.005)
        return StageResult({}, lambda tx: None)

    house.runner({"decode": hangs}, pace).step("asr")

    assert house.run().state == "running"
    house.clock.forward(seconds=61)
    assert house.keeping.reap() == 1
    assert house.run().state == "queued"


def test_stopping_hands_work_back_without_counting_an_attempt(house: House) -> None:
    house.accept()
    runner = house.runner({"decode": ends()})

    def stops(run: StageRun, supervisor: Supervisor) -> StageResult:
        runner.stop()
        assert supervisor.should_stop()
        raise Cancelled("going down")

    runner._handlers = {"decode": stops}
    runner.answer("asr")

    run = house.run()
    assert (run.state, run.attempt, run.crash_count) == ("queued", 0, 0)
    assert runner.answer("asr") == 0


def test_effects_that_cannot_be_written_are_tried_again_as_another_attempt(house: House) -> None:
    house.accept()

    def conflicting(tx: UnitOfWork) -> None:
        raise Conflict("two at once", code="already_exists")

    house.runner({"decode": lambda run, _: StageResult({}, conflicting)}).step("asr")

    assert (house.run().state, house.run().error_code) == ("queued", "already_exists")


def test_a_result_survives_a_database_that_is_away_for_a_moment(house: House) -> None:
    house.accept()
    tries = []

    def effects(tx: UnitOfWork) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("away")

    house.runner({"decode": lambda run, _: StageResult({}, effects)}, Pace(scale=100)).step("asr")

    assert (len(tries), house.run().state) == (3, "succeeded")


def test_a_transcript_without_recording_is_analysed_all_the_same(house: House) -> None:
    house.accept("analyse", recording_id=None)

    work_through(house, house.runner())

    assert all_stages(house) == ["analyse:succeeded", "coach:succeeded"]
    assert house.recording().state == "received"


def test_a_stage_nobody_handles_fails_by_name(house: House) -> None:
    house.accept()
    runner = house.runner()
    runner._handlers = {}

    runner.step("asr")

    assert house.run().error_code == "stage_unknown"


def test_fast_pace_is_for_tests_only() -> None:
    assert Pace().heartbeat_s == 15
    assert FAST.heartbeat_s < 1
