"""What every implementation promises of runs as operators see them, and of the counts that admission reads."""

from datetime import datetime, timedelta

import pytest

from service.domain.admission import QueueLoad
from service.domain.ports import UnitOfWorkFactory
from service.domain.records import Page
from service.domain.stages import CANARY, LEASE, StageRun
from tests.support.builders import OTHER_TENANT, TENANT, a_run, an_id
from tests.support.fakes import NOON

MINUTE = timedelta(minutes=1)


def quarantine(uow: UnitOfWorkFactory, number: int = 1) -> StageRun:
    """A run whose owner vanished three times."""
    with uow() as tx:
        tx.runs.enqueue(a_run(number))
        for crash in range(3):
            at = NOON + crash * 10 * MINUTE
            tx.runs.claim("asr", "me", at)
            tx.runs.reap(at + LEASE + MINUTE)
        found = tx.runs.get(TENANT, an_id("run", number))
    assert found is not None
    assert found.state == "quarantined"
    return found


def test_runs_are_paged_by_state(uow: UnitOfWorkFactory) -> None:
    quarantine(uow)
    with uow() as tx:
        tx.runs.enqueue(a_run(2))
        tx.runs.enqueue(a_run(3))
        assert [run.id for run in tx.office.page(TENANT, Page(), state="quarantined")] == [an_id("run", 1)]
        first = tx.office.page(TENANT, Page(2))
        rest = tx.office.page(TENANT, Page(2, after=first[-1].id))
        assert tx.office.page(OTHER_TENANT, Page()) == []

    assert [run.id for run in first + rest] == [an_id("run", 3), an_id("run", 2), an_id("run", 1)]


def test_a_quarantined_run_is_tried_again_with_a_clean_record(uow: UnitOfWorkFactory) -> None:
    stopped = quarantine(uow)
    later = NOON + 60 * MINUTE
    with uow() as tx:
        assert tx.office.retry(OTHER_TENANT, stopped.id, later) is None
        retried = tx.office.retry(TENANT, stopped.id, later)
        assert retried is not None
        assert tx.office.retry(TENANT, stopped.id, later) is None
        claimed = tx.runs.claim("asr", "me", later)

    assert (retried.state, retried.crash_count, retried.attempt) == ("queued", 0, 0)
    assert (claimed.id, claimed.attempt) == (stopped.id, 1)
    assert claimed.fence > stopped.fence


def test_a_quarantined_run_can_be_given_up_and_a_working_one_cannot(uow: UnitOfWorkFactory) -> None:
    stopped = quarantine(uow)
    with uow() as tx:
        tx.runs.enqueue(a_run(2))
        assert tx.office.give_up(TENANT, an_id("run", 2)) is None
        assert tx.office.retry(TENANT, an_id("run", 2), NOON) is None
        assert tx.office.give_up(OTHER_TENANT, stopped.id) is None
        given_up = tx.office.give_up(TENANT, stopped.id)

    assert given_up is not None
    assert given_up.state == "cancelled"


def test_what_waits_is_counted_for_the_tenant_and_for_all_and_what_ended_lately(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number in range(1, 5):
            tx.runs.enqueue(a_run(number))
        tx.runs.enqueue(a_run(5, tenant_id=OTHER_TENANT))
        tx.runs.enqueue(a_run(6, "turns"))
        run = tx.runs.claim("asr", "me", NOON)
        tx.runs.finish(run.id, run.fence, {})
        now = tx.office.load(TENANT, "asr", NOON + MINUTE)
        later = tx.office.load(TENANT, "asr", NOON + 11 * MINUTE)
        nobody = tx.office.load("ten_none", "asr", NOON)
        counted = [tx.office.waiting(tenant, "asr") for tenant in (TENANT, OTHER_TENANT, "ten_none")]

    assert now == QueueLoad(own=3, everybodys=4, tenants=2, ended_lately=1)
    assert later.ended_lately == 0
    assert (nobody.own, nobody.everybodys) == (0, 4)
    assert counted == [(3, 4), (1, 4), (0, 4)]


@pytest.mark.parametrize("slots", [1, 2])
def test_a_tenant_with_one_job_waits_for_one_job_a_slot_of_a_tenant_with_a_thousand(
    uow: UnitOfWorkFactory, slots: int
) -> None:
    """P17: whatever one tenant has queued, another's first job is next in line."""
    with uow() as tx:
        for number in range(1, 1_001):
            tx.runs.enqueue(a_run(number), weight_s=60.0)
        for _ in range(slots):
            assert tx.runs.claim("asr", "me", NOON) is not None
        tx.runs.enqueue(a_run(2_000, tenant_id=OTHER_TENANT), weight_s=60.0)
        following = [tx.runs.claim("asr", "me", NOON) for _ in range(2)]

    assert OTHER_TENANT in [run.tenant_id for run in following[:1]] or slots == 2
    assert OTHER_TENANT in [run.tenant_id for run in following]


def sing_all(uow: UnitOfWorkFactory, now: datetime) -> None:
    for queue in ("fast", "asr", "llm", "io"):
        with uow() as tx:
            run = tx.runs.claim(queue, "me", now)
            assert run is not None
            assert run.stage == CANARY
            tx.runs.finish(run.id, run.fence, {})


def test_a_canary_sings_in_every_queue_again_and_again_and_before_all_others(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(1, "turns"))
        assert tx.office.plant_canaries(NOON) == 4
        assert tx.office.plant_canaries(NOON) == 0
        silent = tx.office.signs_of_life(NOON)
    sing_all(uow, NOON)
    with uow() as tx:
        alive = tx.office.signs_of_life(NOON + MINUTE)
        dead = tx.office.signs_of_life(NOON + 2 * MINUTE)
        assert tx.office.plant_canaries(NOON + timedelta(seconds=5)) == 0
        assert tx.office.plant_canaries(NOON + MINUTE) == 4
        queued = tx.office.signs_of_life(NOON + MINUTE)
        load = tx.office.load(TENANT, "asr", NOON + MINUTE)
    sing_all(uow, NOON + MINUTE)

    assert {sign.age_s(NOON) for sign in silent.values()} == {None}
    assert all(sign.is_alive(NOON + MINUTE) for sign in alive.values())
    assert not any(sign.is_alive(NOON + 2 * MINUTE) for sign in dead.values())
    assert all(sign.is_alive(NOON + MINUTE) for sign in queued.values())
    assert (load.everybodys, load.ended_lately) == (0, 0)


def test_canaries_that_rest_since_before_the_clock_was_set_back_sing_again(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.office.plant_canaries(NOON)
    sing_all(uow, NOON)
    with uow() as tx:
        assert tx.office.plant_canaries(NOON - timedelta(seconds=9)) == 0, "clocks differ by that much"
        assert tx.office.plant_canaries(NOON - 60 * MINUTE) == 4


def test_a_long_stage_that_makes_progress_is_a_sign_of_life_and_a_canary_that_hangs_is_none(
    uow: UnitOfWorkFactory,
) -> None:
    with uow() as tx:
        tx.runs.enqueue(a_run(1, "transcribe"))
        tx.runs.claim("asr", "me", NOON)
        tx.runs.beat(an_id("run", 1), 1, NOON + 5 * MINUTE)
        tx.office.plant_canaries(NOON)
        tx.runs.claim("fast", "me", NOON)
        tx.runs.beat("run_canary_fast", 1, NOON + 5 * MINUTE)
        signs = tx.office.signs_of_life(NOON + 5 * MINUTE + LEASE)

    assert signs["asr"].is_alive(NOON + 5 * MINUTE + LEASE)
    assert not signs["fast"].is_alive(NOON + 5 * MINUTE)
    assert signs["fast"].age_s(NOON) is None
