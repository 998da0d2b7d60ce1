"""The real application over fakes of its ports, with keys of two tenants at hand."""

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from nlp.churn.account import AccountRiskModel
from nlp.errors import AudioEmpty, NotAudio
from service.adapters.model_registry import Registry
from service.adapters.parts import DiskParts
from service.api.app import create_app
from service.domain.access import SCOPES, ApiKey, hash_key, render_key
from service.domain.content.bundle import Content
from service.domain.errors import Invalid
from service.settings import ROOT
from service.usecases.services import Limits, Services
from tests.support.builders import OTHER_TENANT, TENANT, an_analysis
from tests.support.fakes import NOON, FakeClock, FakeDoorbell, FakeIds, FolderBlobStore, MemoryDatabase
from tests.support.shelf import shipped_shelf
from tests.support.short_speech import WordsAtOnce

CONSENT = {"basis": "consent", "method": "verbal", "given_at": "2026-03-01T10:00:00+08:00"}
VISIT = {"rep_id": "rep-1", "account_id": "acc-1", "visited_at": "2026-03-02T10:00:00+08:00", "consent": CONSENT}


@dataclass(frozen=True)
class Verdict:
    should_step_in: bool
    score: float
    reason: str


class WordTriage:
    """Steps in where the word 返点 stands."""

    def judge(self, text: str, *, sender: str, context: str) -> Verdict:
        del sender, context
        return Verdict("返点" in text, 0.9 if "返点" in text else 0.1, "compliance" if "返点" in text else "none")


class ExampleUrls:
    """Allows `https://*.example` only."""

    def check(self, url: str) -> None:
        if not url.startswith("https://") or ".example/" not in url + "/":
            raise Invalid("this address may not be used", code="url_forbidden")

    def vouched_for(self, url: str) -> bool:
        return "://stranger." not in url


class NoFetcher:
    """Nothing is fetched while a request runs."""

    @contextmanager
    def open(self, url: str) -> Iterator[Iterator[bytes]]:
        raise AssertionError(url)
        yield iter(())


class OneAnalysis:
    """Always the builders' analysis."""

    def analyze(self, transcript: Any, *, context: Any) -> Any:
        del transcript
        return replace(an_analysis(), visit_id=context.visit_id)

    def hear(self, earlier: Any, turn: Any, *, context: Any) -> Any:
        del earlier, context
        return turn, ()


def probe_header(path: Path) -> object:
    """The cheapest possible probe: a WAV header, and something after it."""
    head = path.read_bytes()[:46]
    if not head:
        raise AudioEmpty("the file is empty: record again")
    if not head.startswith(b"RIFF"):
        raise NotAudio("this is no audio file")
    return head


def a_wav(seconds: float = 1.0) -> bytes:
    """Silence, mono, 16 kHz."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\0\0" * int(16_000 * seconds))
    return buffer.getvalue()


@dataclass
class Api:
    """The application, its services, and clients that hold keys."""

    services: Services
    database: MemoryDatabase
    clock: FakeClock
    doorbell: FakeDoorbell
    blob_folder: Path
    part_folder: Path
    clients: list[TestClient] = field(default_factory=list)

    def client(self, *scopes: str, tenant: str = TENANT) -> TestClient:
        """A client with a fresh key; all scopes when none are named."""
        client = self.anonymous()
        client.headers["Authorization"] = f"Bearer {self.key(*scopes, tenant=tenant)}"
        return client

    def anonymous(self) -> TestClient:
        client = TestClient(create_app(self.services), raise_server_exceptions=False)
        self.clients.append(client)
        return client

    def key(self, *scopes: str, tenant: str = TENANT, **changes: Any) -> str:
        key_id = self.services.ids.new("k").replace("_", "")
        text = render_key(key_id, self.services.ids.secret(32))
        stored = ApiKey(key_id, tenant, hash_key(text), frozenset(scopes or SCOPES), NOON)
        with self.services.uow() as tx:
            tx.api_keys.add(replace(stored, **changes))
        return text

    def blobs(self) -> list[Path]:
        return [path for path in self.blob_folder.rglob("*") if path.is_file()]


def make_api(folder: Path, content: Content, **limits: Any) -> Api:
    clock, ids, doorbell = FakeClock(), FakeIds(), FakeDoorbell()
    database = MemoryDatabase(ids)
    (folder / "blobs").mkdir()
    services = Services(
        uow=database,
        clock=clock,
        ids=ids,
        blobs=FolderBlobStore(folder / "blobs"),
        parts=DiskParts(folder / "parts"),
        doorbell=doorbell,
        urls=ExampleUrls(),
        fetcher=NoFetcher(),
        probe=probe_header,
        core=OneAnalysis(),
        content=content,
        triage=WordTriage(),
        accounts=AccountRiskModel.load(ROOT / "models" / "accounts"),
        limits=Limits(**limits),
        versions={"service": "0.1.0", "turns": "turns-1"},
        model_versions=Registry(folder / "versions", shipped=ROOT / "models"),
        models_tenant=TENANT,
        short_speech=WordsAtOnce(),
        playbooks=shipped_shelf(),
    )
    return Api(services, database, clock, doorbell, folder / "blobs", folder / "parts")


__all__ = ["CONSENT", "OTHER_TENANT", "TENANT", "VISIT", "Api", "a_wav", "make_api"]
