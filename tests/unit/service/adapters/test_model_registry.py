"""Versions of a model: trained ones join, one is in use, and there is a way back to whatever was in use before."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from models.training.package import write_model
from nlp.errors import ModelMissing, ModelRefused
from nlp.evaluation.versions import CORRECTED, VERDICTS, Verdicts, joined, pack, unpack
from service.adapters.model_registry import Registry
from service.domain.model_versions import Aliases

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    write_model("roles", {"weights.json": b"0"}, about={}, root=tmp_path / "shipped")
    return Registry(tmp_path / "versions", shipped=tmp_path / "shipped")


def a_model(tmp_path: Path, content: bytes) -> Path:
    return write_model("roles", {"weights.json": content}, about={}, root=tmp_path / "made")


def test_the_shipped_model_is_in_use_where_nothing_was_promoted(registry: Registry, tmp_path: Path) -> None:
    assert registry.champion("roles") == tmp_path / "shipped" / "roles"
    (only,) = registry.versions("roles")
    assert (only.number, only.alias) == (0, "champion")


def test_a_trained_model_waits_as_the_challenger(registry: Registry, tmp_path: Path) -> None:
    added = registry.add("roles", a_model(tmp_path, b"1"), now=NOON, about={"corrections": "march.json"})
    assert (added.number, added.alias, added.created_at) == (1, "challenger", NOON.isoformat())
    assert added.about == {"corrections": "march.json"}
    assert (added.directory / "weights.json").read_bytes() == b"1"
    assert registry.champion("roles").parent.name == "shipped"


def test_promoted_it_is_in_use_and_rolled_back_it_is_not(registry: Registry, tmp_path: Path) -> None:
    for content in (b"1", b"2"):
        version = registry.add("roles", a_model(tmp_path, content), now=NOON, about={})
        registry.promote("roles", version.number, now=NOON)
    assert registry.champion("roles").name == "v2"
    assert registry.roll_back("roles", now=NOON).champion == 1
    assert registry.champion("roles").name == "v1"
    assert registry.roll_back("roles", now=NOON) == registry.aliases("roles")
    assert registry.champion("roles") == tmp_path / "shipped" / "roles"
    with pytest.raises(ModelMissing, match="no earlier version"):
        registry.roll_back("roles", now=NOON)
    assert [move["what"] for move in registry.aliases("roles").moves] == [
        "promote",
        "promote",
        "roll back",
        "roll back",
    ]


def test_promoting_the_champion_changes_nothing(registry: Registry) -> None:
    assert registry.promote("roles", 0, now=NOON) == Aliases()


def test_promoting_another_leaves_the_challenger_waiting(registry: Registry, tmp_path: Path) -> None:
    registry.add("roles", a_model(tmp_path, b"1"), now=NOON, about={})
    registry.add("roles", a_model(tmp_path, b"2"), now=NOON, about={})
    aliases = registry.promote("roles", 1, now=NOON)
    assert (aliases.champion, aliases.challenger, aliases.earlier) == (1, 2, (0,))


def test_an_unknown_version_is_named_with_the_known_ones(registry: Registry) -> None:
    with pytest.raises(ModelMissing, match="roles has no version 4") as missing:
        registry.promote("roles", 4, now=NOON)
    assert "there are 0" in missing.value.remedy


def test_a_damaged_model_is_neither_taken_in_nor_put_in_use(registry: Registry, tmp_path: Path) -> None:
    made = a_model(tmp_path, b"1")
    version = registry.add("roles", made, now=NOON, about={})
    (version.directory / "weights.json").write_bytes(b"other")
    with pytest.raises(ModelRefused, match="SHA-256"):
        registry.promote("roles", 1, now=NOON)
    (made / "weights.json").write_bytes(b"other")
    with pytest.raises(ModelRefused, match="SHA-256"):
        registry.add("roles", made, now=NOON, about={})


def test_a_copy_that_was_cut_off_is_no_version(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "versions" / "roles" / "v1.draft").mkdir(parents=True)
    assert [version.number for version in registry.versions("roles")] == [0]
    assert registry.add("roles", a_model(tmp_path, b"1"), now=NOON, about={}).number == 1


def test_the_aliases_are_a_file_that_people_can_read(registry: Registry, tmp_path: Path) -> None:
    registry.add("roles", a_model(tmp_path, b"1"), now=NOON, about={})
    kept = json.loads((tmp_path / "versions" / "roles" / "aliases.json").read_text())
    assert kept == {"champion": 0, "challenger": 1, "earlier": [], "moves": []}


def some_verdicts(right: int) -> bytes:
    """Forty talks of one row that holds; the first `right` were called."""
    gold = np.ones((40, 1), dtype=bool)
    keys = tuple(f"k{row}" for row in range(40))
    return pack(Verdicts(("rep",), keys, np.arange(40), np.arange(40)[:, None] < right, gold))


def test_versions_are_compared_by_what_they_called(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "shipped" / "roles" / VERDICTS).write_bytes(some_verdicts(20))
    made = a_model(tmp_path, b"1")
    (made / VERDICTS).write_bytes(some_verdicts(35))
    registry.add("roles", made, now=NOON, about={})
    found = registry.compare("roles", 1)
    assert (found.rows, found.refusals) == (40, ())
    assert found.challenger > found.champion


def test_what_the_champion_said_of_corrections_counts_too(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "shipped" / "roles" / VERDICTS).write_bytes(some_verdicts(20))
    made = a_model(tmp_path, b"1")
    (made / VERDICTS).write_bytes(some_verdicts(35))
    again = unpack(some_verdicts(5))
    (made / CORRECTED).write_bytes(pack(replace(again, keys=tuple(f"c{key}" for key in again.keys))))
    registry.add("roles", made, now=NOON, about={})
    assert registry.compare("roles", 1).rows == 40
    kept = unpack(some_verdicts(35))
    both = joined(kept, replace(kept, keys=tuple(f"c{key}" for key in kept.keys)))
    (tmp_path / "versions" / "roles" / "v1" / VERDICTS).write_bytes(pack(both))
    assert registry.compare("roles", 1).rows == 80


def test_a_model_without_verdicts_cannot_be_compared(registry: Registry, tmp_path: Path) -> None:
    registry.add("roles", a_model(tmp_path, b"1"), now=NOON, about={})
    with pytest.raises(ModelMissing, match="cannot be compared"):
        registry.compare("roles", 1)


def test_the_stamp_changes_with_every_move_and_with_nothing_else(registry: Registry, tmp_path: Path) -> None:
    seen = [registry.stamp()]
    registry.add("roles", a_model(tmp_path, b"1"), now=NOON, about={})
    seen.append(registry.stamp())
    registry.promote("roles", 1, now=NOON, by="key:k1")
    seen.append(registry.stamp())
    registry.roll_back("roles", now=NOON)
    seen.append(registry.stamp())
    assert len(set(seen)) == 4
    registry.versions("roles")
    registry.aliases("roles")
    assert registry.stamp() == seen[-1]
    assert [move["by"] for move in registry.aliases("roles").moves] == ["key:k1", "command"]


def test_two_who_promote_at_once_lose_no_move(registry: Registry, tmp_path: Path) -> None:
    for content in (b"1", b"2"):
        registry.add("roles", a_model(tmp_path, content), now=NOON, about={})
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: registry.promote("roles", number, now=NOON), (1, 2)))
    aliases = registry.aliases("roles")
    assert len(aliases.moves) == 2
    assert {*aliases.earlier, aliases.champion} == {0, 1, 2}
