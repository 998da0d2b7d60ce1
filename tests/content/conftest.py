"""The shipped content, read once."""

from pathlib import Path

import pytest

from service.adapters.content.loader import load_content
from service.domain.content.bundle import Content

PROMPTS = Path(__file__).parents[2] / "prompts"


@pytest.fixture(scope="session")
def prompts() -> Path:
    return PROMPTS


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content(PROMPTS)
