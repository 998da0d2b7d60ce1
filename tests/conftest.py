"""What holds for all tests: no deadline per example, loggers as they come, and an order that ends together."""

import gc

import pytest
import structlog
from hypothesis import settings

settings.register_profile("no_deadline", deadline=None)  # a busy machine is not a failing property
settings.load_profile("no_deadline")

SLOW = ("tests/e2e/", "tests/integration/", "tests/browser/", "tests/scenarios/")
SLOW_WITHIN = 0.75  # of the run: what takes a minute must not be what everybody waits for at the end


@pytest.fixture(autouse=True)
def unconfigured_logging() -> None:
    """Whatever level an earlier test's installation set, this test's loggers start out saying everything."""
    structlog.reset_defaults()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that start servers and wait over the first part of the run, the others over all of it."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.location[0], []).append(item)
    slow = [name for name in files if name.startswith(SLOW)]
    quick = [name for name in files if not name.startswith(SLOW)]
    places = {name: SLOW_WITHIN * at / len(slow) for at, name in enumerate(slow)}
    places |= {name: at / len(quick) for at, name in enumerate(quick)}
    items[:] = [item for name in sorted(files, key=lambda name: places[name]) for item in files[name]]


def pytest_collection_finish() -> None:
    """Thousands of collected tests stay to the end: looking through them again and again finds no garbage."""
    gc.collect()
    gc.freeze()
