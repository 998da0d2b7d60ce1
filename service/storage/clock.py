"""A clock that follows the database's, so that hosts with wrong clocks agree on leases."""

import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, exc

from service.domain.ports import Clock

MEASURE_EVERY_S = 30.0


class DatabaseClock:
    """The host's clock plus its measured distance from the database's clock.

    The distance is measured again every 30 s; while the database is away the last one holds. On SQLite, which has
    no clock of its own, this is the host's clock.
    """

    def __init__(self, engine: Engine, host: Clock) -> None:
        self._engine = engine
        self._host = host
        self._lock = threading.Lock()
        self._offset = timedelta(0)
        self._measured_at = float("-inf")

    def now(self) -> datetime:
        if self._engine.dialect.name != "sqlite":
            self._measure()
        return self._host.now() + self._offset

    def _measure(self) -> None:
        with self._lock:
            if time.monotonic() - self._measured_at < MEASURE_EVERY_S:
                return
            self._measured_at = time.monotonic()
        try:
            with self._engine.connect() as connection:
                before = self._host.now()
                there: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
                after = self._host.now()
        except exc.SQLAlchemyError:
            return
        self._offset = there.astimezone(UTC) - (before + (after - before) / 2)
