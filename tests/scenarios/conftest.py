"""Stories over the whole application and the shipped content, in simulated time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content
from service.settings import ROOT
from tests.support.api import Api, make_api
from tests.support.crm_office import Office, an_office
from tests.support.crm_story import Story


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
def crm(api: Api) -> Story:
    return Story(api)


@pytest.fixture
def office(api: Api) -> Iterator[Office]:
    """A Monday morning at nine, with a CRM that is told everything and a chat group that may join."""
    with an_office(api) as office:
        yield office
