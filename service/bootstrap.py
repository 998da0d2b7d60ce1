"""Where everything is wired: settings in, running parts out. Nothing else reads settings or chooses an adapter."""

import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from service.adapters.audio.beeping import Beeper
from service.adapters.audio.decoding import decode, probe
from service.adapters.audio.engines import EnginePool, plan_of
from service.adapters.audio.live_speech import LocalLiveSpeech
from service.adapters.audio.quota import read_cpu_quota
from service.adapters.audio.short_speech import LocalShortSpeech
from service.adapters.blob import KeptBlobStore
from service.adapters.channels.all import robot_channels
from service.adapters.content.playbooks import load_shelf
from service.adapters.doorbell import CeleryDoorbell, LocalDoorbell
from service.adapters.erasures import FileLedger
from service.adapters.fetch import HttpFetcher
from service.adapters.followed_core import VersionsInUse
from service.adapters.garbage import calm_garbage_collector
from service.adapters.llm.openai_chat import OpenAiChat
from service.adapters.llm.templates import load_templates
from service.adapters.metrics import note_analysis, note_attempt
from service.adapters.preferences import BayesianPreferences
from service.adapters.registered_sender import RegisteredChannel, RegisteredSender
from service.adapters.text_core import TextCore
from service.adapters.urls import UrlRules
from service.adapters.webhook import HttpWebhookSender
from service.api.app import create_app
from service.console.app import mount_console
from service.domain.delivery.robots import RobotChannels
from service.domain.ports import Clock, Doorbell, StageHandlers, WebhookSender
from service.domain.speech.short_speech import ShortLimits
from service.domain.stages import CANARY
from service.installed import (
    ERASURES_FILE,
    blob_store,
    derived_key,
    follow_texts,
    installed_facts,
    key_ring,
    load_texts,
    open_registry,
    person_keys,
    secret_key,
    transfer_limits,
    unfinished_uploads,
)
from service.opened_store import Store, database_url, open_store
from service.runner.celery_app import make_celery, run_worker
from service.runner.pace import Pace
from service.runner.process import RunnerProcess
from service.runner.runner import Runner
from service.runner.slots import slots_of
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
from service.storage.compact import compact
from service.usecases.coaching.coach_visit import CoachStage
from service.usecases.coaching.hint_learning import HintLearning
from service.usecases.crm.crm_chores import crm_chores
from service.usecases.delivery.deliver_events import Deliverer
from service.usecases.delivery.replay_deliveries import expire_held
from service.usecases.operations.keep_house import Chore, Housekeeping, chores_of
from service.usecases.operations.run_canary import run_canary
from service.usecases.privacy.privacy_chores import privacy_chores
from service.usecases.services import Limits, Services
from service.usecases.visits.advance_visit import Advance
from service.usecases.visits.analyse_visit import AnalyseStage
from service.usecases.visits.assist_analysis import Assistant, assistant_over
from service.usecases.visits.assist_visit import AssistStage
from service.usecases.visits.process_recording import SpeechStages
from service.usecases.visits.resume_upload import expire_uploads

HEADER_BYTES = 32_768  # request line and headers together; more is refused before it is read
FRAME_BYTES = 262_144  # a second of audio in the widest form a live talk may send

__all__ = [
    "Installation",
    "Settings",
    "Store",
    "build",
    "database_url",
    "demo_settings",
    "installed_facts",
    "key_ring",
    "load_settings",
    "load_texts",
    "open_registry",
    "open_store",
    "server_config",
    "speech_engines",
]


@dataclass(frozen=True, slots=True)
class Installation:
    """All parts of one process; `close` ends its children and connections."""

    settings: Settings
    services: Services
    core: TextCore
    engines: EnginePool
    short_speech: LocalShortSpeech
    live_speech: LocalLiveSpeech
    database: Engine
    doorbell: Doorbell
    url_rules: UrlRules

    def app(self) -> FastAPI:
        """The HTTP application."""
        calm_garbage_collector()
        failures = self.settings.api.auth_failures_per_minute
        app = create_app(self.services, auth_failures_per_minute=failures)
        mount_console(
            app,
            self.services,
            models_dir=self.settings.content.models_dir,
            public_url=self.settings.webhook.public_url,
            failures_per_minute=failures,
        )
        return app

    def process(self, *, pace: Pace | None = None, advance: Advance | None = None) -> RunnerProcess:
        """The runner's threads: with slots of their own when embedded, beside Celery's when there is a broker."""
        calm_garbage_collector()
        embedded = isinstance(self.doorbell, LocalDoorbell)
        bell = self.doorbell if isinstance(self.doorbell, LocalDoorbell) else LocalDoorbell()
        services, owner = self.services, f"{socket.gethostname()}:{os.getpid()}"
        assisted, chosen = bool(self.settings.llm.base_url), self.settings.runner
        advance = advance or Advance(services.clock, services.ids, self.doorbell, assisted=assisted)
        runner = Runner(
            uow=services.uow,
            handlers=self.handlers(),
            clock=services.clock,
            advance=advance,
            owner=owner,
            slots=slots_of(slots=chosen.slots, llm_slots=chosen.llm_slots if assisted else 1, queues=chosen.queues),
            pace=pace or Pace(poll_s=self.settings.runner.poll_s),
        )
        deliverer = Deliverer.over(
            services,
            self._sender(),
            owner,
            robots=self._channels(),
            public_url=self.settings.webhook.public_url,
            watch=note_attempt,
        )
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

    def _sender(self) -> WebhookSender:
        sender = HttpWebhookSender(self.url_rules)
        return RegisteredSender(sender, self.services.uow) if self.settings.privacy.require_processors else sender

    def _channels(self) -> RobotChannels:
        channels = robot_channels(self.url_rules)
        if not self.settings.privacy.require_processors:
            return channels
        return {kind: RegisteredChannel(channel, self.services.uow) for kind, channel in channels.items()}

    def close(self) -> None:
        """End the speech child and the database connections."""
        self.engines.close()
        self.short_speech.close()
        self.live_speech.close()
        if isinstance(self.doorbell, CeleryDoorbell):
            self.doorbell.close()
        self.database.dispose()

    def handlers(self) -> StageHandlers:
        """What works on each stage."""
        opening = partial(decode, key_of=cast(KeptBlobStore, self.services.blobs).key_of)
        core = self.core
        remote = urlsplit(self.settings.asr.remote_url).hostname or ""
        speech = SpeechStages(self.services, opening, self.engines, tuple(core.hotwords), core.finishing, remote)
        return {
            CANARY: run_canary,
            "fetch": speech.fetch,
            "decode": speech.decode,
            "transcribe": speech.transcribe,
            "turns": speech.turns,
            "analyse": AnalyseStage(self.services, self.services.core, note_analysis),
            "assist": AssistStage(self.services, self.assistant()),
            "coach": CoachStage(self.services, self.core.content),
        }

    def assistant(self) -> Assistant | None:
        """The language model behind its checks; None where none is configured."""
        llm = self.settings.llm
        if not llm.base_url:
            return None
        key = llm.api_key.get_secret_value() if llm.api_key else ""
        return assistant_over(
            self.services,
            OpenAiChat(llm.base_url, llm.model, api_key=key),
            load_templates(self.settings.content.prompts_dir / "templates"),
            daily_tokens=llm.daily_tokens,
            piece_characters=llm.piece_characters,
            registered_host=urlsplit(llm.base_url).hostname if self.settings.privacy.require_processors else None,
            host=urlsplit(llm.base_url).hostname or "",
        )

    def _chores(self, advance: Advance) -> list[Chore]:
        services = self.services
        house = Housekeeping(
            services.uow,
            services.clock,
            self.doorbell,
            advance,
            models={"model_missing": self.engines.ready},
        )

        def holds(tenant_id: str, blob: str) -> bool:
            with services.uow(write=False) as tx:
                return tx.recordings.holds_blob(tenant_id, blob) or bool(
                    tx.coaching.proofs.find(tenant_id, among={"blob": [blob]}, limit=1)
                )

        return [
            *chores_of(house),
            *crm_chores(services),
            *privacy_chores(services),
            ("expire_uploads", timedelta(minutes=10), lambda: expire_uploads(services)),
            ("expire_held", timedelta(hours=1), lambda: expire_held(services.uow, services.clock)),
            ("sweep_blobs", timedelta(hours=1), lambda: cast(KeptBlobStore, services.blobs).sweep(holds)),
            ("seal_blobs", timedelta(minutes=10), lambda: cast(KeptBlobStore, services.blobs).seal_existing()),
            ("compact_database", timedelta(hours=1), lambda: compact(self.database)),
        ]


def build(settings: Settings, *, host: Clock | None = None) -> Installation:
    """Everything for one process; `host` stands in for this machine's clock, where a story plays on another day.

    Raises:
        SystemExit: as `open_store`.
    """
    store, storage, core = open_store(settings, host=host), settings.storage, load_texts(settings)
    texts = follow_texts(settings, core)
    rules = UrlRules(allowed_hosts=settings.webhook.allow_http_hosts)
    doorbell, engines, limits = make_doorbell(settings.broker), speech_engines(settings.asr), Limits()
    at_once = ShortLimits(limits.short_audio_bytes, limits.short_audio_s)
    live_speech = LocalLiveSpeech(speech_engines(settings.asr), hotwords=core.hotwords, finishing=core.finishing,
                                  remote_host=urlsplit(settings.asr.remote_url).hostname or "")  # fmt: skip
    short_speech = LocalShortSpeech(
        speech_engines(settings.asr), texts.attribute, core.finishing, limits=at_once, hotwords=core.hotwords
    )
    ring = key_ring(settings)
    blobs = blob_store(settings, ring)
    services = Services(
        uow=store.uow,
        clock=store.clock,
        ids=store.ids,
        blobs=blobs,
        parts=unfinished_uploads(settings, ring),
        doorbell=doorbell,
        urls=rules,
        fetcher=HttpFetcher(rules),
        probe=partial(probe, key_of=blobs.key_of),
        redact=Beeper(storage.data_dir / "work", blobs.key_of),
        core=texts,
        content=core.content,
        triage=texts,
        accounts=texts if core.models.accounts else None,
        model_versions=open_registry(settings),
        models_tenant=settings.content.models_tenant,
        limits=limits,
        versions=VersionsInUse(texts, service=version("fieldcue")),
        hint_learning=HintLearning(BayesianPreferences()),
        speech=engines.offer,
        short_speech=short_speech,
        live_speech=live_speech,
        playbooks=load_shelf(settings.content.prompts_dir, core.content),
        ledger=FileLedger(storage.data_dir / ERASURES_FILE),
        shred=ring.forget,
        regions=(settings.privacy.region, *settings.privacy.regions),
        person_key=person_keys(settings),
        transfer_limits=transfer_limits(settings),
        installed=partial(installed_facts, settings),
        compact=lambda: compact(store.database, vacuum=False),
        link_secret=derived_key(secret_key(settings), b"audio links"),
    )
    return Installation(settings, services, core, engines, short_speech, live_speech, store.database, doorbell, rules)


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
        ws="websockets-sansio",
        ws_max_size=FRAME_BYTES,
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
        "privacy": given.privacy.model_copy(update={"mask_events": False}),  # invented people, to be seen by name
        "log": LogSettings(level="warning"),
    }
    return given.model_copy(update=alone)


def make_doorbell(broker: BrokerSettings) -> LocalDoorbell | CeleryDoorbell:
    """Rings over the broker, or within this process where there is none."""
    if broker.url is None:
        return LocalDoorbell()
    celery = make_celery(broker.url.get_secret_value(), prefix=broker.queue_prefix)
    return CeleryDoorbell(celery, prefix=broker.queue_prefix)


def speech_engines(asr: AsrSettings) -> EnginePool:
    """The engine that the settings ask for, and those that tenants may choose."""
    key = asr.remote_key.get_secret_value() if asr.remote_key else ""
    given = {**asr.model_dump(), "remote_key": key, "threads": asr.threads or read_cpu_quota()}
    return EnginePool(plan_of(given, child_environment()))
