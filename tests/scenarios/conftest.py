"""Stories over the whole application and the shipped content, in simulated time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content
from service.settings import ROOT
from tests.support.api import make_api
from tests.support.crm_story import Story


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content(ROOT / "prompts")


@pytest.fixture
def crm(tmp_path: Path, content: Content) -> Iterator[Story]:
    api = make_api(tmp_path, content)
    yield Story(api)
    for client in api.clients:
        client.close()
