"""A migrated database of each kind, and keys to seal its rows with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.adapters.key_ring import KeyRing
from service.domain.ports import UnitOfWorkFactory
from service.storage.engine import make_engine
from service.storage.unit_of_work import make_unit_of_work
from tests.support.fakes import FakeIds
from tests.support.seal import SEAL


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def uow(engine: Engine) -> UnitOfWorkFactory:
    return make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL])


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys", b"k" * 32)
