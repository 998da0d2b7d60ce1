"""The store of a profile, as the API would open it."""

from collections.abc import Iterator

import pytest

from service.adapters.clock import SystemClock
from service.adapters.ids import SortableIds
from service.domain.ports import UnitOfWorkFactory
from service.storage.engine import make_engine
from service.storage.unit_of_work import make_unit_of_work
from tests.integration.conftest import Profile
from tests.support.seal import SEAL


@pytest.fixture
def uow(profile: Profile) -> Iterator[UnitOfWorkFactory]:
    engine = make_engine(profile.url)
    yield make_unit_of_work(engine, ids=SortableIds(SystemClock()), secret_keys=[SEAL])
    engine.dispose()
