"""Periodic work as rows: each due moment is taken by exactly one process, whatever the number of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from service.storage.tables import tick
from service.storage.upserts import insert_into


class SqlTicks:
    """The Ticks port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, name: str, every: timedelta, read_clock: Callable[[], datetime]) -> bool:
        due_at = self._connection.execute(select(tick.c.due_at).where(tick.c.name == name)).scalar_one_or_none()
        now = read_clock()
        if due_at is None:
            added = insert_into(self._connection, tick).values(name=name, due_at=now + every)
            mine = added.on_conflict_do_nothing().returning(tick.c.name)
            return self._connection.execute(mine).one_or_none() is not None
        # A moment further away than one period was written by a clock that has since been set back.
        if now < due_at <= now + every:
            return False
        missed = max((now - due_at) // every, 0)  # after an outage one tick is made up for, not all
        following = due_at + (missed + 1) * every if due_at <= now else now + every
        moved = update(tick).where(tick.c.name == name, tick.c.due_at == due_at).values(due_at=following)
        return self._connection.execute(moved).rowcount == 1
