"""The repositories as ports: rows in, rows out, inside the unit of work that opened them.

Every method that touches tenant data takes the tenant first and answers as if other tenants did not exist.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from service.domain.access import ApiKey
from service.domain.people import Person
from service.domain.records import AnalysisRecord, IdempotentAnswer, Page, TranscriptRecord
from service.domain.speech.choice import SpeechChoice
from service.domain.speech.recording import Recording, RecordingState
from service.domain.speech.upload import Upload
from service.domain.stages import Queue, Stage, StageRun
from service.domain.visit import LabelledVisit, Purpose, Visit, VisitRecord


class Visits(Protocol):
    """Visits of a tenant."""

    def add(self, visit: Visit) -> None: ...
    def get(self, tenant_id: str, visit_id: str) -> Visit | None: ...
    def by_external(self, tenant_id: str, external_id: str) -> Visit | None: ...
    def update(self, visit: Visit) -> None: ...
    def page(
        self,
        tenant_id: str,
        page: Page,
        *,
        rep_id: str | None = None,
        account_id: str | None = None,
        unverified: bool = False,
    ) -> list[Visit]:
        """The newest first; `unverified`: those alone whose consent waits for a person."""
        ...

    def history(
        self,
        tenant_id: str,
        *,
        before: datetime,
        limit: int,
        account_id: str | None = None,
        rep_id: str | None = None,
        about: str | None = None,
        purpose: Purpose | None = None,
        bare: bool = False,
    ) -> list[VisitRecord]:
        """Analysed visits before `before`, the newest first, latest analysis each; with `about`, only those in which
        something of that code was found; with `purpose`, only those whose consent was given for it and not withdrawn
        (that it may have ended since is the caller's to look at). With `bare`, findings may come without their
        detectors' reasons and turns without their words and how they were heard: it is several times as fast."""
        ...

    def made(self, tenant_id: str, *, since: datetime, until: datetime, rep_ids: Collection[str]) -> list[Visit]:
        """Visits of these reps with `since <= visited_at < until`, the earliest first, analysed or not."""
        ...

    def labelled(self, tenant_id: str, *, since: datetime, until: datetime) -> list[LabelledVisit]:
        """Analysed visits with `since <= visited_at < until`, the newest first, without those that are held; no
        analysis is opened."""
        ...


class Recordings(Protocol):
    """Recordings of a tenant."""

    def add(self, recording: Recording) -> None: ...
    def get(self, tenant_id: str, recording_id: str) -> Recording | None: ...
    def by_hash(self, tenant_id: str, visit_id: str, sha256: str) -> Recording | None: ...
    def of_visit(self, tenant_id: str, visit_id: str) -> list[Recording]: ...
    def move(
        self, tenant_id: str, recording_id: str, state: RecordingState, *, code: str = "", detail: str = ""
    ) -> bool:
        """Change state if the move is legal; False otherwise."""
        ...

    def describe(self, tenant_id: str, recording_id: str, *, duration_ms: int, partial: bool) -> None: ...
    def attach(self, tenant_id: str, recording_id: str, *, sha256: str, size_bytes: int, blob: str) -> None:
        """Name the bytes of a recording that was accepted as a URL and has now been fetched."""
        ...

    def holds_blob(self, tenant_id: str, blob: str) -> bool:
        """Whether a recording stands for these bytes; what none stands for may be swept."""
        ...


class Uploads(Protocol):
    """Resumable uploads; their bytes are in the Parts store."""

    def add(self, upload: Upload) -> None: ...
    def get(self, tenant_id: str, upload_id: str) -> Upload | None: ...
    def update(self, upload: Upload) -> None: ...
    def count_open(self, tenant_id: str, now: datetime) -> int: ...
    def hold(self, tenant_id: str, upload_id: str, writer: str, now: datetime, until: datetime) -> bool:
        """Make `writer` the only writer until `until`, or let it stay so; False while another one holds it."""
        ...

    def let_go(self, tenant_id: str, upload_id: str, writer: str) -> None:
        """End the hold of `writer`, if it still has it."""
        ...

    def take_expired(self, now: datetime) -> list[Upload]:
        """Open uploads past their time, marked removed."""
        ...


class Runs(Protocol):
    """Stage runs: the queue itself. `now` comes from the caller's clock."""

    def enqueue(self, run: StageRun, *, weight_s: float = 0.0, continues: StageRun | None = None) -> StageRun:
        """Add it, or return the one that already stands for (visit, stage, input_hash); sets `vtime` for fair share.

        Args:
            weight_s: the work it brings, in seconds of talk: so much later the tenant's next run may start.
            continues: the run before it in the same queue, whose place in the line it keeps: a visit that was begun is
                finished before the next one is, and `weight_s` only mends what the first run was taken to weigh.
        """
        ...

    def get(self, tenant_id: str, run_id: str) -> StageRun | None: ...
    def of_visit(self, tenant_id: str, visit_id: str) -> list[StageRun]: ...
    def claim(self, queue: Queue, owner: str, now: datetime, *, run_id: str | None = None) -> StageRun | None:
        """Take one due run under a lease and a new fence; None when nothing is due. One statement, one winner."""
        ...

    def beat(self, run_id: str, fence: int, now: datetime, progress: Mapping[str, Any] | None = None) -> bool:
        """Extend the lease; False when it was lost."""
        ...

    def finish(self, run_id: str, fence: int, output: Mapping[str, Any]) -> bool:
        """running → succeeded under this fence; False when it was lost."""
        ...

    def fail(self, run_id: str, fence: int, *, code: str, detail: str, run_after: datetime | None) -> bool:
        """running → queued at `run_after`, or → failed when None; False when the fence was lost."""
        ...

    def wait(self, run_id: str, fence: int, *, code: str, detail: str) -> bool:
        """running → waiting (for a model); not an attempt."""
        ...

    def wake(self, code: str, now: datetime) -> list[StageRun]:
        """waiting → queued for all runs that wait because of `code`; the code stays, as a trace of having waited."""
        ...

    def release(self, run_id: str, fence: int, now: datetime) -> bool:
        """running → queued now, not counted as an attempt (graceful stop)."""
        ...

    def crash(self, run_id: str, fence: int, now: datetime, *, code: str, detail: str) -> StageRun | None:
        """Count a crash of the stage's child as `reap` counts a vanished owner; None when the fence was lost."""
        ...

    def reap(self, now: datetime) -> list[StageRun]:
        """Runs whose lease ran out: crash counted, requeued or quarantined; returns them in their new state."""
        ...

    def bring_forward(self, now: datetime) -> int:
        """Mend what was written before the clock was set back; how many runs.

        A lease ends within one lease, what was never tried is due now, and what failed within the longest delay:
        else a run would wait, and a dead owner's be held, for as long as the clock was wrong.
        """
        ...

    def overdue(self, now: datetime, older_than: timedelta, limit: int) -> list[StageRun]:
        """Queued runs that are due and have not been picked up; to ring again."""
        ...

    def cancel(self, tenant_id: str, visit_id: str, stages: Collection[Stage] | None = None) -> int:
        """All unfinished runs of the visit (of these stages) → cancelled; the fence is bumped so that late writers
        change nothing."""
        ...

    def checkpoint(self, run_id: str, fence: int, key: str, value: Mapping[str, Any]) -> bool:
        """Store one window's result; False when the fence was lost."""
        ...

    def checkpoints(self, run_id: str) -> dict[str, Mapping[str, Any]]: ...
    def depth(self, now: datetime) -> dict[str, tuple[int, float]]:
        """Per queue: due runs and the age in seconds of the oldest."""
        ...


class Transcripts(Protocol):
    """Versions of transcripts."""

    def put(self, record: TranscriptRecord) -> TranscriptRecord:
        """Store as the next version; the given version is ignored and the stored one returned."""
        ...

    def latest(self, tenant_id: str, visit_id: str) -> TranscriptRecord | None: ...


class Analyses(Protocol):
    """Versions of analyses."""

    def put(self, record: AnalysisRecord) -> AnalysisRecord: ...
    def latest(self, tenant_id: str, visit_id: str) -> AnalysisRecord | None: ...
    def add_coaching(self, tenant_id: str, visit_id: str, version: int, coaching: Mapping[str, Any]) -> None: ...


class ApiKeys(Protocol):
    """API keys, found by id, which is no secret."""

    def add(self, key: ApiKey) -> None: ...
    def find(self, key_id: str) -> ApiKey | None: ...
    def page(self, tenant_id: str) -> list[ApiKey]: ...
    def revoke(self, tenant_id: str, key_id: str, now: datetime) -> bool: ...


class People(Protocol):
    """People of a tenant, by the CRM's id."""

    def put(self, person_: Person, /) -> Person:
        """Add, or replace all but `row_id`, which stays that of the first time; the stored person."""
        ...

    def get(self, tenant_id: str, person_id: str) -> Person | None: ...
    def of_team(self, tenant_id: str, team: str | None = None) -> list[Person]:
        """Everybody of a team, or of the tenant, by team and id; those who have left too."""
        ...

    def page(self, tenant_id: str, page: Page, *, team: str | None = None) -> list[Person]: ...
    def holds_cursor(self, tenant_id: str, row_id: str) -> bool: ...


class SpeechChoices(Protocol):
    """Which engine and model a tenant chose for its recordings."""

    def put(self, choice: SpeechChoice) -> None: ...
    def get(self, tenant_id: str) -> SpeechChoice | None: ...
    def remove(self, tenant_id: str) -> bool:
        """Whether there was a choice to take back."""
        ...


class IdempotencyKeys(Protocol):
    """Answers kept for 72 hours, in the same transaction as the effect."""

    def begin(self, answer: IdempotentAnswer) -> IdempotentAnswer | None:
        """Reserve the key; None when it is new, else what stands there."""
        ...

    def complete(self, tenant_id: str, route: str, key: str, *, status: int, body: bytes) -> None: ...
    def forget(self, tenant_id: str, route: str, key: str) -> None: ...
    def sweep(self, before: datetime) -> int: ...


class Ticks(Protocol):
    """Periodic work as rows: each due moment is taken by exactly one process."""

    def take(self, name: str, every: timedelta, read_clock: Callable[[], datetime]) -> bool:
        """Whether the moment that is due is the caller's.

        Args:
            name: of the chore. every: its period.
            read_clock: read after the row, so that nobody who waited for it takes the next moment for one that a clock
                wrote which was set back since, and takes it twice.
        """
        ...


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of a visit: keys of bytes that are now nobody's, and how many rows of each kind."""

    blobs: tuple[str, ...]
    parts: tuple[str, ...]
    recordings: tuple[str, ...]
    counts: Mapping[str, int]


class Erasure(Protocol):
    """Removes what was said, and what was made of it, from every table; the visit's own row stays."""

    def erase_words(self, tenant_id: str, visit_id: str, *, code: str) -> Erased:
        """Transcripts, analyses, stage data, checkpoints, event bodies and stored answers of one visit.

        Recordings become `cancelled` with `code` and lose their bytes' key; deliveries still owed are cancelled, and
        their fences bumped, so that late writers change nothing.
        """
        ...

    def erase_audio(self, tenant_id: str, visit_id: str, *, code: str) -> Erased:
        """Recordings, unfinished uploads, and what the stages that hear kept; the words that were heard stay."""
        ...

    def erase_advice(self, tenant_id: str, visit_id: str, *, instead: Mapping[str, Any]) -> Erased:
        """Hints, courses, skill values and all else that coaching made of one visit, and what events said of it.

        Args:
            instead: what the visit's analyses say in place of their coaching.
        """
        ...
