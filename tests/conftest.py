"""Settings for all tests: no deadline per example, because a busy machine is not a failing property."""

import pytest
import structlog
from hypothesis import settings

settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


@pytest.fixture(autouse=True)
def unconfigured_logging() -> None:
    """Whatever level an earlier test's installation set, this test's loggers start out saying everything."""
    structlog.reset_defaults()
