"""What the service needs from outside, as small Protocols; adapters and fakes are held to the same contract suites.

Every repository method that touches tenant data takes the tenant first and answers as if other tenants did not exist.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from nlp.types import Analysis, Claim, Finding, Span, Transcript, Turn, VisitContext
from service.domain.assist.ports import LlmLedger
from service.domain.coaching.ports import CoachingStore
from service.domain.content_store import ContentVersions
from service.domain.crm.decisions import Decisions
from service.domain.crm.ports import CrmEvents, CrmSources, Entities
from service.domain.delivery.deliveries import Attempt, Endpoint
from service.domain.delivery.ports import Deliveries, Endpoints, Events
from service.domain.delivery.robots import RobotBuckets
from service.domain.playbooks.ports import PlaybookStore
from service.domain.privacy.ports import PrivacyStore
from service.domain.repositories import (
    Analyses,
    ApiKeys,
    Erased,
    Erasure,
    IdempotencyKeys,
    People,
    Recordings,
    Runs,
    SpeechChoices,
    Ticks,
    Transcripts,
    Uploads,
    Visits,
)
from service.domain.run_office import RunOffice
from service.domain.session_store import ConsoleSessions
from service.domain.stages import Queue, Stage, StageRun

__all__ = [
    "Analyses",
    "ApiKeys",
    "AudioProbe",
    "BlobStore",
    "Clock",
    "CrmEvents",
    "CrmSources",
    "Decisions",
    "Deliveries",
    "Doorbell",
    "Endpoints",
    "Entities",
    "Erased",
    "Erasure",
    "Events",
    "IdempotencyKeys",
    "Ids",
    "LanguageCore",
    "LlmLedger",
    "Parts",
    "People",
    "Recordings",
    "RemoteFetcher",
    "RobotBuckets",
    "RunOffice",
    "Runs",
    "SpeechChoices",
    "StageHandler",
    "StageHandlers",
    "StageResult",
    "Ticks",
    "Transcripts",
    "UnitOfWork",
    "UnitOfWorkFactory",
    "Uploads",
    "UrlPolicy",
    "Visits",
    "WebhookSender",
]


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

    def local(self, key: str) -> AbstractContextManager[Path]:
        """A local file with the stored bytes, there as long as the block runs. NotFound when they were erased."""
        ...

    def open(self, key: str) -> BinaryIO:
        """The plain bytes, to read and seek in; the caller closes them. NotFound when they were erased."""
        ...

    def is_sealed(self, key: str) -> bool:
        """Whether the bytes are stored encrypted; False for what was erased."""
        ...

    def delete(self, key: str) -> None:
        """Forget the bytes; unknown keys are fine."""
        ...

    def work_dir(self, run_key: str) -> Path:
        """A directory for one visit's intermediate files; created when absent."""
        ...

    def work_key(self, key: str) -> bytes:
        """The key that seals files made of these bytes in a work directory, the same for every machine and attempt.

        Empty where the bytes themselves lie open. NotFound when they were erased.
        """
        ...

    def drop_work_dir(self, run_key: str) -> None:
        """Remove it and all in it."""
        ...


class Parts(Protocol):
    """Bytes of unfinished uploads; `append` is durable when it returns."""

    def create(self, tenant_id: str) -> str: ...
    def size(self, key: str) -> int: ...
    def append(self, key: str, piece: bytes) -> int: ...
    def cut(self, key: str, size: int) -> None: ...
    def holds(self, key: str, offset: int, piece: bytes) -> bool: ...
    def digest(self, key: str) -> str: ...
    def chunks(self, key: str) -> Iterator[bytes]: ...
    def remove(self, key: str) -> None: ...


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
    robots: RobotBuckets
    office: RunOffice
    llm: LlmLedger
    api_keys: ApiKeys
    idempotency: IdempotencyKeys
    people: People
    sessions: ConsoleSessions
    coaching: CoachingStore
    privacy: PrivacyStore
    crm_events: CrmEvents
    entities: Entities
    decisions: Decisions
    crm_sources: CrmSources
    playbooks: PlaybookStore
    contents: ContentVersions
    speech: SpeechChoices
    ticks: Ticks
    erasure: Erasure

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
    def hear(
        self, earlier: Sequence[Turn], turn: Turn, *, context: VisitContext
    ) -> tuple[Turn, tuple[Finding, ...]]: ...
    def reconsider(
        self, analysis: Analysis, claims: Sequence[Claim], *, context: VisitContext, by: str
    ) -> Analysis: ...


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
    def vouched_for(self, url: str) -> bool:
        """Whether the operator named this very host and port."""
        ...


class AudioProbe(Protocol):
    """Refuses what is no audio before it is accepted; raises the AudioError that names why."""

    def __call__(self, path: Path) -> object: ...


class RedactedAudio(Protocol):
    """Sound with tones in it, as the bytes of a WAV."""

    size_bytes: int

    def chunks(self) -> Iterator[bytes]:
        """All bytes in order; read once."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class AudioRedactor(Protocol):
    """Puts a tone over stretches ([start, end) in ms) of a stored recording; AudioError, Unavailable when it cannot."""

    def __call__(self, path: Path, stretches: Sequence[Span], /) -> RedactedAudio: ...


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage's work led to.

    `output` is stored with the run and is the next stage's `input`. `effects` writes what the stage found (transcript,
    analysis, coaching, events) in the runner's finishing transaction, after the fence was checked and before the next
    stage is queued; it may run again after a rolled-back commit, and must be quick.
    """

    output: Mapping[str, Any]
    effects: Callable[[UnitOfWork], None]


def _unheard(*_: object) -> None:
    """Where nobody listens."""


def _goes_on() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Supervisor:
    """What a stage may say and ask while it works; as it stands, nobody listens and nobody stops it.

    `progress` feeds the heartbeat; `checkpoint(key, value)` stores one window's result under the run's fence;
    `done` holds the checkpoints of earlier attempts; `should_stop` turns true on shutdown, cancel or a lost lease.
    """

    progress: Callable[[Mapping[str, Any]], None] = _unheard
    checkpoint: Callable[[str, Mapping[str, Any]], None] = _unheard
    done: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    should_stop: Callable[[], bool] = _goes_on


class StageHandler(Protocol):
    """Does one stage's work outside any transaction."""

    def __call__(self, run: StageRun, supervisor: Supervisor, /) -> StageResult:
        """The stage's result; typed errors decide between retry, waiting and failure."""
        ...


StageHandlers = Mapping[Stage, StageHandler]
