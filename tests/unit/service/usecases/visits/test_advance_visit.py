"""What follows a stage's end: who lost the lease writes nothing, each end is told once, a rollback leaves nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from service.domain.delivery.deliveries import Event
from service.domain.ports import StageResult, UnitOfWork
from service.domain.speech.recording import RecordingState
from service.domain.stages import CHAIN, QUEUE_OF, RETRY_DELAYS, Stage, StageRun
from service.usecases.visits.advance_visit import KEPT, WORK_S, Advance
from tests.support.builders import TENANT, a_recording, a_run, a_visit, an_id
from tests.support.fakes import FakeClock, FakeDoorbell, FakeIds, MemoryDatabase

UNASSISTED = [stage for stage in CHAIN if stage != "assist"]
End = Callable[[Advance, UnitOfWork, StageRun], bool]
ENDS: dict[str, End] = {
    "complete": lambda advance, tx, run: advance.complete(tx, run, StageResult({"n": 1}, lambda tx: None)),
    "retry": lambda advance, tx, run: advance.retry_or_fail(tx, run, code="timeout", detail="slow"),
    "fail": lambda advance, tx, run: advance.fail(tx, run, code="not_audio", detail="no sound"),
    "wait": lambda advance, tx, run: advance.wait(tx, run, code="model_missing", remedy="put one there"),
    "crash": lambda advance, tx, run: advance.crash(tx, run, code="killed", detail="signal 9"),
}


@dataclass
class World:
    """One visit with one claimed run, to end in every way."""

    clock: FakeClock = field(default_factory=FakeClock)
    bell: FakeDoorbell = field(default_factory=FakeDoorbell)

    def __post_init__(self) -> None:
        ids = FakeIds(1000)
        self.database = MemoryDatabase(ids)
        self.advance = Advance(self.clock, ids, self.bell)

    def claimed(
        self, stage: Stage = "decode", *, recorded: bool = True, weight_s: float = 0.0, **changes: Any
    ) -> StageRun:
        with self.database() as tx:
            tx.visits.add(a_visit(external_id="crm-7"))
            if recorded:
                known = {name: changes.pop(name) for name in ("duration_ms", "size_bytes") if name in changes}
                tx.recordings.add(a_recording(**known))
            recording = {} if recorded else {"recording_id": None}
            tx.runs.enqueue(a_run(1, stage, **recording, **changes), weight_s=weight_s)
            run = tx.runs.claim(QUEUE_OF[stage], "me", self.clock.now())
            assert run is not None
            self.advance.begin(tx, run)
        return run

    def end(self, how: str, run: StageRun) -> bool:
        with self.database() as tx:
            return ENDS[how](self.advance, tx, run)

    @property
    def recording(self) -> tuple[RecordingState, str, str]:
        recording = self.database.state.recordings[an_id("rec")]
        return recording.state, recording.detail_code, recording.detail

    @property
    def events(self) -> list[Event]:
        return sorted(self.database.state.events.values(), key=lambda event: event.sequence)

    def run(self, number: int = 1) -> StageRun:
        return self.database.state.runs[an_id("run", number)]


@pytest.fixture
def world() -> World:
    return World()


def test_a_claimed_run_sets_its_recording_to_work(world: World) -> None:
    world.claimed()
    assert world.recording == ("processing", "", "")


@pytest.mark.parametrize("how", sorted(ENDS))
def test_who_lost_the_lease_writes_nothing_and_rings_nobody(world: World, how: str) -> None:
    run = world.claimed()
    with world.database() as tx:
        tx.runs.reap(world.clock.forward(minutes=2))
    before = world.database.state
    assert world.end(how, run) is False
    assert world.database.state == before
    assert world.bell.rings == []


@pytest.mark.parametrize("how", sorted(ENDS))
def test_who_holds_the_lease_may_end_it_once(world: World, how: str) -> None:
    run = world.claimed()
    assert world.end(how, run) is True
    assert world.end(how, run) is False


@pytest.mark.parametrize("how", sorted(ENDS))
def test_a_transcript_without_recording_can_end_in_every_way(world: World, how: str) -> None:
    assert world.end(how, world.claimed("turns", recorded=False)) is True
    assert world.database.state.recordings == {}


@pytest.mark.parametrize(("stage", "following"), list(pairwise(CHAIN)))
def test_each_stage_hands_its_output_priority_and_input_on(world: World, stage: Stage, following: Stage) -> None:
    world.advance = replace(world.advance, assisted=True)
    world.end("complete", world.claimed(stage, priority=5))
    (queued,) = [run for run in world.database.state.runs.values() if run.state == "queued"]
    assert (queued.stage, queued.queue, queued.priority) == (following, QUEUE_OF[following], 5)
    assert (queued.input, queued.input_hash, queued.recording_id) == ({"n": 1}, "hash1", an_id("rec"))
    assert world.bell.rings == [(queued.queue, queued.id)]


def test_where_no_language_model_is_asked_an_analysis_goes_on_to_coaching(world: World) -> None:
    world.end("complete", world.claimed("analyse"))
    assert [run.stage for run in world.database.state.runs.values()] == ["analyse", "coach"]


def test_after_the_last_stage_the_recording_is_done(world: World) -> None:
    world.end("complete", world.claimed("coach"))
    assert world.recording == ("done", "", "")
    assert [run.state for run in world.database.state.runs.values()] == ["succeeded"]
    assert world.bell.rings == []


def test_effects_that_fail_leave_the_run_and_the_doorbell_as_they_were(world: World) -> None:
    run = world.claimed()

    def broken(tx: UnitOfWork) -> None:
        tx.transcripts.latest(TENANT, run.visit_id)
        raise RuntimeError("bug")

    with pytest.raises(RuntimeError, match="bug"), world.database() as tx:
        world.advance.complete(tx, run, StageResult({}, broken))
    assert world.run().state == "running"
    assert world.bell.rings == []


@pytest.mark.parametrize(
    ("duration_ms", "size_bytes", "weight_s"),
    [(None, 0, WORK_S), (None, 400_000, 100.0), (90_000, 400_000, 90.0), (0, 400_000, 0.0)],
    ids=["nothing known", "by its size", "by its length", "no length"],
)
def test_in_another_queue_the_next_stage_weighs_what_the_recording_is_long(
    world: World, duration_ms: int | None, size_bytes: int, weight_s: float
) -> None:
    world.end("complete", world.claimed("transcribe", duration_ms=duration_ms, size_bytes=size_bytes))
    with world.database() as tx:
        later = tx.runs.enqueue(a_run(7, "analyse", visit_id=an_id("vis", 7)))
    assert later.vtime == pytest.approx(weight_s)


@pytest.mark.parametrize(
    "stage", [stage for stage, after in pairwise(UNASSISTED) if QUEUE_OF[stage] == QUEUE_OF[after]]
)
def test_a_visit_that_was_begun_is_finished_before_the_next_of_its_tenant(world: World, stage: Stage) -> None:
    """Else a thousand visits sent at once would all be analysed before the first of them is told of."""
    run = world.claimed(stage, weight_s=60.0)
    with world.database() as tx:
        for number in range(7, 10):
            tx.runs.enqueue(a_run(number, stage, visit_id=an_id("vis", number)), weight_s=60.0)
    world.end("complete", run)
    with world.database() as tx:
        following = tx.runs.claim(run.queue, "me", world.clock.now())
        weighed = tx.runs.enqueue(a_run(11, stage, visit_id=an_id("vis", 11)))
    assert following is not None
    assert (following.visit_id, following.stage) == (run.visit_id, UNASSISTED[UNASSISTED.index(stage) + 1])
    assert weighed.vtime == pytest.approx(240.0)  # its own and the three that wait: going on weighs nothing more


def test_a_visit_that_a_language_model_was_asked_about_keeps_its_place_among_texts(world: World) -> None:
    world.advance = replace(world.advance, assisted=True)
    analysed = world.claimed("analyse", weight_s=60.0)
    world.end("complete", analysed)
    with world.database() as tx:
        for number in range(7, 10):
            tx.runs.enqueue(a_run(number, "analyse", visit_id=an_id("vis", number)), weight_s=60.0)
        asked = tx.runs.claim("llm", "me", world.clock.now())
    assert asked is not None
    world.end("complete", asked)
    with world.database() as tx:
        following = tx.runs.claim("fast", "me", world.clock.now())
    assert following is not None
    assert (following.stage, following.vtime) == ("coach", analysed.vtime)


def test_decoding_shows_what_a_recording_should_have_weighed(world: World) -> None:
    world.end("complete", world.claimed("decode", duration_ms=900_000, size_bytes=400_000))  # taken for 100 s, was 900
    with world.database() as tx:
        later = tx.runs.enqueue(a_run(7, visit_id=an_id("vis", 7)))
    assert later.vtime == pytest.approx(800.0)


@pytest.mark.parametrize("attempt", range(1, 5))
def test_a_passing_failure_waits_longer_each_time_within_a_fifth(world: World, attempt: int) -> None:
    world.end("retry", world.claimed(attempt=attempt - 1))
    waits = world.run().run_after - world.clock.now()
    assert 0.8 * RETRY_DELAYS[attempt - 1] <= waits <= 1.2 * RETRY_DELAYS[attempt - 1]
    assert (world.run().state, world.run().error_code) == ("queued", "timeout")
    assert world.events == []
    assert world.recording[0] == "processing"


def test_the_last_attempt_that_fails_is_the_end(world: World) -> None:
    world.end("retry", world.claimed(attempt=4))
    assert world.run().state == "failed"
    assert world.recording == ("failed", "timeout", "slow")
    assert [event.type for event in world.events] == ["visit.failed"]


def test_fewer_attempts_than_delays_are_respected(world: World) -> None:
    world.end("retry", world.claimed(attempt=1, max_attempts=2))
    assert world.run().state == "failed"


def test_a_failure_is_told_with_stage_code_and_where_to_look(world: World) -> None:
    world.end("fail", world.claimed())
    (event,) = world.events
    assert (event.type, event.tenant_id, event.visit_id, event.sequence) == ("visit.failed", TENANT, an_id("vis"), 1)
    assert event.occurred_at == world.clock.now()
    assert event.data == {
        "external_id": "crm-7",
        "recording_id": an_id("rec"),
        "stage": "decode",
        "state": "failed",
        "code": "not_audio",
        "detail": "no sound",
        "links": {"visit": f"/v1/visits/{an_id('vis')}"},
    }


def test_a_failure_of_a_visit_that_was_erased_meanwhile_is_told_without_its_name(world: World) -> None:
    run = world.claimed()
    world.database.state.visits.clear()
    world.end("fail", run)
    assert world.events[0].data["external_id"] is None


def test_waiting_is_told_once_for_each_model(world: World) -> None:
    for code in ("model_missing", "model_missing", "voice_missing"):
        run = world.run() if world.database.state.runs else world.claimed()
        if run.state == "waiting":
            with world.database() as tx:
                for woken in tx.runs.wake(run.error_code, world.clock.now()):
                    world.advance.woken(tx, woken)
                claimed = tx.runs.claim("asr", "me", world.clock.now())
                assert claimed is not None
                run = claimed
        with world.database() as tx:
            world.advance.wait(tx, run, code=code, remedy="put one there")
    assert [event.data["code"] for event in world.events] == ["model_missing", "voice_missing"]
    assert [event.sequence for event in world.events] == [1, 2]
    assert world.recording == ("waiting_for_model", "voice_missing", f"put one there; {KEPT}")


def test_a_woken_run_is_worked_on_and_rung_for(world: World) -> None:
    run = world.claimed()
    world.end("wait", run)
    with world.database() as tx:
        for woken in tx.runs.wake("model_missing", world.clock.now()):
            world.advance.woken(tx, woken)
    assert world.recording[0] == "processing"
    assert world.bell.rings == [("asr", run.id)]


@pytest.mark.parametrize(
    ("crashes", "state", "rung", "told"),
    [
        (0, "queued", True, []),
        (1, "queued", False, []),
        (2, "quarantined", False, ["visit.failed"]),
    ],
    ids=["first: at once", "second: after a minute", "third: never"],
)
def test_a_crash_is_answered_by_how_many_there_were(
    world: World, crashes: int, state: str, rung: bool, told: list[str]
) -> None:
    run = world.claimed(crash_count=crashes)
    world.end("crash", run)
    assert (world.run().state, world.run().crash_count) == (state, crashes + 1)
    assert bool(world.bell.rings) is rung
    assert [event.type for event in world.events] == told
    assert world.recording[0] == ("quarantined" if told else "processing")
    if told:
        assert world.events[0].data["state"] == "quarantined"
        assert world.events[0].data["code"] == "killed"


def test_a_second_crash_waits_about_a_minute(world: World) -> None:
    world.end("crash", world.claimed(crash_count=1))
    assert world.run().run_after - world.clock.now() == timedelta(seconds=60)
