"""The shipped playbooks, read once a process: reading them takes longer than most tests."""

from functools import cache
from pathlib import Path

from service.adapters.content.loader import load_content
from service.adapters.content.playbooks import load_shelf
from service.domain.content.bundle import Content
from service.usecases.playbooks.content_shelf import ContentShelf
from service.usecases.playbooks.playbook_shelf import PlaybookShelf

PROMPTS = Path(__file__).resolve().parents[2] / "prompts"


@cache
def shipped_content() -> Content:
    return load_content(PROMPTS)


@cache
def _read() -> PlaybookShelf:
    return load_shelf(PROMPTS, shipped_content())


def shipped_shelf() -> PlaybookShelf:
    """A shelf of its own for each caller: what it remembers of tenants belongs to one database."""
    return PlaybookShelf(_read().shipped, _read().reader, ContentShelf(_read().contents.reader))
