"""What the service needs from outside, as small Protocols; adapters and fakes are held to the same contract suites.

Every repository method that touches tenant data takes the tenant first and answers as if other tenants did not exist.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from nlp.types import Analysis, Transcript, VisitContext
from service.domain.access import ApiKey
from service.domain.delivery import Attempt, Delivery, DeliveryState, Endpoint, Event
from service.domain.recording import Recording, RecordingState
from service.domain.records import AnalysisRecord, IdempotentAnswer, Page, TranscriptRecord
from service.domain.stages import Queue, Stage, StageRun
from service.domain.upload import Upload
from service.domain.visit import Visit, VisitRecord


class Clock(Protocol):
    """The only source of `now`; timezone-aware UTC."""

    def now(self) -> datetime:
        """This moment."""
        ...


class Ids(Protocol):
    """New identifiers: `<prefix>_<32 hex>`, unguessable, sorted by time of creation."""

    def new(self, prefix: str) -> str:
        """A fresh id."""
        ...

    def secret(self, n_bytes: int) -> bytes:
        """Random bytes from the system's generator."""
        ...


class Doorbell(Protocol):
    """Tells runners that work may be waiting; losing a ring costs time, never work. Never raises."""

    def ring(self, queue: Queue, run_id: str) -> None:
        """Announce one run."""
        ...


class BlobStore(Protocol):
    """Bytes under keys; a key is `<tenant>/<random>`, nothing of it comes from a caller."""

    def write(self, tenant_id: str, chunks: Iterator[bytes], *, limit: int) -> tuple[str, str, int]:
        """Store all chunks, durable on return: (key, SHA-256 hex, bytes). TooLarge past `limit`; StorageFull."""
        ...

    def path(self, key: str) -> Path:
        """A local file with the blob's bytes. NotFound when it was erased."""
        ...

    def delete(self, key: str) -> None:
        """Forget the bytes; unknown keys are fine."""
        ...

    def work_dir(self, run_key: str) -> Path:
        """A directory for one visit's intermediate files; created when absent."""
        ...

    def drop_work_dir(self, run_key: str) -> None:
        """Remove it and all in it."""
        ...


class Visits(Protocol):
    """Visits of a tenant."""

    def add(self, visit: Visit) -> None: ...
    def get(self, tenant_id: str, visit_id: str) -> Visit | None: ...
    def by_external(self, tenant_id: str, external_id: str) -> Visit | None: ...
    def update(self, visit: Visit) -> None: ...
    def page(
        self, tenant_id: str, page: Page, *, rep_id: str | None = None, account_id: str | None = None
    ) -> list[Visit]: ...
    def history(
        self,
        tenant_id: str,
        *,
        before: datetime,
        limit: int,
        account_id: str | None = None,
        rep_id: str | None = None,
    ) -> list[VisitRecord]:
        """Analysed visits before `before`, the newest first, latest analysis each."""
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


class Parts(Protocol):
    """Bytes of unfinished uploads; `append` is durable when it returns."""

    def create(self) -> str: ...
    def size(self, key: str) -> int: ...
    def append(self, key: str, piece: bytes) -> int: ...
    def cut(self, key: str, size: int) -> None: ...
    def holds(self, key: str, offset: int, piece: bytes) -> bool: ...
    def digest(self, key: str) -> str: ...
    def chunks(self, key: str) -> Iterator[bytes]: ...
    def remove(self, key: str) -> None: ...


class Runs(Protocol):
    """Stage runs: the queue itself. `now` comes from the caller's clock."""

    def enqueue(self, run: StageRun, *, weight_s: float = 0.0) -> StageRun:
        """Add it, or return the one that already stands for (visit, stage, input_hash); sets `vtime` for fair share."""
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

    def overdue(self, now: datetime, older_than: timedelta, limit: int) -> list[StageRun]:
        """Queued runs that are due and have not been picked up; to ring again."""
        ...

    def cancel(self, tenant_id: str, visit_id: str) -> int:
        """All unfinished runs of the visit → cancelled; the fence is bumped so that late writers change nothing."""
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


class Events(Protocol):
    """The outbox: events committed with the change they tell of."""

    def add(self, event: Event) -> None:
        """Store the event and one delivery per endpoint that wants its type; held while the endpoint is disabled."""
        ...

    def get(self, tenant_id: str, event_id: str) -> Event | None: ...
    def after(self, tenant_id: str, cursor: str | None, limit: int) -> list[Event]: ...
    def next_sequence(self, tenant_id: str, visit_id: str) -> int: ...


class Endpoints(Protocol):
    """Webhook endpoints; secrets are encrypted at rest by the storage."""

    def add(self, endpoint: Endpoint) -> None: ...
    def get(self, tenant_id: str, endpoint_id: str) -> Endpoint | None: ...
    def page(self, tenant_id: str, page: Page) -> list[Endpoint]: ...
    def update(self, endpoint: Endpoint) -> None: ...
    def remove(self, tenant_id: str, endpoint_id: str) -> bool:
        """Forget it and cancel what is still owed to it; False when it is unknown."""
        ...

    def note_success(self, tenant_id: str, endpoint_id: str) -> None:
        """It answered: failures are counted from zero again."""
        ...

    def note_failure(self, tenant_id: str, endpoint_id: str, now: datetime) -> Endpoint | None:
        """Count one failed attempt, without touching what the tenant may be changing meanwhile."""
        ...

    def disable(self, tenant_id: str, endpoint_id: str, *, reason: str, now: datetime) -> None:
        """Send nothing more; what is owed is held until the tenant asks for it."""
        ...


class Deliveries(Protocol):
    """What is owed to endpoints, claimed like stage runs."""

    def claim(self, owner: str, now: datetime) -> Delivery | None: ...
    def record(
        self, delivery: Delivery, attempt: Attempt, *, state: DeliveryState, next_attempt_at: datetime | None
    ) -> bool:
        """Store the attempt and the new state under the delivery's fence; False when it was lost."""
        ...

    def get(self, tenant_id: str, delivery_id: str) -> Delivery | None: ...
    def attempts(self, tenant_id: str, delivery_id: str) -> list[Attempt]: ...
    def page(
        self, tenant_id: str, page: Page, *, endpoint_id: str | None = None, state: str | None = None
    ) -> list[Delivery]: ...
    def retry(self, tenant_id: str, delivery_id: str, now: datetime) -> bool:
        """Back to pending, due now, with the same event id; False when it is unknown or being sent."""
        ...


class ApiKeys(Protocol):
    """API keys, found by id, which is no secret."""

    def add(self, key: ApiKey) -> None: ...
    def find(self, key_id: str) -> ApiKey | None: ...
    def page(self, tenant_id: str) -> list[ApiKey]: ...
    def revoke(self, tenant_id: str, key_id: str, now: datetime) -> bool: ...


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

    def take(self, name: str, every: timedelta, now: datetime) -> bool: ...


class UnitOfWork(Protocol):
    """One transaction over all repositories; commits once when the block ends without an error."""

    visits: Visits
    recordings: Recordings
    uploads: Uploads
    runs: Runs
    transcripts: Transcripts
    analyses: Analyses
    events: Events
    endpoints: Endpoints
    deliveries: Deliveries
    api_keys: ApiKeys
    idempotency: IdempotencyKeys
    ticks: Ticks

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once the transaction is durable; dropped on rollback."""
        ...


class UnitOfWorkFactory(Protocol):
    """Opens units of work; `write=False` promises not to write and never waits for the writer."""

    def __call__(self, *, write: bool = True) -> AbstractContextManager[UnitOfWork]:
        """A unit of work as a context manager."""
        ...


class LanguageCore(Protocol):
    """The analyzer built at start-up (`nlp.pipeline.Analyzer`)."""

    def analyze(self, transcript: Transcript, *, context: VisitContext) -> Analysis: ...


class WebhookSender(Protocol):
    """Posts one signed event; never follows redirects, never connects to a forbidden address."""

    def send(
        self, endpoint: Endpoint, event_id: str, body: bytes, *, delivery_id: str, number: int, now: datetime
    ) -> Attempt: ...


class RemoteFetcher(Protocol):
    """Fetches a recording from a caller's URL under the same address rules as webhooks."""

    def open(self, url: str) -> AbstractContextManager[Iterator[bytes]]: ...


class UrlPolicy(Protocol):
    """Whether a caller's URL may be used at all; raises Invalid(code='url_forbidden') naming the rule."""

    def check(self, url: str) -> None: ...


class AudioProbe(Protocol):
    """Refuses what is no audio before it is accepted; raises the AudioError that names why."""

    def __call__(self, path: Path) -> object: ...


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage's work led to.

    `output` is stored with the run and is the next stage's `input`. `effects` writes what the stage found (transcript,
    analysis, coaching, events) in the runner's finishing transaction, after the fence was checked and before the next
    stage is queued; it may run again after a rolled-back commit, and must be quick.
    """

    output: Mapping[str, Any]
    effects: Callable[[UnitOfWork], None]


class StageHandler(Protocol):
    """Does one stage's work outside any transaction.

    `progress` feeds the heartbeat; `checkpoint(key, value)` stores one window's result under the run's fence;
    `done` holds the checkpoints of earlier attempts; `should_stop` turns true on shutdown, cancel or a lost lease.
    """

    def __call__(
        self,
        run: StageRun,
        *,
        progress: Callable[[Mapping[str, Any]], None],
        checkpoint: Callable[[str, Mapping[str, Any]], None],
        done: Mapping[str, Mapping[str, Any]],
        should_stop: Callable[[], bool],
    ) -> StageResult:
        """The stage's result; typed errors decide between retry, waiting and failure."""
        ...


StageHandlers = Mapping[Stage, StageHandler]
