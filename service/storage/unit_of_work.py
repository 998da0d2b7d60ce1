"""One transaction over all repositories, and the only place that commits.

Invariant: errors of the database leave as errors of the domain; actions after the commit run once it is durable.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection, Engine, exc

from service.domain import ports
from service.domain.coaching.ports import CoachingStore
from service.domain.content_store import ContentVersions
from service.domain.delivery.deliveries import Event
from service.domain.errors import Conflict, ServiceError, StorageFull, Unavailable
from service.domain.playbooks.ports import PlaybookStore
from service.domain.ports import Ids, UnitOfWork, UnitOfWorkFactory
from service.domain.privacy.ports import PrivacyStore
from service.domain.privacy.text_seal import TextSeal
from service.domain.session_store import ConsoleSessions
from service.storage.access_keys import SqlApiKeys
from service.storage.content_versions import SqlContentVersions
from service.storage.crm_decisions import SqlDecisions
from service.storage.crm_entities import SqlEntities
from service.storage.crm_events import SqlCrmEvents
from service.storage.crm_sources import SqlCrmSources
from service.storage.deliveries import SqlDeliveries
from service.storage.endpoints import SqlEndpoints
from service.storage.erasure import SqlErasure
from service.storage.events import SqlEvents
from service.storage.idempotency import SqlIdempotencyKeys
from service.storage.llm import SqlLlmLedger
from service.storage.opened import OpenedAnalyses
from service.storage.people import SqlPeople
from service.storage.playbooks import SqlPlaybooks
from service.storage.privacy import SqlPrivacyStore
from service.storage.recordings import SqlRecordings
from service.storage.robots import SqlRobotBuckets
from service.storage.rows import SqlCoachingStore
from service.storage.run_office import SqlRunOffice
from service.storage.runs import SqlRuns
from service.storage.sealed import SealedColumns
from service.storage.secret_box import SecretBox
from service.storage.sessions import SqlConsoleSessions
from service.storage.speech import SqlSpeechChoices
from service.storage.texts import SqlAnalyses, SqlTranscripts
from service.storage.ticks import SqlTicks
from service.storage.uploads import SqlUploads
from service.storage.visits import SqlVisits

WRITER_WAIT_S = 5.0
NO_ROOM_FOR_ITS_INDEX = "SQLITE_IOERR_SHMSIZE"  # the log's, which SQLite grows in a way of its own
MaskEvent = Callable[[Event], Event]


def unmasked(event: Event) -> Event:
    """The event as it is."""
    return event


class SqlUnitOfWork:
    """The repositories on one open transaction."""

    def __init__(
        self,
        connection: Connection,
        ids: Ids,
        box: SecretBox,
        sealed: SealedColumns,
        mask: MaskEvent = unmasked,
        opened: OpenedAnalyses | None = None,
    ) -> None:
        self.visits: ports.Visits = SqlVisits(connection, sealed, opened)
        self.recordings: ports.Recordings = SqlRecordings(connection, sealed)
        self.uploads: ports.Uploads = SqlUploads(connection, sealed)
        self.runs: ports.Runs = SqlRuns(connection, sealed)
        self.transcripts: ports.Transcripts = SqlTranscripts(connection, sealed)
        self.analyses: ports.Analyses = SqlAnalyses(connection, sealed)
        self.events: ports.Events = SqlEvents(connection, ids, mask, sealed)
        self.endpoints: ports.Endpoints = SqlEndpoints(connection, box, sealed)
        self.deliveries: ports.Deliveries = SqlDeliveries(connection, sealed)
        self.robots: ports.RobotBuckets = SqlRobotBuckets(connection)
        self.office: ports.RunOffice = SqlRunOffice(connection, sealed)
        self.llm: ports.LlmLedger = SqlLlmLedger(connection, sealed)
        self.api_keys: ports.ApiKeys = SqlApiKeys(connection)
        self.idempotency: ports.IdempotencyKeys = SqlIdempotencyKeys(connection, sealed)
        self.people: ports.People = SqlPeople(connection, sealed)
        self.coaching: CoachingStore = SqlCoachingStore(connection, sealed)
        self.crm_events: ports.CrmEvents = SqlCrmEvents(connection, sealed)
        self.entities: ports.Entities = SqlEntities(connection, sealed)
        self.decisions: ports.Decisions = SqlDecisions(connection, sealed)
        self.crm_sources: ports.CrmSources = SqlCrmSources(connection, box)
        self.playbooks: PlaybookStore = SqlPlaybooks(connection, sealed)
        self.contents: ContentVersions = SqlContentVersions(connection, sealed)
        self.sessions: ConsoleSessions = SqlConsoleSessions(connection)
        self.speech: ports.SpeechChoices = SqlSpeechChoices(connection)
        self.privacy: PrivacyStore = SqlPrivacyStore(connection, ids, sealed)
        self.ticks: ports.Ticks = SqlTicks(connection)
        self.erasure: ports.Erasure = SqlErasure(connection, sealed)
        self.actions: list[Callable[[], None]] = []

    def after_commit(self, action: Callable[[], None]) -> None:
        self.actions.append(action)


def make_unit_of_work(
    engine: Engine,
    *,
    ids: Ids,
    secret_keys: Sequence[bytes],
    mask: MaskEvent = unmasked,
    seal: TextSeal | None = None,
) -> UnitOfWorkFactory:
    """The factory of units of work on `engine`; one per process, because it holds SQLite's write lock.

    Args:
        secret_keys: Fernet keys that seal webhook secrets, the newest first.
        mask: what every event goes through before it is stored.
        seal: closes what was said before it is stored; without one it is stored as it is.
    """
    box, sealed, opened = SecretBox(secret_keys), SealedColumns(seal), OpenedAnalyses()
    # SQLite has one writer; waiting for it here is fair, waiting inside SQLite is not.
    writer = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def open_unit(*, write: bool = True) -> Iterator[UnitOfWork]:
        with translated(), _held(writer if write else None), _connected(engine, write=write) as connection:
            unit = SqlUnitOfWork(connection, ids, box, sealed, mask, opened)
            with connection.begin():
                yield unit
        for action in unit.actions:
            action()

    return open_unit


def _connected(engine: Engine, *, write: bool) -> AbstractContextManager[Connection]:
    return engine.execution_options(write=write, postgresql_readonly=not write).connect()


@contextmanager
def _waiting_for(lock: threading.Lock) -> Iterator[None]:
    if not lock.acquire(timeout=WRITER_WAIT_S):
        raise Unavailable("the database is busy; try again", code="database_busy", retry_after_s=1)
    try:
        yield
    finally:
        lock.release()


def _held(lock: "threading.Lock | None") -> AbstractContextManager[None]:
    return nullcontext() if lock is None else _waiting_for(lock)


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLAlchemy's errors into the domain's; what the caller raised passes untouched."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise to_domain(error) from error


def to_domain(error: exc.SQLAlchemyError) -> Exception:
    """The domain's error for a database error; programming mistakes stay what they are."""
    text = str(getattr(error, "orig", error)).lower()
    found: ServiceError | None = None
    if "disk is full" in text or "no space left" in text or _sqlite_says(error) == NO_ROOM_FOR_ITS_INDEX:
        found = StorageFull("the database has no room for more; free disk space and try again")
    elif "disk i/o error" in text:
        found = Unavailable("the disk under the database takes no writes; have it looked at and try again",
                            code="database_unavailable", retry_after_s=60)  # fmt: skip
    elif isinstance(error, exc.IntegrityError):
        found = Conflict("something with this identity exists already", code="already_exists")
    elif "readonly" in text:
        found = None  # a write in a unit of work that promised not to write
    elif isinstance(error, exc.TimeoutError | exc.OperationalError | exc.InterfaceError) or (
        isinstance(error, exc.DBAPIError) and error.connection_invalidated
    ):
        found = Unavailable("the database does not answer; try again", code="database_unavailable", retry_after_s=5)
    return found or error


def _sqlite_says(error: exc.SQLAlchemyError) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlite_errorname", ""))
