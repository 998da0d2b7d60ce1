"""A fresh database, and a broker where the profile has one; dropped with the block."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.adapters.clock import SystemClock
from service.adapters.ids import SortableIds
from service.domain.ports import UnitOfWorkFactory
from service.storage.engine import make_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from tests.integration.conftest import Profile, broker
from tests.support.runner_program import SEAL, Program
from tests.support.servers import postgres_database

PROFILES = ("embedded", "pg+redis", "pg+rabbitmq")
Told = tuple[list[str], list[str]]
"""What to print, and which promises were broken."""


@contextmanager
def in_profile(name: str, folder: Path) -> Iterator[Profile]:
    """The servers of a profile, its database migrated; `folder` holds the SQLite file."""
    if name == "embedded":
        yield Profile(name, _migrated(f"sqlite:///{folder / 'service.db'}"))
        return
    with broker(name.removeprefix("pg+")) as (url, prefix), postgres_database() as database:
        yield Profile(name, _migrated(database), url, prefix)


@contextmanager
def on_postgres() -> Iterator[str]:
    """A migrated database of its own."""
    with postgres_database() as url:
        yield _migrated(url)


@contextmanager
def opened(profile: Profile) -> Iterator[UnitOfWorkFactory]:
    """Its store, as the API would open it."""
    engine = make_engine(profile.url)
    try:
        yield make_unit_of_work(engine, ids=SortableIds(SystemClock()), secret_keys=[SEAL])
    finally:
        engine.dispose()


def program_in(profile: Profile, folder: Path, *, scale: float, **changes: object) -> Program:
    """A runner of the two queues that a recording passes, with the durations of an installation, `scale` times as
    fast."""
    given = {"queues": ("asr", "fast"), "poll_s": 15.0, "log_level": "error"} | changes
    return Program(
        url=profile.url,
        folder=folder,
        epoch=SystemClock().now(),
        scale=scale,
        broker_url=profile.broker_url,
        prefix=profile.prefix,
        **given,  # type: ignore[arg-type]
    )


def _migrated(url: str) -> str:
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return url
