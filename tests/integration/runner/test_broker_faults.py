"""P4, a slice of `make proofs ARGS=broker`: each fault of a broker once; work begins all the same, rings are heard."""

from functools import partial
from pathlib import Path

import pytest

from tests.integration.conftest import broker
from tests.proofs.broker import a_runner_behind, rings_are_heard
from tests.support.fault_proxy import FaultProxy
from tests.support.runner_program import wait_for

# What is half open stays so until somebody cuts it: a reset comes after it, as a firewall's would.
FAULTS = ("slicer", "half_open", "reset", "down")
PORTS = {"redis": 6379, "rabbitmq": 5672}


@pytest.mark.parametrize("name", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in PORTS])
def test_work_begins_through_every_fault_of_the_broker_and_rings_are_heard_afterwards(
    name: str, sqlite_url: str, tmp_path: Path
) -> None:
    with broker(name) as (_, prefix), FaultProxy(PORTS[name]) as proxy, \
            a_runner_behind(proxy, name, sqlite_url, tmp_path, prefix=prefix, poll_s=1.0) as (jobs, crew):  # fmt: skip
        assert rings_are_heard(jobs, within_s=60) is not None, "while all is well"
        for fault in FAULTS:
            with proxy.failing(fault):
                number = jobs.accept()
                assert wait_for(partial(jobs.has_begun, number), 30), fault
        assert rings_are_heard(jobs, within_s=120) is not None, "afterwards"
        assert wait_for(lambda: all(map(jobs.ended, jobs.accepted_at)), 60)
        assert crew.stop() == [0]
