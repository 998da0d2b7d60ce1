"""The queue: stage runs claimed under a lease, beaten, finished, failed, reaped; one path for both databases.

Invariant: a run has at most one live owner; whoever lost the lease changes nothing, because every write is fenced.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Executable, Row, and_, func, or_, select, update

from service.domain.stages import CLOCKS_DIFFER, FINAL, LATEST_RETRY, LEASE, Queue, Stage, StageRun, after_crash
from service.storage import run_rows
from service.storage.documents import columns_of
from service.storage.run_rows import to_run, write_fenced
from service.storage.sealed import KEY_ID, SealedColumns
from service.storage.tables import stage_checkpoint, stage_run
from service.storage.upserts import insert_into

ENDED = {"owner": "", "lease_until": None}


class SqlRuns:
    """The Runs port."""

    def __init__(self, connection: Connection, sealed: SealedColumns | None = None) -> None:
        self._connection = connection
        self._sealed = sealed or SealedColumns()

    def enqueue(self, run: StageRun, *, weight_s: float = 0.0, continues: StageRun | None = None) -> StageRun:
        standing = select(stage_run).where(
            stage_run.c.tenant_id == run.tenant_id,
            stage_run.c.visit_id == run.visit_id,
            stage_run.c.stage == run.stage,
            stage_run.c.input_hash == run.input_hash,
        )
        found = self._one(standing)
        if found is not None:
            return found
        documents = {"input": dict(run.input), "progress": dict(run.progress), "output": dict(run.output)}
        vtime = run_rows.start_time(self._connection, run.queue, run.tenant_id, weight_s)
        if continues is not None:
            vtime = continues.vtime
        added = self._one(
            insert_into(self._connection, stage_run)
            .values(**self._sealed.closed(stage_run, columns_of(run) | documents | {"vtime": vtime}))
            .on_conflict_do_nothing()
            .returning(stage_run)
        )
        return added if added is not None else self._run(self._connection.execute(standing).one())

    def get(self, tenant_id: str, run_id: str) -> StageRun | None:
        return self._one(select(stage_run).where(stage_run.c.tenant_id == tenant_id, stage_run.c.id == run_id))

    def of_visit(self, tenant_id: str, visit_id: str) -> list[StageRun]:
        query = select(stage_run).where(stage_run.c.tenant_id == tenant_id, stage_run.c.visit_id == visit_id)
        return self._all(query.order_by(stage_run.c.id))

    def claim(self, queue: Queue, owner: str, now: datetime, *, run_id: str | None = None) -> StageRun | None:
        due = select(stage_run.c.id).where(
            stage_run.c.state == "queued", stage_run.c.queue == queue, stage_run.c.run_after <= now
        )
        if run_id is not None:
            due = due.where(stage_run.c.id == run_id)
        first = due.order_by(stage_run.c.priority.desc(), stage_run.c.vtime, stage_run.c.id).limit(1)
        claimed = self._one(
            update(stage_run)
            .where(stage_run.c.id == first.with_for_update(skip_locked=True).scalar_subquery())
            .where(stage_run.c.state == "queued")
            .values(
                state="running",
                owner=owner,
                lease_until=now + LEASE,
                heartbeat_at=now,
                attempt=stage_run.c.attempt + 1,
                fence=stage_run.c.fence + 1,
            )
            .returning(stage_run)
            .execution_options(system="claim")
        )
        if claimed is not None:
            run_rows.advance_served(self._connection, queue, claimed.vtime)
        return claimed

    def beat(self, run_id: str, fence: int, now: datetime, progress: Mapping[str, Any] | None = None) -> bool:
        values: dict[str, Any] = {"lease_until": now + LEASE, "heartbeat_at": now}
        if progress is not None:
            values["progress"] = dict(progress)
        return write_fenced(self._connection, run_id, fence, **values)

    def finish(self, run_id: str, fence: int, output: Mapping[str, Any]) -> bool:
        values = {"state": "succeeded", "output": dict(output), "error_code": "", "error_detail": ""}
        return self._end(run_id, fence, values)

    def fail(self, run_id: str, fence: int, *, code: str, detail: str, run_after: datetime | None) -> bool:
        values: dict[str, Any] = {"state": "failed", "error_code": code, "error_detail": detail}
        if run_after is not None:
            values |= {"state": "queued", "run_after": run_after}
        return self._end(run_id, fence, values)

    def wait(self, run_id: str, fence: int, *, code: str, detail: str) -> bool:
        values = {"state": "waiting", "error_code": code, "error_detail": detail, "attempt": stage_run.c.attempt - 1}
        return self._end(run_id, fence, values)

    def wake(self, code: str, now: datetime) -> list[StageRun]:
        return self._all(
            update(stage_run)
            .where(stage_run.c.state == "waiting", stage_run.c.error_code == code)
            .values(state="queued", run_after=now)
            .returning(stage_run)
            .execution_options(system="wake")
        )

    def release(self, run_id: str, fence: int, now: datetime) -> bool:
        values = {"state": "queued", "run_after": now, "attempt": stage_run.c.attempt - 1}
        return write_fenced(self._connection, run_id, fence, **ENDED, **values)

    def crash(self, run_id: str, fence: int, now: datetime, *, code: str, detail: str) -> StageRun | None:
        running = select(stage_run).where(run_rows.held(run_id, fence))
        found = self._one(running.with_for_update().execution_options(system="fenced"))
        return None if found is None else self._count_crash(found, now, code=code, detail=detail)

    def reap(self, now: datetime) -> list[StageRun]:
        lost = (
            select(stage_run)
            .where(stage_run.c.state == "running", stage_run.c.lease_until < now)
            .order_by(stage_run.c.id)
            .with_for_update(skip_locked=True)
            .execution_options(system="reap")
        )
        detail = "the process that worked on it vanished; its lease ran out"
        reaped = [self._count_crash(run, now, code="lease_expired", detail=detail) for run in self._all(lost)]
        return [run for run in reaped if run is not None]

    def _count_crash(self, run: StageRun, now: datetime, *, code: str, detail: str) -> StageRun | None:
        state, delay = after_crash(run.crash_count + 1)
        values = {
            "state": state,
            "crash_count": run.crash_count + 1,
            "run_after": now + run_rows.spread(run.id, delay),
            "error_code": code,
            "error_detail": detail,
        }
        return self._one(
            update(stage_run)
            .where(run_rows.held(run.id, run.fence))
            .values(**ENDED, **self._as_its_row(run.id, run.fence, values))
            .returning(stage_run)
            .execution_options(system="reap")
        )

    def _end(self, run_id: str, fence: int, values: Mapping[str, Any]) -> bool:
        return write_fenced(self._connection, run_id, fence, **ENDED, **self._as_its_row(run_id, fence, values))

    def _as_its_row(self, run_id: str, fence: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is written beside what the row holds, closed by the same key; the row is held from here on."""
        columns = stage_run.c
        held = select(columns.id, columns.tenant_id, columns.key_id).where(run_rows.held(run_id, fence))
        row = self._connection.execute(held.with_for_update().execution_options(system="fenced")).one_or_none()
        return dict(values) if row is None else self._sealed.part(stage_run, row._asdict(), values)

    def bring_forward(self, now: datetime) -> int:
        columns = stage_run.c
        untried = and_(columns.attempt == 0, columns.crash_count == 0, columns.run_after > now + CLOCKS_DIFFER)
        ahead = or_(untried, columns.run_after > now + LATEST_RETRY + CLOCKS_DIFFER)
        too_long = columns.lease_until > now + LEASE + CLOCKS_DIFFER
        moved = (
            update(stage_run).where(columns.state == "queued", ahead).values(run_after=now),
            update(stage_run).where(columns.state == "running", too_long).values(lease_until=now + LEASE),
        )
        return sum(self._connection.execute(each.execution_options(system="overdue")).rowcount for each in moved)

    def overdue(self, now: datetime, older_than: timedelta, limit: int) -> list[StageRun]:
        return self._all(
            select(stage_run)
            .where(stage_run.c.state == "queued", stage_run.c.run_after <= now - older_than)
            .order_by(stage_run.c.priority.desc(), stage_run.c.vtime, stage_run.c.id)
            .limit(limit)
            .execution_options(system="overdue")
        )

    def cancel(self, tenant_id: str, visit_id: str, stages: Collection[Stage] | None = None) -> int:
        statement = (
            update(stage_run)
            .where(stage_run.c.tenant_id == tenant_id, stage_run.c.visit_id == visit_id)
            .where(stage_run.c.state.not_in(FINAL))
            .values(**ENDED, state="cancelled", fence=stage_run.c.fence + 1)
        )
        if stages is not None:
            statement = statement.where(stage_run.c.stage.in_(stages))
        return self._connection.execute(statement).rowcount

    def checkpoint(self, run_id: str, fence: int, key: str, value: Mapping[str, Any]) -> bool:
        # The fenced write also locks the run, so that no reaper can come between the check and the insert.
        if not write_fenced(self._connection, run_id, fence, owner=stage_run.c.owner):
            return False
        row = {"run_id": run_id, "key": key, "value": dict(value), "tenant_id": self._tenant_of(run_id)}
        closed = self._sealed.closed(stage_checkpoint, row)
        fresh = {name: closed[name] for name in ("value", KEY_ID)}
        statement = insert_into(self._connection, stage_checkpoint).values(**closed)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["run_id", "key"], set_=fresh))
        return True

    def checkpoints(self, run_id: str) -> dict[str, Mapping[str, Any]]:
        mine = (stage_checkpoint.c.tenant_id == self._tenant_of(run_id), stage_checkpoint.c.run_id == run_id)
        query = select(stage_checkpoint).where(*mine).order_by(stage_checkpoint.c.key)
        found = (self._sealed.opened(stage_checkpoint, row._asdict()) for row in self._connection.execute(query))
        return {row["key"]: row["value"] for row in found}

    def _tenant_of(self, run_id: str) -> str:
        query = select(stage_run.c.tenant_id).where(stage_run.c.id == run_id).execution_options(system="fenced")
        return str(self._connection.execute(query).scalar() or "")

    def depth(self, now: datetime) -> dict[str, tuple[int, float]]:
        query = (
            select(stage_run.c.queue, func.count().label("n"), func.min(stage_run.c.run_after).label("oldest"))
            .where(stage_run.c.state == "queued", stage_run.c.run_after <= now)
            .group_by(stage_run.c.queue)
            .execution_options(system="depth")
        )
        return {row.queue: (row.n, (now - row.oldest).total_seconds()) for row in self._connection.execute(query)}

    def _one(self, statement: Executable) -> StageRun | None:
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else self._run(row)

    def _all(self, statement: Executable) -> list[StageRun]:
        return [self._run(row) for row in self._connection.execute(statement)]

    def _run(self, row: Row[Any]) -> StageRun:
        return to_run(self._sealed.opened(stage_run, row._asdict()))
