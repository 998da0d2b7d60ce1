"""One console per test over in-memory services; the content is read once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content
from service.settings import ROOT
from tests.support.console import ConsoleApi, make_console


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content(ROOT / "prompts")


@pytest.fixture
def console(tmp_path: Path, content: Content) -> Iterator[ConsoleApi]:
    made = make_console(tmp_path, content)
    yield made
    for client in made.api.clients:
        client.close()
