"""P2 by the wall clock, a slice of `make proofs ARGS=reruns`: killed in a long stage, the work runs again in time."""

from pathlib import Path

import pytest

from tests.integration.conftest import Profile
from tests.proofs.reruns import BOUND_S, judged, kill_in_a_long_stage


def test_work_of_a_killed_process_runs_again_within_the_bound(profile: Profile, tmp_path: Path) -> None:
    # Fifteen times as fast: of the 90 s of the bound some 20 are to spare, more than a second of a busy machine.
    seconds = kill_in_a_long_stage(profile, tmp_path, kills=2, scale=15.0, seed=2)

    assert judged(profile.name, seconds, seed=2)[1] == []


@pytest.mark.parametrize(
    ("seconds", "faults"),
    [([70.0, BOUND_S], 0), ([BOUND_S + 0.1, 3.0], 1), ([None, 20.0], 1), ([None], 1)],
    ids=["in time", "late", "never", "only never"],
)
def test_what_is_late_or_never_begins_again_is_a_fault(seconds: list[float | None], faults: int) -> None:
    assert len(judged("embedded", seconds, seed=1)[1]) == faults
