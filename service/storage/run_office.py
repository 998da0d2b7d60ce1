"""Stage runs as operators see them, and the counts that admission is decided on."""

from datetime import datetime
from typing import get_args

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from service.domain.admission import SEEN, QueueLoad
from service.domain.records import Page
from service.domain.run_office import CANARY_REST, CANARY_TENANT, GIVEN_UP, RETRIED, SignOfLife
from service.domain.stages import CANARY, CLOCKS_DIFFER, FINAL, Queue, RunState, StageRun
from service.storage.documents import columns_of
from service.storage.run_rows import to_run
from service.storage.sealed import SealedColumns
from service.storage.tables import stage_run
from service.storage.upserts import insert_into


class SqlRunOffice:
    """The RunOffice port."""

    def __init__(self, connection: Connection, sealed: SealedColumns | None = None) -> None:
        self._connection = connection
        self._sealed = sealed or SealedColumns()

    def page(self, tenant_id: str, page: Page, *, state: RunState | None = None) -> list[StageRun]:
        query = select(stage_run).where(stage_run.c.tenant_id == tenant_id)
        if state is not None:
            query = query.where(stage_run.c.state == state)
        if page.after is not None:
            query = query.where(stage_run.c.id < page.after)
        rows = self._connection.execute(query.order_by(stage_run.c.id.desc()).limit(page.limit))
        return [to_run(self._sealed.opened(stage_run, row._asdict())) for row in rows]

    def retry(self, tenant_id: str, run_id: str, now: datetime) -> StageRun | None:
        return self._move(tenant_id, run_id, RETRIED, state="queued", run_after=now, crash_count=0, attempt=0)

    def give_up(self, tenant_id: str, run_id: str) -> StageRun | None:
        return self._move(tenant_id, run_id, GIVEN_UP, state="cancelled")

    def _move(self, tenant_id: str, run_id: str, sources: frozenset[RunState], **values: object) -> StageRun | None:
        row = self._connection.execute(
            update(stage_run)
            .where(stage_run.c.tenant_id == tenant_id, stage_run.c.id == run_id, stage_run.c.state.in_(sources))
            .values(**values, owner="", lease_until=None, fence=stage_run.c.fence + 1)
            .returning(stage_run)
        ).one_or_none()
        return None if row is None else to_run(self._sealed.opened(stage_run, row._asdict()))

    def plant_canaries(self, now: datetime) -> int:
        planted = 0
        for queue in get_args(Queue):
            planted_at = stage_run.c.run_after  # before the clock was set back, where it lies ahead
            due = or_(planted_at <= now - CANARY_REST, planted_at > now + CLOCKS_DIFFER)
            rested = self._connection.execute(
                update(stage_run)
                .where(*_canary_of(queue), stage_run.c.state.in_(FINAL), due)
                .values(state="queued", run_after=now, attempt=0, crash_count=0)
            ).rowcount
            planted += rested or self._first_canary(queue, now)
        return planted

    def _first_canary(self, queue: Queue, now: datetime) -> int:
        run = StageRun(f"run_canary_{queue}", CANARY_TENANT, f"canary-{queue}", CANARY, "canary", queue, "queued", now)
        row = columns_of(run) | {"input": {}, "progress": {}, "output": {}, "priority": 100}
        planted = self._connection.execute(
            insert_into(self._connection, stage_run).values(**row).on_conflict_do_nothing().returning(stage_run.c.id)
        ).one_or_none()
        return int(planted is not None)

    def signs_of_life(self, now: datetime) -> dict[Queue, SignOfLife]:
        finished = (
            select(stage_run.c.queue, stage_run.c.heartbeat_at)
            .where(stage_run.c.tenant_id == CANARY_TENANT, stage_run.c.stage == CANARY)
            .where(stage_run.c.state.in_(("succeeded", "queued")), stage_run.c.heartbeat_at.is_not(None))
        )
        canaries = {row.queue: row.heartbeat_at for row in self._connection.execute(finished)}
        moving = (
            select(stage_run.c.queue, func.max(stage_run.c.heartbeat_at).label("at"))
            .where(stage_run.c.state == "running", stage_run.c.stage != CANARY, stage_run.c.lease_until >= now)
            .group_by(stage_run.c.queue)
            .execution_options(system="depth")
        )
        progress = {row.queue: row.at for row in self._connection.execute(moving)}
        return {queue: SignOfLife(canaries.get(queue), progress.get(queue)) for queue in get_args(Queue)}

    def waiting(self, tenant_id: str, queue: Queue) -> tuple[int, int]:
        own, everybodys = self._connection.execute(
            select(func.count().filter(stage_run.c.tenant_id == tenant_id), func.count())
            .where(stage_run.c.queue == queue, stage_run.c.state == "queued", stage_run.c.stage != CANARY)
            .execution_options(system="depth")
        ).one()
        return int(own), int(everybodys)

    def load(self, tenant_id: str, queue: Queue, now: datetime) -> QueueLoad:
        waiting = (
            select(stage_run.c.tenant_id, func.count().label("n"))
            .where(stage_run.c.queue == queue, stage_run.c.state == "queued", stage_run.c.stage != CANARY)
            .group_by(stage_run.c.tenant_id)
            .execution_options(system="depth")
        )
        counts = {row.tenant_id: row.n for row in self._connection.execute(waiting)}
        ended = self._connection.execute(
            select(func.count())
            .select_from(stage_run)
            .where(stage_run.c.queue == queue, stage_run.c.state == "succeeded", stage_run.c.heartbeat_at >= now - SEEN)
            .where(stage_run.c.stage != CANARY)
            .execution_options(system="depth")
        ).scalar_one()
        return QueueLoad(counts.get(tenant_id, 0), sum(counts.values()), len(counts), int(ended))


def _canary_of(queue: Queue) -> tuple[ColumnElement[bool], ...]:
    return (
        stage_run.c.tenant_id == CANARY_TENANT,
        stage_run.c.stage == CANARY,
        stage_run.c.queue == queue,
    )
