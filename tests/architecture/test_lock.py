"""What is installed is what was locked: every package by version and hash, none older than its known holes allow."""

import re
from pathlib import Path

import pytest

from service.cli.checkup import FLOORS, release_of

ROOT = Path(__file__).resolve().parents[2]
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]


def entries(path: Path) -> list[str]:
    """Each requirement with its hashes, on one line."""
    joined = path.read_text("utf-8").replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_its_hashes(path: Path) -> None:
    found = entries(path)
    assert len(found) > 50
    assert [line for line in found if not re.match(r"[\w.\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


@pytest.mark.parametrize("name", FLOORS)
def test_no_package_is_below_the_version_that_closed_a_hole(name: str) -> None:
    versions = [line.split("==")[1].split()[0] for line in entries(LOCKS[0]) if line.startswith(f"{name}==")]
    assert versions
    assert min(map(release_of, versions)) >= release_of(FLOORS[name])
