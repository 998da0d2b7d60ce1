"""Opens the database alone, for commands that work on nothing but rows, and as the ground of every process."""

from dataclasses import dataclass

from sqlalchemy import Engine

from service.adapters import tracing
from service.adapters.clock import SystemClock
from service.adapters.ids import SortableIds
from service.adapters.logs import configure_logging
from service.domain.ports import Clock, Ids, UnitOfWorkFactory
from service.installed import secret_key, text_vault
from service.settings import Settings
from service.storage.clock import DatabaseClock
from service.storage.engine import make_engine, verify_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work, unmasked
from service.usecases.delivery.masked_events import mask_event


@dataclass(frozen=True, slots=True)
class Store:
    """The rows alone, for commands that work on nothing else; `close` ends the connections."""

    uow: UnitOfWorkFactory
    clock: Clock
    ids: Ids
    database: Engine

    def close(self) -> None:
        """End the connections."""
        self.database.dispose()


def open_store(settings: Settings, *, host: Clock | None = None) -> Store:
    """The database, brought up to date; `host` stands in for this machine's clock.

    Raises:
        SystemExit: the settings contradict each other; the message says how to solve it.
    """
    configure_logging(settings.log.level)
    tracing.configure(settings.trace.endpoint)
    settings.storage.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # recordings are for this user alone
    key = secret_key(settings)
    database = make_engine(database_url(settings), pool_size=settings.database.pool_size)
    upgrade(database)
    verify_engine(database)
    mask = mask_event if settings.privacy.mask_events else unmasked
    clock = DatabaseClock(database, host or SystemClock())  # several hosts share the database: its clock decides leases
    ids = SortableIds(clock)
    uow = make_unit_of_work(database, ids=ids, secret_keys=[key], mask=mask, seal=text_vault(settings))
    return Store(uow, clock, ids, database)


def database_url(settings: Settings) -> str:
    """The configured database, or SQLite in the data directory."""
    return settings.database.url or f"sqlite:///{settings.storage.data_dir.absolute() / 'fieldcue.db'}"
