"""One application per test; the content is read once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.adapters.ids import SortableIds
from service.domain.content.bundle import Content
from service.settings import ROOT
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from tests.support.api import VISIT, Api, make_api
from tests.support.seal import SEAL


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content(ROOT / "prompts")


@pytest.fixture
def api(tmp_path: Path, content: Content) -> Iterator[Api]:
    made = make_api(tmp_path, content)
    yield made
    for client in made.clients:
        client.close()


@pytest.fixture
def sql_api(tmp_path: Path, content: Content) -> Iterator[Api]:
    """The application on a real SQLite file, for what only a real database shows: races, locks, rollbacks."""
    made = make_api(tmp_path, content)
    engine = make_engine(f"sqlite:///{tmp_path / 'real.db'}")
    upgrade(engine)
    ids = SortableIds(made.clock)
    made.services = replace(made.services, ids=ids, uow=make_unit_of_work(engine, ids=ids, secret_keys=[SEAL]))
    yield made
    for client in made.clients:
        client.close()
    engine.dispose()


@pytest.fixture
def visit_id(api: Api) -> str:
    return str(api.client().post("/v1/visits", json=VISIT).json()["id"])
