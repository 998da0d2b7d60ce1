"""Processors are counted as the container's quota allows, not as the hardware boasts."""

from pathlib import Path

import pytest

from service.adapters.audio.quota import read_cpu_quota


@pytest.mark.parametrize(("text", "expected"), [("50000 100000\n", 1), ("100000 100000\n", 1)])
def test_a_quota_of_one_processor_or_less_is_one(tmp_path: Path, text: str, expected: int) -> None:
    (tmp_path / "cpu.max").write_text(text, encoding="ascii")
    assert read_cpu_quota(tmp_path / "cpu.max", tmp_path) == expected


@pytest.mark.parametrize("text", ["max 100000\n", "", "nonsense", "100000000 100000\n"])
def test_without_a_lower_quota_the_affinity_counts(tmp_path: Path, text: str) -> None:
    (tmp_path / "cpu.max").write_text(text, encoding="ascii")
    without_any = read_cpu_quota(tmp_path / "none", tmp_path / "none")
    assert read_cpu_quota(tmp_path / "cpu.max", tmp_path) == without_any >= 1


def test_the_older_control_groups_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "cpu.cfs_quota_us").write_text("100000", encoding="ascii")
    (tmp_path / "cpu.cfs_period_us").write_text("100000", encoding="ascii")
    assert read_cpu_quota(tmp_path / "none", tmp_path) == 1
    (tmp_path / "cpu.cfs_quota_us").write_text("-1", encoding="ascii")
    assert read_cpu_quota(tmp_path / "none", tmp_path) >= 1
