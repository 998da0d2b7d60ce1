"""A short slice of `make chaos`: whatever was acknowledged is finished once and told under one id."""

from pathlib import Path

import pytest

from tests.chaos.driver import run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_seeded_moments_under_load_an_installation_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    outcome = run(tmp_path, "embedded", seed=7, kills=2, quiet_s=480, visits_a_kill=12)

    assert outcome.faults == []
    assert outcome.visits >= 1
    assert sum(outcome.kills.values()) == 2


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_restarted_under_load_as_an_upgrade_does_it_nothing_is_lost_and_no_crash_is_counted(tmp_path: Path) -> None:
    outcome = run(tmp_path, "embedded", seed=20, kills=1, quiet_s=480, visits_a_kill=8, gently=True)

    assert outcome.faults == []
    assert outcome.rescued == 0
    assert outcome.visits >= 1
