"""The operations page says what is true: its tests exist, its sums are right, no promise is left out."""

import re
from pathlib import Path

import pytest

from service.cli.on_demand import MODULE_OF
from service.domain.stages import LEASE, REAP_EVERY
from service.settings import known_variables

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "service" / "runner" / "OPERATIONS.md").read_text("utf-8")
PROMISES = re.findall(r"^\| (P\d+) [^|]+\| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
ENGINES = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([\d.]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE)


def test_each_promise_has_a_row_of_its_own_in_order() -> None:
    assert [name for name, _, _ in PROMISES] == [f"P{number}" for number in range(1, 31)]


@pytest.mark.parametrize(("name", "tests", "seen"), PROMISES, ids=[name for name, _, _ in PROMISES])
def test_a_promise_names_tests_that_are_there_and_what_was_seen(name: str, tests: str, seen: str) -> None:
    files = re.findall(r"`(\w+/[\w/]+\.py)`", tests)
    assert files, f"{name} names no test"
    assert [file for file in files if not (ROOT / "tests" / file).exists()] == []
    assert seen.strip()


@pytest.mark.parametrize(("engine", "cores", "visits"), ENGINES, ids=[engine for engine, _, _ in ENGINES])
def test_visits_a_day_follow_from_the_cores_that_a_month_takes(engine: str, cores: str, visits: str) -> None:
    """12,000 visits in 220 hours on so many cores: one core in 24 hours."""
    assert int(visits.replace(",", "")) == round(12_000 / 220 * 24 / float(cores))


def test_the_table_of_engines_is_found() -> None:
    assert len(ENGINES) >= 5


def test_the_lease_and_the_reaper_are_those_of_the_code() -> None:
    assert f"lease {LEASE.seconds} s, reaper every {REAP_EVERY.seconds} s" in PAGE
    assert LEASE + REAP_EVERY <= 1.5 * LEASE  # P2: ninety seconds


def test_settings_and_commands_it_names_exist() -> None:
    named = set(re.findall(r"FIELDCUE_[A-Z]+__[A-Z0-9_]*[A-Z0-9]", PAGE))
    assert named <= set(known_variables())
    assert set(re.findall(r"`fieldcue (\w+)", PAGE)) <= set(MODULE_OF)


def test_make_targets_it_names_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)", PAGE)) <= targets
