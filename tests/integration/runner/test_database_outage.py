"""The database goes away for longer than a lease: the child works on, nothing counts as a crash, nobody restarts."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from service.domain.errors import Unavailable
from service.domain.ports import UnitOfWorkFactory
from tests.integration.conftest import Profile
from tests.integration.runner.test_kill import accept, all_done, program_for, runs_of
from tests.support.builders import an_id
from tests.support.runner_program import Crew, wait_for
from tests.support.servers import POSTGRES

LEASE_AND_A_HALF_S = 3.6  # of the host, at the scale of these tests


@pytest.fixture
def profile(postgres_url: str) -> Profile:
    return Profile("pg alone", postgres_url)


@contextmanager
def away(url: str) -> Iterator[None]:
    """Nobody can connect to the database, and whoever was connected is cut off."""
    name = url.rsplit("/", 1)[1]
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            yield
        finally:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.postgres
@pytest.mark.slow
def test_an_outage_longer_than_a_lease_costs_time_and_nothing_else(
    profile: Profile, uow: UnitOfWorkFactory, tmp_path: Path
) -> None:
    program = program_for(profile, tmp_path, blocked_stage="decode")
    accept(uow, 1, program)
    crew = Crew([program])
    try:
        assert wait_for((tmp_path / f"blocked-{an_id('run')}").exists, 30)
        with away(profile.url):
            time.sleep(LEASE_AND_A_HALF_S / 2)
            with pytest.raises(Unavailable):
                runs_of(uow, 1)
            time.sleep(LEASE_AND_A_HALF_S / 2)
        assert crew.processes[0].is_alive()
        (tmp_path / "go").touch()
        assert wait_for(lambda: all_done(uow, range(1, 2)), 40)
        codes = crew.stop()
    finally:
        crew.kill()

    assert codes == [0]
    assert {(run.attempt, run.crash_count) for run in runs_of(uow, 1)} == {(1, 0)}


@pytest.mark.postgres
def test_a_result_that_is_ready_while_the_database_is_away_is_kept(
    profile: Profile, uow: UnitOfWorkFactory, tmp_path: Path
) -> None:
    program = program_for(profile, tmp_path, blocked_stage="decode")
    accept(uow, 1, program)
    crew = Crew([program])
    try:
        assert wait_for((tmp_path / f"blocked-{an_id('run')}").exists, 30)
        with away(profile.url):
            (tmp_path / "go").touch()
            time.sleep(1.0)
        assert wait_for(lambda: all_done(uow, range(1, 2)), 40)
    finally:
        crew.kill()

    assert {(run.attempt, run.crash_count) for run in runs_of(uow, 1)} == {(1, 0)}
