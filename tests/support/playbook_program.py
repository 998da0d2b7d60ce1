"""A process that does nothing but look after playbooks, on a clock that runs fast; several of them share a database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.adapters.ids import SortableIds
from service.domain.errors import ServiceError
from service.storage.engine import make_engine
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from service.usecases.services import Services
from tests.support.seal import SEAL
from tests.support.service import services_over
from tests.support.shelf import shipped_content, shipped_shelf


@dataclass(frozen=True)
class FastClock:
    """`epoch` at the host's moment `started`; `scale` of its seconds pass in one of the host's."""

    epoch: datetime
    started: float
    scale: float

    def now(self) -> datetime:
        return self.epoch + timedelta(seconds=(time.time() - self.started) * self.scale)


@contextmanager
def services_on(url: str, clock: FastClock) -> Iterator[Services]:
    """Services over a real database with all shipped rules."""
    ids, engine = SortableIds(clock), make_engine(url)
    uow = make_unit_of_work(engine, ids=ids, secret_keys=[SEAL])
    yield services_over(content=shipped_content(), uow=uow, clock=clock, ids=ids, playbooks=shipped_shelf())
    engine.dispose()


def look_after(url: str, clock: FastClock, ready: Path, stop: Path) -> None:
    """Evaluate until the file `stop` appears."""
    with services_on(url, clock) as services:
        ready.touch()
        while not stop.exists():
            try:
                evaluate_playbooks(services)
            except ServiceError:  # the database was busy with the others
                time.sleep(0.02)
            time.sleep(0.01)


EPOCH = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in China, a Monday
