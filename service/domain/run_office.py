"""What operators do with stage runs, as a port: see them, have one tried again, give one up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from service.domain.admission import QueueLoad
from service.domain.records import Page
from service.domain.stages import Queue, RunState, StageRun

RETRIED: frozenset[RunState] = frozenset({"quarantined", "failed"})
GIVEN_UP: frozenset[RunState] = frozenset({"quarantined", "failed", "waiting"})

CANARY_TENANT = "fieldcue"  # no tenant of ours: its rows belong to nobody
CANARY_REST = timedelta(seconds=15)
ALIVE_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """When a queue's canary was last finished, and when a run in it last made progress; None for never."""

    canary_at: datetime | None = None
    progress_at: datetime | None = None

    def age_s(self, now: datetime) -> float | None:
        """Seconds since the newest sign; None when there is none. A long stage that makes progress is one too."""
        newest = max((at for at in (self.canary_at, self.progress_at) if at is not None), default=None)
        return None if newest is None else max(0.0, (now - newest).total_seconds())

    def is_alive(self, now: datetime) -> bool:
        """Whether the queue proved within a minute that it moves."""
        age_s = self.age_s(now)
        return age_s is not None and age_s <= ALIVE_WITHIN.total_seconds()


class RunOffice(Protocol):
    """Runs of a tenant beside the queue's own moves; `Runs` has those."""

    def page(self, tenant_id: str, page: Page, *, state: RunState | None = None) -> list[StageRun]: ...
    def retry(self, tenant_id: str, run_id: str, now: datetime) -> StageRun | None:
        """quarantined or failed → queued now, with a clean record; None when it is in another state or unknown."""
        ...

    def give_up(self, tenant_id: str, run_id: str) -> StageRun | None:
        """quarantined, failed or waiting → cancelled; None when it is in another state or unknown."""
        ...

    def plant_canaries(self, now: datetime) -> int:
        """Queue a canary in every queue where none is on its way; how many."""
        ...

    def signs_of_life(self, now: datetime) -> Mapping[Queue, SignOfLife]:
        """Of each queue, what proves that it moves."""
        ...

    def waiting(self, tenant_id: str, queue: Queue) -> tuple[int, int]:
        """How many runs of this tenant wait in a queue, and how many of all."""
        ...

    def load(self, tenant_id: str, queue: Queue, now: datetime) -> QueueLoad:
        """What waits in a queue, for deciding whether more may be taken in."""
        ...
