"""P8, a slice of `make proofs ARGS=commits`: confirmed commits survive each kill; unsafe servers are refused."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from service.domain.errors import Permanent
from service.storage.engine import make_engine, verify_engine
from tests.proofs.commits import kill_writers
from tests.support.servers import POSTGRES, postgres_database


@pytest.fixture
def postgres() -> Iterator[str]:
    with postgres_database() as url:
        yield url


def test_what_was_confirmed_is_there_after_each_of_many_kills(tmp_path: Path) -> None:
    kept = kill_writers(tmp_path, kills=12, seed=8)

    assert kept.faults == []
    assert kept.acknowledged >= kept.kills
    assert kept.unconfirmed <= kept.kills  # the one transaction that was confirmed and not yet said


@pytest.mark.postgres
def test_a_postgresql_that_may_lose_commits_is_refused_at_start(postgres: str) -> None:
    engine = make_engine(postgres)
    verify_engine(engine)
    engine.dispose()
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {postgres.rsplit('/', 1)[1]} SET synchronous_commit = off")

    with pytest.raises(Permanent, match="synchronous_commit") as refused:
        verify_engine(engine)
    engine.dispose()
    assert refused.value.code == "database_unsafe"
