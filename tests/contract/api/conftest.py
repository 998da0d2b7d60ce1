"""One application per test; the content is read once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content
from service.settings import ROOT
from tests.support.api import VISIT, Api, make_api


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
def visit_id(api: Api) -> str:
    return str(api.client().post("/v1/visits", json=VISIT).json()["id"])
