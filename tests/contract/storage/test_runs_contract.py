"""What every implementation of the queue promises."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from service.domain.ports import UnitOfWorkFactory
from service.domain.stages import LEASE, Queue, StageRun
from tests.support.builders import OTHER_TENANT, TENANT, a_run, an_id
from tests.support.fakes import NOON

SECOND = timedelta(seconds=1)


def claimed(uow: UnitOfWorkFactory, **changes: Any) -> StageRun:
    with uow() as tx:
        tx.runs.enqueue(a_run(**changes))
        return tx.runs.claim("asr", "me", NOON)


def test_a_claim_takes_the_run_under_a_lease_and_a_new_fence(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)

    assert (run.state, run.owner, run.attempt, run.fence) == ("running", "me", 1, 1)
    assert run.lease_until == NOON + LEASE


def test_a_claimed_run_is_claimed_by_nobody_else(uow: UnitOfWorkFactory) -> None:
    claimed(uow)

    with uow() as tx:
        assert tx.runs.claim("asr", "other", NOON) is None


@pytest.mark.parametrize(
    ("queue", "seconds", "run_id"),
    [("fast", 0, None), ("asr", -1, None), ("asr", 0, an_id("run", 9))],
    ids=["other queue", "before it is due", "another run's id"],
)
def test_what_was_not_asked_for_is_not_claimed(
    uow: UnitOfWorkFactory, queue: Queue, seconds: int, run_id: str | None
) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run())
        assert tx.runs.claim(queue, "me", NOON + seconds * SECOND, run_id=run_id) is None


def test_a_run_is_claimed_by_its_id_before_older_ones(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(1))
        tx.runs.enqueue(a_run(2))
        run = tx.runs.claim("asr", "me", NOON, run_id=an_id("run", 2))

    assert run is not None
    assert run.id == an_id("run", 2)


def test_the_same_stage_of_the_same_input_is_queued_once(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(1, input_hash="same"))
    with uow() as tx:
        again = tx.runs.enqueue(a_run(2, input_hash="same"))
        runs = tx.runs.of_visit(TENANT, an_id("vis"))

    assert again.id == an_id("run", 1)
    assert [run.id for run in runs] == [an_id("run", 1)]


def test_input_is_kept_as_it_was_handed_over(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow, input={"url": "https://crm.example/录音.wav", "parts": [1, 2]})

    assert run.input == {"url": "https://crm.example/录音.wav", "parts": [1, 2]}


def test_the_highest_priority_goes_first(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(1))
        tx.runs.enqueue(a_run(2, priority=5))
        assert tx.runs.claim("asr", "me", NOON).id == an_id("run", 2)


def test_a_tenant_with_one_run_waits_for_one_of_a_busy_tenant_at_most(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 101):
            tx.runs.enqueue(a_run(number), weight_s=600)
        for _ in range(10):
            tx.runs.claim("asr", "me", NOON)
        tx.runs.enqueue(a_run(200, tenant_id=OTHER_TENANT, visit_id=an_id("vis", 2)), weight_s=3600)
        following = [tx.runs.claim("asr", "me", NOON).tenant_id for _ in range(2)]

    assert OTHER_TENANT in following


def test_a_run_that_continues_another_keeps_its_place_and_weighs_nothing_more(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 4):
            tx.runs.enqueue(a_run(number), weight_s=600)
        first = tx.runs.claim("asr", "me", NOON)
        tx.runs.enqueue(a_run(9, "transcribe"), continues=first)
        later = tx.runs.enqueue(a_run(10), weight_s=600)
        following = [tx.runs.claim("asr", "me", NOON).id for _ in range(2)]

    assert following == [an_id("run", 9), an_id("run", 2)]
    assert later.vtime == 1_800


def test_an_idle_tenant_saves_no_turns_for_later(uow: UnitOfWorkFactory) -> None:
    other = {"tenant_id": OTHER_TENANT, "visit_id": an_id("vis", 2)}
    with uow() as tx:
        for number in range(1, 21):
            tx.runs.enqueue(a_run(number), weight_s=600)
        for _ in range(10):
            tx.runs.claim("asr", "me", NOON)
        for number in range(100, 110):
            tx.runs.enqueue(a_run(number, **other), weight_s=600)
        following = [tx.runs.claim("asr", "me", NOON).tenant_id for _ in range(10)]

    assert following.count(OTHER_TENANT) in (5, 6)


def test_a_beat_extends_the_lease_and_keeps_progress(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)

    with uow() as tx:
        assert tx.runs.beat(run.id, run.fence, NOON + 15 * SECOND, {"share": 0.5})
        beaten = tx.runs.get(TENANT, run.id)

    assert beaten.lease_until == NOON + 15 * SECOND + LEASE
    assert beaten.progress == {"share": 0.5}


def test_a_finished_run_keeps_its_output_and_no_owner(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)

    with uow() as tx:
        assert tx.runs.finish(run.id, run.fence, {"turns": 3})
        done = tx.runs.get(TENANT, run.id)

    assert (done.state, done.output, done.owner, done.lease_until) == ("succeeded", {"turns": 3}, "", None)


def test_a_failure_that_may_pass_is_queued_for_later(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)
    later = NOON + 10 * SECOND

    with uow() as tx:
        assert tx.runs.fail(run.id, run.fence, code="fetch_failed", detail="slow", run_after=later)
        failed = tx.runs.get(TENANT, run.id)
        assert tx.runs.claim("asr", "me", NOON) is None
        assert tx.runs.claim("asr", "me", later).attempt == 2

    assert (failed.state, failed.error_code, failed.run_after) == ("queued", "fetch_failed", later)


def test_a_failure_that_will_not_pass_ends_the_run(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)

    with uow() as tx:
        assert tx.runs.fail(run.id, run.fence, code="not_audio", detail="a zip", run_after=None)
        assert tx.runs.get(TENANT, run.id).state == "failed"


def test_waiting_for_a_model_is_no_attempt_and_ends_when_it_appears(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)

    with uow() as tx:
        assert tx.runs.wait(run.id, run.fence, code="model_missing", detail="put one there")
        assert tx.runs.claim("asr", "me", NOON) is None
        assert tx.runs.wake("other_code", NOON) == []
        woken = tx.runs.wake("model_missing", NOON)
        again = tx.runs.claim("asr", "me", NOON)

    assert [run.id for run in woken] == [run.id]
    assert (again.attempt, again.fence) == (1, 2)


def test_work_handed_back_is_due_at_once_and_no_attempt(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)

    with uow() as tx:
        assert tx.runs.release(run.id, run.fence, NOON)
        assert tx.runs.claim("asr", "me", NOON).attempt == 1


Write = Callable[[Any, StageRun], bool]
WRITES: dict[str, Write] = {
    "beat": lambda runs, run: runs.beat(run.id, run.fence, NOON),
    "finish": lambda runs, run: runs.finish(run.id, run.fence, {}),
    "fail": lambda runs, run: runs.fail(run.id, run.fence, code="x", detail="", run_after=None),
    "wait": lambda runs, run: runs.wait(run.id, run.fence, code="x", detail=""),
    "release": lambda runs, run: runs.release(run.id, run.fence, NOON),
    "crash": lambda runs, run: runs.crash(run.id, run.fence, NOON, code="x", detail="") is not None,
    "checkpoint": lambda runs, run: runs.checkpoint(run.id, run.fence, "w0", {}),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_who_lost_the_lease_changes_nothing(uow: UnitOfWorkFactory, write: Write) -> None:
    lost = claimed(uow)
    with uow() as tx:
        tx.runs.reap(NOON + LEASE + SECOND)
        tx.runs.claim("asr", "other", NOON + LEASE + SECOND)
        before = tx.runs.get(TENANT, lost.id)

    with uow() as tx:
        assert not write(tx.runs, lost)
        assert tx.runs.get(TENANT, lost.id) == before
        assert tx.runs.checkpoints(lost.id) == {}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_the_holder_of_the_lease_may_write(uow: UnitOfWorkFactory, write: Write) -> None:
    run = claimed(uow)

    with uow() as tx:
        assert write(tx.runs, run)


def test_a_live_lease_is_not_reaped(uow: UnitOfWorkFactory) -> None:
    claimed(uow)

    with uow() as tx:
        assert tx.runs.reap(NOON + LEASE) == []


def test_the_third_crash_quarantines_and_the_second_waits_a_minute(uow: UnitOfWorkFactory) -> None:
    now = NOON
    seen = []
    with uow() as tx:
        tx.runs.enqueue(a_run())
        for _ in range(3):
            tx.runs.claim("asr", "me", now)
            now += LEASE + SECOND
            (reaped,) = tx.runs.reap(now)
            seen.append((reaped.state, reaped.crash_count, (reaped.run_after - now).total_seconds()))
            now = max(now, reaped.run_after)

    assert [state for state, _, _ in seen] == ["queued", "queued", "quarantined"]
    assert [count for _, count, _ in seen] == [1, 2, 3]
    assert seen[0][2] == 0
    assert 48 <= seen[1][2] <= 72


def test_a_crashed_child_counts_like_a_vanished_owner(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)

    with uow() as tx:
        crashed = tx.runs.crash(run.id, run.fence, NOON, code="child_crashed", detail="SIGSEGV")

    assert (crashed.state, crashed.crash_count, crashed.error_code) == ("queued", 1, "child_crashed")


def test_overdue_runs_are_listed_in_the_order_of_the_queue(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(1), weight_s=60)
        tx.runs.enqueue(a_run(2), weight_s=60)
        tx.runs.enqueue(a_run(3, run_after=NOON + 60 * SECOND))
        overdue = tx.runs.overdue(NOON + 10 * SECOND, 10 * SECOND, 100)
        few = tx.runs.overdue(NOON + 10 * SECOND, 10 * SECOND, 1)

    assert [run.id for run in overdue] == [an_id("run", 1), an_id("run", 2)]
    assert [run.id for run in few] == [an_id("run", 1)]


def test_cancelling_a_visit_ends_its_unfinished_runs_only(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in (1, 2, 3):
            tx.runs.enqueue(a_run(number))
        tx.runs.enqueue(a_run(4, visit_id=an_id("vis", 2)))
        done = tx.runs.claim("asr", "me", NOON)
        tx.runs.finish(done.id, done.fence, {})
        running = tx.runs.claim("asr", "me", NOON)
        assert tx.runs.cancel(OTHER_TENANT, an_id("vis")) == 0
        assert tx.runs.cancel(TENANT, an_id("vis")) == 2
        assert not tx.runs.finish(running.id, running.fence, {})
        states = [run.state for run in tx.runs.of_visit(TENANT, an_id("vis"))]

    assert sorted(states) == ["cancelled", "cancelled", "succeeded"]


def test_a_checkpoint_is_read_by_the_next_attempt(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)
    with uow() as tx:
        tx.runs.checkpoint(run.id, run.fence, "0", {"text": "您好"})
        tx.runs.checkpoint(run.id, run.fence, "0", {"text": "你好"})
        tx.runs.release(run.id, run.fence, NOON)

    with uow() as tx:
        assert tx.runs.checkpoints(run.id) == {"0": {"text": "你好"}}


def test_depth_counts_what_is_due_and_how_long(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(1))
        tx.runs.enqueue(a_run(2, run_after=NOON + 5 * SECOND))
        tx.runs.enqueue(a_run(3, "turns"))
        tx.runs.enqueue(a_run(4, run_after=NOON + 60 * SECOND))
        assert tx.runs.depth(NOON + 10 * SECOND) == {"asr": (2, 10.0), "fast": (1, 10.0)}


def test_a_run_of_another_tenant_is_unknown(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)

    with uow() as tx:
        assert tx.runs.get(OTHER_TENANT, run.id) is None
        assert tx.runs.of_visit(OTHER_TENANT, run.visit_id) == []


@pytest.mark.parametrize(
    ("changes", "ahead", "is_due"),
    [
        ({}, 8 * 3600, True),
        ({}, 9, False),
        ({"attempt": 1}, 8 * 3600, True),
        ({"attempt": 1}, 3600, False),
        ({"crash_count": 1}, 60, False),
    ],
    ids=["never tried", "clocks that differ", "failed before", "waits for its last try", "waits after a crash"],
)
def test_what_waits_only_because_the_clock_was_set_back_is_due_now(
    uow: UnitOfWorkFactory, changes: dict[str, int], ahead: int, is_due: bool
) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(run_after=NOON + ahead * SECOND, **changes))
        assert tx.runs.bring_forward(NOON) == int(is_due)
        assert (tx.runs.claim("asr", "me", NOON) is not None) is is_due


def test_a_lease_given_before_the_clock_was_set_back_ends_within_one_lease(uow: UnitOfWorkFactory) -> None:
    run = claimed(uow)
    with uow() as tx:
        assert tx.runs.bring_forward(NOON - 8 * 3600 * SECOND) == 1
        standing = tx.runs.get(TENANT, run.id)
        assert standing is not None
        assert standing.lease_until == NOON - 8 * 3600 * SECOND + LEASE
        assert tx.runs.bring_forward(NOON - 8 * 3600 * SECOND) == 0
        assert tx.runs.beat(run.id, run.fence, NOON), "its owner goes on"
