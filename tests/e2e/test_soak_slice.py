"""A short slice of `make soak`: tenants that all wait get equal shares, and one that comes later is not last."""

from pathlib import Path

import pytest

from tests.soak.__main__ import soak


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_under_load_tenants_are_served_alike_and_every_request_is_answered(tmp_path: Path) -> None:
    said: list[str] = []

    broken = soak(
        tmp_path, profile="embedded", visits=21, clients=20, queued=160, tenants=4, finished=24, tell=said.append
    )

    # A handful of visits says nothing about memory: only the long run judges it.
    assert [fault for fault in broken if not fault.startswith("memory")] == [], "\n".join(said)
    assert len(said) == 3
