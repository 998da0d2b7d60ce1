"""Stage runs as operators see them, in memory: the same rules as `service.storage.run_office`."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

from service.domain.admission import SEEN, QueueLoad
from service.domain.records import Page
from service.domain.run_office import CANARY_REST, CANARY_TENANT, GIVEN_UP, RETRIED, SignOfLife
from service.domain.stages import CANARY, CLOCKS_DIFFER, FINAL, Queue, RunState, StageRun
from tests.support.memory_state import State, newest_first


class MemoryRunOffice:
    def __init__(self, state: State) -> None:
        self._state = state

    def page(self, tenant_id: str, page: Page, *, state: RunState | None = None) -> list[StageRun]:
        mine = [run for run in self._state.runs.values() if run.tenant_id == tenant_id and state in (None, run.state)]
        return newest_first(mine, page, lambda run: run.id)

    def retry(self, tenant_id: str, run_id: str, now: datetime) -> StageRun | None:
        return self._move(tenant_id, run_id, RETRIED, state="queued", run_after=now, crash_count=0, attempt=0)

    def give_up(self, tenant_id: str, run_id: str) -> StageRun | None:
        return self._move(tenant_id, run_id, GIVEN_UP, state="cancelled")

    def _move(self, tenant_id: str, run_id: str, sources: frozenset[RunState], **values: Any) -> StageRun | None:
        run = self._state.runs.get(run_id)
        if run is None or run.tenant_id != tenant_id or run.state not in sources:
            return None
        moved = replace(run, **values, owner="", lease_until=None, fence=run.fence + 1)
        self._state.runs[run_id] = moved
        return moved

    def plant_canaries(self, now: datetime) -> int:
        planted = 0
        for queue in get_args(Queue):
            standing = self._state.runs.get(f"run_canary_{queue}")
            if standing is None:
                run = StageRun(f"run_canary_{queue}", CANARY_TENANT, f"canary-{queue}", CANARY, "canary", queue,
                               "queued", now, priority=100)  # fmt: skip
            elif standing.state in FINAL and not now - CANARY_REST < standing.run_after <= now + CLOCKS_DIFFER:
                run = replace(standing, state="queued", run_after=now, attempt=0, crash_count=0)
            else:
                continue
            self._state.runs[run.id] = run
            planted += 1
        return planted

    def signs_of_life(self, now: datetime) -> dict[Queue, SignOfLife]:
        runs = self._state.runs.values()
        canaries = {r.queue: r.heartbeat_at for r in runs if r.stage == CANARY and r.state in ("succeeded", "queued")}
        found: dict[Queue, SignOfLife] = {}
        for queue in get_args(Queue):
            beats = [
                run.heartbeat_at
                for run in runs
                if (run.queue, run.state) == (queue, "running") and run.stage != CANARY
                and run.heartbeat_at is not None and run.lease_until is not None and run.lease_until >= now
            ]  # fmt: skip
            found[queue] = SignOfLife(canaries.get(queue), max(beats, default=None))
        return found

    def waiting(self, tenant_id: str, queue: Queue) -> tuple[int, int]:
        load = self.load(tenant_id, queue, datetime.max.replace(tzinfo=UTC))
        return load.own, load.everybodys

    def load(self, tenant_id: str, queue: Queue, now: datetime) -> QueueLoad:
        there = [run for run in self._state.runs.values() if run.queue == queue and run.stage != CANARY]
        counts = Counter(run.tenant_id for run in there if run.state == "queued")
        ended = sum(
            run.state == "succeeded" and run.heartbeat_at is not None and run.heartbeat_at >= now - SEEN
            for run in there
        )
        return QueueLoad(counts[tenant_id], counts.total(), len(counts), ended)
