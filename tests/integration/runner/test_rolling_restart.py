"""P20, a slice of `make proofs ARGS=rolling`: runners restarted in turn hand back what they work on."""

from pathlib import Path

from tests.integration.conftest import Profile
from tests.proofs.rolling import restart_in_turn


def test_runners_restarted_in_turn_lose_nothing_and_count_no_crash(profile: Profile, tmp_path: Path) -> None:
    seen, faults = restart_in_turn(profile, tmp_path, restarts=3, every_s=2.0, seed=3, drain_s=120)

    assert faults == []
    assert (len(seen.stops_s), seen.jobs) == (3, 9)
    assert seen.handed_back >= 1, "no restart met a stage: the trial says nothing"
