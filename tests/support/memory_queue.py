"""The queue in memory: the same rules as `service.storage.runs`, over a dict of runs."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from service.domain.stages import CLOCKS_DIFFER, FINAL, LATEST_RETRY, LEASE, Queue, Stage, StageRun, after_crash
from tests.support.memory_state import State


class MemoryRuns:
    def __init__(self, state: State) -> None:
        self._state = state

    def enqueue(self, run: StageRun, *, weight_s: float = 0.0, continues: StageRun | None = None) -> StageRun:
        for standing in self._state.runs.values():
            if (standing.visit_id, standing.stage, standing.input_hash) == (run.visit_id, run.stage, run.input_hash):
                return standing
        share = self._state.fair_share
        start = max(share.get((run.queue, ""), 0.0), share.get((run.queue, run.tenant_id), 0.0))
        share[run.queue, run.tenant_id] = start + weight_s
        return self._put(replace(run, vtime=start if continues is None else continues.vtime))

    def get(self, tenant_id: str, run_id: str) -> StageRun | None:
        run = self._state.runs.get(run_id)
        return run if run is not None and run.tenant_id == tenant_id else None

    def of_visit(self, tenant_id: str, visit_id: str) -> list[StageRun]:
        runs = (run for run in self._state.runs.values() if (run.tenant_id, run.visit_id) == (tenant_id, visit_id))
        return sorted(runs, key=lambda run: run.id)

    def claim(self, queue: Queue, owner: str, now: datetime, *, run_id: str | None = None) -> StageRun | None:
        due = [run for run in self._in_order(now) if run.queue == queue and run_id in (None, run.id)]
        if not due:
            return None
        claimed = replace(
            due[0],
            state="running",
            owner=owner,
            lease_until=now + LEASE,
            heartbeat_at=now,
            attempt=due[0].attempt + 1,
            fence=due[0].fence + 1,
        )
        share = self._state.fair_share
        share[queue, ""] = max(share.get((queue, ""), 0.0), claimed.vtime)
        return self._put(claimed)

    def beat(self, run_id: str, fence: int, now: datetime, progress: Mapping[str, Any] | None = None) -> bool:
        values: dict[str, Any] = {"lease_until": now + LEASE, "heartbeat_at": now}
        if progress is not None:
            values["progress"] = dict(progress)
        return self._write_fenced(run_id, fence, **values)

    def finish(self, run_id: str, fence: int, output: Mapping[str, Any]) -> bool:
        return self._end(run_id, fence, state="succeeded", output=dict(output), error_code="", error_detail="")

    def fail(self, run_id: str, fence: int, *, code: str, detail: str, run_after: datetime | None) -> bool:
        values: dict[str, Any] = {"state": "failed"}
        if run_after is not None:
            values = {"state": "queued", "run_after": run_after}
        return self._end(run_id, fence, error_code=code, error_detail=detail, **values)

    def wait(self, run_id: str, fence: int, *, code: str, detail: str) -> bool:
        run = self._held(run_id, fence)
        attempt = run.attempt - 1 if run else 0
        return self._end(run_id, fence, state="waiting", error_code=code, error_detail=detail, attempt=attempt)

    def wake(self, code: str, now: datetime) -> list[StageRun]:
        waiting = [run for run in self._state.runs.values() if (run.state, run.error_code) == ("waiting", code)]
        return [self._put(replace(run, state="queued", run_after=now)) for run in waiting]

    def release(self, run_id: str, fence: int, now: datetime) -> bool:
        run = self._held(run_id, fence)
        return self._end(run_id, fence, state="queued", run_after=now, attempt=run.attempt - 1 if run else 0)

    def crash(self, run_id: str, fence: int, now: datetime, *, code: str, detail: str) -> StageRun | None:
        run = self._held(run_id, fence)
        return None if run is None else self._count_crash(run, now, code=code, detail=detail)

    def reap(self, now: datetime) -> list[StageRun]:
        detail = "the process that worked on it vanished; its lease ran out"
        lost = [
            run
            for run in self._state.runs.values()
            if run.state == "running" and run.lease_until is not None and run.lease_until < now
        ]
        return [self._count_crash(run, now, code="lease_expired", detail=detail) for run in lost]

    def bring_forward(self, now: datetime) -> int:
        late = [replace(run, run_after=now) for run in self._state.runs.values() if _lies_ahead(run, now)]
        held = [
            replace(run, lease_until=now + LEASE)
            for run in self._state.runs.values()
            if run.state == "running" and run.lease_until is not None and run.lease_until > now + LEASE + CLOCKS_DIFFER
        ]
        return len([self._put(run) for run in late + held])

    def overdue(self, now: datetime, older_than: timedelta, limit: int) -> list[StageRun]:
        return self._in_order(now - older_than)[:limit]

    def cancel(self, tenant_id: str, visit_id: str, stages: Collection[Stage] | None = None) -> int:
        mine = [run for run in self.of_visit(tenant_id, visit_id) if stages is None or run.stage in stages]
        unfinished = [run for run in mine if run.state not in FINAL]
        for run in unfinished:
            self._put(replace(run, state="cancelled", owner="", lease_until=None, fence=run.fence + 1))
        return len(unfinished)

    def checkpoint(self, run_id: str, fence: int, key: str, value: Mapping[str, Any]) -> bool:
        if self._held(run_id, fence) is None:
            return False
        self._state.checkpoints[run_id, key] = dict(value)
        return True

    def checkpoints(self, run_id: str) -> dict[str, Mapping[str, Any]]:
        return {key: value for (run, key), value in sorted(self._state.checkpoints.items()) if run == run_id}

    def depth(self, now: datetime) -> dict[str, tuple[int, float]]:
        ages: dict[str, list[float]] = {}
        for run in self._in_order(now):
            ages.setdefault(run.queue, []).append((now - run.run_after).total_seconds())
        return {queue: (len(found), max(found)) for queue, found in ages.items()}

    def _in_order(self, now: datetime) -> list[StageRun]:
        due = (run for run in self._state.runs.values() if run.state == "queued" and run.run_after <= now)
        return sorted(due, key=lambda run: (-run.priority, run.vtime, run.id))

    def _count_crash(self, run: StageRun, now: datetime, *, code: str, detail: str) -> StageRun:
        state, delay = after_crash(run.crash_count + 1)
        return self._put(
            replace(
                run,
                state=state,
                owner="",
                lease_until=None,
                crash_count=run.crash_count + 1,
                run_after=now + delay,
                error_code=code,
                error_detail=detail,
            )
        )

    def _held(self, run_id: str, fence: int) -> StageRun | None:
        run = self._state.runs.get(run_id)
        return run if run is not None and (run.fence, run.state) == (fence, "running") else None

    def _end(self, run_id: str, fence: int, **values: Any) -> bool:
        return self._write_fenced(run_id, fence, owner="", lease_until=None, **values)

    def _write_fenced(self, run_id: str, fence: int, **values: Any) -> bool:
        run = self._held(run_id, fence)
        if run is None:
            return False
        self._put(replace(run, **values))
        return True

    def _put(self, run: StageRun) -> StageRun:
        self._state.runs[run.id] = run
        return run


def _lies_ahead(run: StageRun, now: datetime) -> bool:
    tried = run.attempt or run.crash_count
    return run.state == "queued" and run.run_after > now + CLOCKS_DIFFER + (LATEST_RETRY if tried else timedelta(0))
