"""Stage runs as rows: the mapping, the fenced update every write of a running stage goes through, fair share.

Invariant: the only legal moves are those of `service.domain.stages`; each UPDATE names the state it leaves.
"""

import zlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Double, and_, func, literal, select, update

from service.domain.stages import Queue, StageRun
from service.storage.tables import fair_share, stage_run
from service.storage.upserts import insert_into

SERVED = ""  # the tenant key of the row that says how far a queue has come


def to_run(row: Mapping[str, Any]) -> StageRun:
    """A row as the domain's value; columns are named after its fields."""
    return StageRun(**row)


def held(run_id: str, fence: int) -> ColumnElement[bool]:
    """The condition under which the holder of `fence` may write."""
    return and_(stage_run.c.id == run_id, stage_run.c.fence == fence, stage_run.c.state == "running")


def write_fenced(connection: Connection, run_id: str, fence: int, **values: object) -> bool:
    """Write `values` if the lease is still the caller's; False when it was lost."""
    statement = update(stage_run).where(held(run_id, fence)).values(**values).execution_options(system="fenced")
    return connection.execute(statement).rowcount == 1


def spread(run_id: str, delay: timedelta) -> timedelta:
    """`delay` ± 20%, the same for the same run, so that what failed together does not return together."""
    return delay * (0.8 + 0.4 * (zlib.crc32(run_id.encode()) % 1000) / 999)


def start_time(connection: Connection, queue: Queue, tenant_id: str, weight_s: float) -> float:
    """The virtual time at which this tenant's next run may start; moves the tenant's own clock by `weight_s`.

    Source: start-time fair queueing. A tenant that was idle starts at the queue's present time, not in its past.
    """
    served = connection.execute(
        select(fair_share.c.vtime).where(fair_share.c.queue == queue, fair_share.c.tenant_key == SERVED)
    ).scalar_one_or_none()
    present = served or 0.0
    statement = insert_into(connection, fair_share).values(queue=queue, tenant_key=tenant_id, vtime=present + weight_s)
    largest = func.max if connection.dialect.name == "sqlite" else func.greatest
    moved = statement.on_conflict_do_update(
        index_elements=["queue", "tenant_key"],
        set_={"vtime": largest(fair_share.c.vtime, literal(present, Double)) + weight_s},
    ).returning(fair_share.c.vtime)
    return float(connection.execute(moved).scalar_one()) - weight_s


def advance_served(connection: Connection, queue: Queue, vtime: float) -> None:
    """Move the queue's present time forward to the start of the run that was just claimed."""
    statement = insert_into(connection, fair_share).values(queue=queue, tenant_key=SERVED, vtime=vtime)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["queue", "tenant_key"], set_={"vtime": vtime}, where=fair_share.c.vtime < vtime
        )
    )
