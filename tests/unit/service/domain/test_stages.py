"""The chain of stages, the retry schedule, and what a crash leads to."""

from datetime import timedelta
from typing import get_args

import pytest

from service.domain.stages import (
    CANARY,
    CHAIN,
    FINAL,
    HEARTBEAT,
    LEASE,
    MAX_CRASHES,
    QUEUE_OF,
    REAP_EVERY,
    RETRY_DELAYS,
    Queue,
    RunState,
    Stage,
    after_crash,
    next_stage,
    retry_delay,
)


def test_every_stage_is_in_the_chain_and_has_a_queue() -> None:
    assert {*CHAIN, CANARY} == set(get_args(Stage))
    assert set(CHAIN) == set(QUEUE_OF)
    assert next_stage(CANARY) is None
    assert set(QUEUE_OF.values()) == set(get_args(Queue))


def test_the_chain_is_walked_from_the_first_stage_to_the_last() -> None:
    walked: list[Stage] = ["fetch"]
    while (following := next_stage(walked[-1])) is not None:
        walked.append(following)

    assert tuple(walked) == CHAIN


def test_without_a_language_model_its_stage_alone_is_left_out() -> None:
    assert next_stage("analyse", assisted=False) == "coach"
    assert all(next_stage(stage, assisted=False) == next_stage(stage) for stage in CHAIN if stage != "analyse")


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 2), (2, 10), (3, 60), (4, 600), (5, 3600), (6, None), (0, None), (-1, None)]
)
def test_each_failed_attempt_waits_longer_until_none_is_due(attempt: int, seconds: int | None) -> None:
    assert retry_delay(attempt) == (None if seconds is None else timedelta(seconds=seconds))


def test_delays_only_grow() -> None:
    assert list(RETRY_DELAYS) == sorted(RETRY_DELAYS)


@pytest.mark.parametrize(
    ("crashes", "state", "seconds"), [(1, "queued", 0), (2, "queued", 60), (3, "quarantined", 0), (9, "quarantined", 0)]
)
def test_the_third_crash_is_the_last(crashes: int, state: RunState, seconds: int) -> None:
    assert after_crash(crashes) == (state, timedelta(seconds=seconds))


def test_a_dead_owner_is_replaced_within_ninety_seconds() -> None:
    """A lease, one tick of the reaper, and one look of an idle runner."""
    assert LEASE + REAP_EVERY + timedelta(seconds=15) <= timedelta(seconds=90)
    assert LEASE >= 3 * HEARTBEAT, "two lost beats are no death"


def test_only_states_that_nothing_leaves_are_final() -> None:
    assert set(get_args(RunState)) - FINAL == {"queued", "running", "waiting"}
    assert MAX_CRASHES == 3
