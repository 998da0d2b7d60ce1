"""A recording's legal moves: every accepted one reaches an end, or waits visibly."""

from typing import get_args

import pytest

from service.domain.speech.recording import LEGAL_MOVES, RecordingState, may_move

STATES: tuple[RecordingState, ...] = get_args(RecordingState)


def reachable(start: RecordingState) -> set[RecordingState]:
    found: set[RecordingState] = set()
    left = [start]
    while left:
        state = left.pop()
        if state not in found:
            found.add(state)
            left.extend(LEGAL_MOVES[state])
    return found


def test_every_state_has_its_moves() -> None:
    assert set(LEGAL_MOVES) == set(STATES)


def test_what_was_received_can_reach_every_other_state() -> None:
    assert reachable("received") == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_staying_is_allowed(state: RecordingState) -> None:
    assert may_move(state, state)


@pytest.mark.parametrize("state", [state for state in STATES if state != "received"])
def test_nothing_becomes_received_again(state: RecordingState) -> None:
    assert not may_move(state, "received")


@pytest.mark.parametrize("state", [state for state in STATES if state != "cancelled"])
def test_what_was_cancelled_stays_so(state: RecordingState) -> None:
    assert not may_move("cancelled", state)


@pytest.mark.parametrize("state", ["received", "waiting_for_model", "failed", "quarantined"])
def test_only_work_leads_to_done(state: RecordingState) -> None:
    assert not may_move(state, "done")
    assert may_move("processing", "done")


@pytest.mark.parametrize("state", ["waiting_for_model", "failed", "quarantined", "done"])
def test_what_stopped_can_be_worked_on_again(state: RecordingState) -> None:
    assert may_move(state, "processing")
