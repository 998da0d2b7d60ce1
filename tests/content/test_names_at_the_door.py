"""Every event that a pack names can come in over HTTP under that very name: nothing is renamed on the way."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from service.domain.crm.naming import plain_type
from service.settings import ROOT

FOLDERS = ("playbooks", "metrics", "processes", "scorecards", "plans", "deal_desk", "loss_patterns")
KEYS = {"event", "absent", "count", "series", "streak", "clash", "types", "type", "also"}
FILES = [
    *sorted(path for it in FOLDERS for path in (ROOT / "prompts" / it).rglob("*.yaml")),
    ROOT / "prompts/events.yaml",
]


def types_in(part: Any) -> Iterator[str]:
    """The event types that plain data names."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in KEYS:
                yield from (it for it in (value if isinstance(value, list) else [value]) if "." in str(it))
            yield from types_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from types_in(value)


NAMED = sorted({str(name) for path in FILES for name in types_in(yaml.safe_load(path.read_text("utf-8")))})


def test_packs_name_many_events() -> None:
    assert {"call.logged", "order.placed", "visit.completed", "store.question_asked", "request.rated"} <= set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_a_pack_sees_what_is_sent_under_its_own_name(name: str) -> None:
    assert plain_type(name)[1] == name
    assert plain_type(f"com.example.{name}.v1")[1] == name, "as CloudEvents advises to name types"
