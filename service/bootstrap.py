"""Where everything is wired: settings in, running parts out. Nothing else reads settings or chooses an adapter."""

import os
import socket
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import cast

import structlog
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI
from sqlalchemy import Engine
from structlog.typing import Processor

from nlp.asr.engines.faster_whisper import WhisperOptions
from nlp.asr.transcriber import SpeechEngine
from service.adapters.audio.decoding import decode, probe
from service.adapters.audio.quota import read_cpu_quota
from service.adapters.audio.whisper_process import WhisperProcess
from service.adapters.blob import DiskBlobStore
from service.adapters.clock import SystemClock
from service.adapters.doorbell import CeleryDoorbell, LocalDoorbell
from service.adapters.fetch import HttpFetcher
from service.adapters.ids import SortableIds
from service.adapters.no_speech import NoSpeechEngine
from service.adapters.parts import DiskParts
from service.adapters.text_core import TextCore, load_text_core
from service.adapters.urls import UrlRules
from service.adapters.webhook import HttpWebhookSender
from service.api.app import calm_garbage_collector, create_app
from service.domain.ports import Clock, Doorbell, Ids, StageHandlers, UnitOfWorkFactory
from service.domain.stages import Queue
from service.runner.celery_app import make_celery, run_worker
from service.runner.pace import Pace
from service.runner.process import RunnerProcess
from service.runner.runner import Runner
from service.runner.upkeep import Upkeep
from service.settings import (
    AsrSettings,
    BrokerSettings,
    DatabaseSettings,
    LogSettings,
    Settings,
    child_environment,
    load_settings,
)
from service.storage.clock import DatabaseClock
from service.storage.engine import make_engine, verify_engine
from service.storage.migrate import upgrade
from service.storage.unit_of_work import make_unit_of_work
from service.usecases.advance_visit import Advance
from service.usecases.analyse_visit import AnalyseStage
from service.usecases.coach_visit import CoachStage
from service.usecases.deliver_events import Deliverer
from service.usecases.keep_house import Chore, Housekeeping, chores_of
from service.usecases.process_recording import SpeechStages
from service.usecases.resume_upload import expire_uploads
from service.usecases.services import Limits, Services

KEY_FILE = "secret.key"
KEY_SETTING = "FIELDCUE_STORAGE__SECRET_KEY"
HEADER_BYTES = 32_768  # request line and headers together; more is refused before it is read
FETCH_SLOTS = 2

__all__ = [
    "Installation",
    "Settings",
    "Store",
    "build",
    "demo_settings",
    "load_settings",
    "load_texts",
    "open_store",
    "server_config",
]


@dataclass(frozen=True, slots=True)
class Installation:
    """All parts of one process; `close` ends its children and connections."""

    settings: Settings
    services: Services
    core: TextCore
    engine: SpeechEngine
    database: Engine
    doorbell: Doorbell
    url_rules: UrlRules

    def app(self) -> FastAPI:
        """The HTTP application."""
        calm_garbage_collector()
        return create_app(self.services, auth_failures_per_minute=self.settings.api.auth_failures_per_minute)

    def process(self) -> RunnerProcess:
        """The runner's threads: with slots of their own when embedded, beside Celery's when there is a broker."""
        embedded = isinstance(self.doorbell, LocalDoorbell)
        bell = self.doorbell if isinstance(self.doorbell, LocalDoorbell) else LocalDoorbell()
        services = self.services
        owner = f"{socket.gethostname()}:{os.getpid()}"
        advance = Advance(services.clock, services.ids, self.doorbell)
        runner = Runner(
            uow=services.uow,
            handlers=self._handlers(),
            clock=services.clock,
            advance=advance,
            owner=owner,
            slots=_slots(self.settings.runner.slots),
            pace=Pace(poll_s=self.settings.runner.poll_s),
        )
        deliverer = Deliverer(services.uow, services.clock, HttpWebhookSender(self.url_rules), owner)
        upkeep = Upkeep(uow=services.uow, clock=services.clock, chores=self._chores(advance))
        return RunnerProcess(
            runner=runner, bell=bell, upkeep=upkeep, deliver=deliverer.deliver_one, slot_threads=embedded
        )

    def serve_rings(self) -> None:
        """Work as a Celery worker until told to stop; needs a broker."""
        broker = self.settings.broker.url
        if broker is None:
            raise SystemExit("no broker is set: give FIELDCUE_BROKER__URL, or use `fieldcue serve`")
        prefix = self.settings.broker.queue_prefix
        run_worker(make_celery(broker.get_secret_value(), prefix=prefix), self.process(), prefix=prefix)

    def close(self) -> None:
        """End the speech child and the database connections."""
        if isinstance(self.engine, WhisperProcess):
            self.engine.close()
        if isinstance(self.doorbell, CeleryDoorbell):
            self.doorbell.close()
        self.database.dispose()

    def _handlers(self) -> StageHandlers:
        hotwords = tuple(self.core.hotwords)
        speech = SpeechStages(self.services, decode, self.engine, hotwords)
        return {
            "fetch": speech.fetch,
            "decode": speech.decode,
            "transcribe": speech.transcribe,
            "turns": speech.turns,
            "analyse": AnalyseStage(self.services, self.core.analyzer),
            "coach": CoachStage(self.services, self.core.content),
        }

    def _chores(self, advance: Advance) -> list[Chore]:
        services = self.services
        house = Housekeeping(
            services.uow,
            services.clock,
            self.doorbell,
            advance,
            models={"model_missing": lambda: self.engine.available() is None},
        )

        def holds(tenant_id: str, blob: str) -> bool:
            with services.uow(write=False) as tx:
                return tx.recordings.holds_blob(tenant_id, blob)

        def sweep() -> int:
            return cast(DiskBlobStore, services.blobs).sweep(holds)

        return [
            *chores_of(house),
            ("expire_uploads", timedelta(minutes=10), lambda: expire_uploads(services)),
            ("sweep_blobs", timedelta(hours=1), sweep),
        ]


@dataclass(frozen=True, slots=True)
class Store:
    """The rows alone, for commands that work on nothing else; `close` ends the connections."""

    uow: UnitOfWorkFactory
    clock: Clock
    ids: Ids
    database: Engine

    def close(self) -> None:
        """End the connections."""
        self.database.dispose()


def open_store(settings: Settings) -> Store:
    """The database, brought up to date.

    Raises:
        SystemExit: the settings contradict each other; the message says how to solve it.
    """
    configure_logging(settings.log.level)
    settings.storage.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # recordings are for this user alone
    key = secret_key(settings)
    database = make_engine(database_url(settings), pool_size=settings.database.pool_size)
    upgrade(database)
    verify_engine(database)
    clock = DatabaseClock(database, SystemClock())  # several hosts share the database: its clock decides leases
    ids = SortableIds(clock)
    return Store(make_unit_of_work(database, ids=ids, secret_keys=[key]), clock, ids, database)


def build(settings: Settings) -> Installation:
    """Everything for one process.

    Raises:
        SystemExit: as `open_store`.
    """
    store, storage, core = open_store(settings), settings.storage, load_texts(settings)
    rules = UrlRules(allowed_hosts=settings.webhook.allow_http_hosts)
    doorbell = make_doorbell(settings.broker)
    services = Services(
        uow=store.uow,
        clock=store.clock,
        ids=store.ids,
        blobs=DiskBlobStore(storage.data_dir, min_free_bytes=storage.min_free_bytes),
        parts=DiskParts(storage.data_dir / "parts", min_free_bytes=storage.min_free_bytes),
        doorbell=doorbell,
        urls=rules,
        fetcher=HttpFetcher(rules),
        probe=probe,
        core=core.analyzer,
        content=core.content,
        triage=core.triage,
        limits=Limits(),
        versions={"service": version("fieldcue"), **core.versions},
    )
    return Installation(settings, services, core, speech_engine(settings.asr), store.database, doorbell, rules)


def server_config(app: FastAPI, *, host: str, port: int) -> uvicorn.Config:
    """How the application is served, everywhere alike."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # whoever guesses keys could else take a new address with every guess
        http="h11",  # the faster parser does not bound the size of headers
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_graceful_shutdown=20,
    )


def demo_settings(data_dir: Path, *, crm_port: int) -> Settings:
    """The settings in force, on a directory of their own and with a receiver on this machine."""
    given = load_settings()
    storage = given.storage.model_copy(update={"data_dir": data_dir, "min_free_bytes": 0})
    webhook = given.webhook.model_copy(update={"allow_http_hosts": (f"127.0.0.1:{crm_port}",)})
    alone = {
        "database": DatabaseSettings(),
        "broker": BrokerSettings(),
        "storage": storage,
        "webhook": webhook,
        "log": LogSettings(level="warning"),
    }
    return given.model_copy(update=alone)


def make_doorbell(broker: BrokerSettings) -> LocalDoorbell | CeleryDoorbell:
    """Rings over the broker, or within this process where there is none."""
    if broker.url is None:
        return LocalDoorbell()
    celery = make_celery(broker.url.get_secret_value(), prefix=broker.queue_prefix)
    return CeleryDoorbell(celery, prefix=broker.queue_prefix)


def load_texts(settings: Settings) -> TextCore:
    """The language core alone, for commands that need no database."""
    return load_text_core(models_dir=settings.content.models_dir, prompts_dir=settings.content.prompts_dir)


def speech_engine(asr: AsrSettings) -> SpeechEngine:
    """The engine that the settings ask for."""
    if not asr.model:
        return NoSpeechEngine()
    options = WhisperOptions(
        model=asr.model,
        device=asr.device,
        compute_type=asr.compute_type,
        threads=asr.threads or read_cpu_quota(),
        local_files_only=asr.local_files_only,
    )
    return WhisperProcess(options, environment=child_environment())


def database_url(settings: Settings) -> str:
    """The configured database, or SQLite in the data directory."""
    return settings.database.url or f"sqlite:///{settings.storage.data_dir.absolute() / 'fieldcue.db'}"


def secret_key(settings: Settings) -> bytes:
    """The Fernet key of this installation, made at first start where one process keeps everything itself.

    Raises:
        SystemExit: several processes may share the database, so the key must be given; or the key is none.
    """
    given = settings.storage.secret_key
    if given is not None:
        return _fernet_key(given.get_secret_value().encode(), f"{KEY_SETTING} holds no Fernet key; `fieldcue keys "
                           "secret` makes one")  # fmt: skip
    if settings.database.url:
        raise SystemExit(f"set {KEY_SETTING} (`fieldcue keys secret` makes one): with a shared database "
                         "every process must have the same")  # fmt: skip
    path = settings.storage.data_dir / KEY_FILE
    return _fernet_key(_key_file(path), f"{path} holds no Fernet key; restore it from a backup, or delete it and set "
                       "the secrets of the webhook endpoints again")  # fmt: skip


def _fernet_key(key: bytes, fault: str) -> bytes:
    try:
        Fernet(key)
    except ValueError:
        raise SystemExit(fault) from None
    return key


def _key_file(path: Path) -> bytes:
    """The file's content; a new key is written beside it and linked, so that nobody ever reads half of one."""
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(prefix=f"{KEY_FILE}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first: its key counts
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    return path.read_bytes().strip()


def _slots(fast: int) -> dict[Queue, int]:
    # One transcription at a time: a second one in the same process would only share the first one's cores.
    return {"fast": fast, "asr": 1, "io": FETCH_SLOTS}


def configure_logging(level: str) -> None:
    """One JSON line an event on standard error; never a word of what customers said."""
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=processors,
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
