"""P20, a slice of `make proofs ARGS=rolling`: a runner that is restarted over and over hands back its work."""

from pathlib import Path

from tests.integration.conftest import Profile
from tests.proofs.rolling import restart_in_turn


def test_a_runner_restarted_again_and_again_loses_nothing_and_counts_no_crash(sqlite_url: str, tmp_path: Path) -> None:
    profile = Profile("embedded", sqlite_url)
    seen, faults = restart_in_turn(profile, tmp_path, restarts=3, every_s=2.0, seed=3, drain_s=240)

    assert faults == []
    assert (len(seen.stops_s), seen.jobs) == (3, 9)
    assert seen.handed_back >= 1, "no restart met a stage: the trial says nothing"
