"""What use cases work with: the ports, wired once by bootstrap."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from nlp.churn.account import AccountHistory, AccountRisk
from nlp.text.masking import Masker, load_masker
from nlp.types import Role, Span
from service.domain.content.bundle import Content
from service.domain.errors import Unavailable
from service.domain.model_versions import ModelVersions
from service.domain.playbooks.rules import RuleBook
from service.domain.ports import (
    AudioProbe,
    AudioRedactor,
    BlobStore,
    Clock,
    Doorbell,
    Ids,
    LanguageCore,
    Parts,
    RedactedAudio,
    RemoteFetcher,
    UnitOfWork,
    UnitOfWorkFactory,
    UrlPolicy,
)
from service.domain.privacy.duties import Installed
from service.domain.privacy.rules import TombstoneRow
from service.domain.privacy.transfers import TransferLimits
from service.domain.speech.choice import SpeechOffer
from service.domain.speech.live_speech import LiveSpeech, NoLiveSpeech
from service.domain.speech.short_speech import NoShortSpeech, ShortSpeech
from service.usecases.coaching.hint_learning import HintLearning
from service.usecases.playbooks.playbook_shelf import PlaybookShelf, no_playbooks


class TriageVerdict(Protocol):
    """What the triage model says of one message."""

    @property
    def should_step_in(self) -> bool:
        """Whether the manager is needed."""
        ...

    @property
    def score(self) -> float:
        """Calibrated probability."""
        ...

    @property
    def reason(self) -> str:
        """Why, as a code; `none` when nobody is needed."""
        ...


class Triage(Protocol):
    """Whether a message deserves the manager now."""

    def judge(self, text: str, *, sender: Role, context: str) -> TriageVerdict:
        """The verdict on one message; `sender` is rep or customer."""
        ...


class AccountModel(Protocol):
    """How likely an account is to be lost within a month."""

    @property
    def simulated(self) -> bool:
        """Whether it learnt from simulated accounts alone."""
        ...

    def assess(self, history: AccountHistory, *, now: datetime) -> AccountRisk:
        """The risk of one account at `now`."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Published limits, echoed by `/v1/limits`."""

    json_body_bytes: int = 1_048_576
    transcript_body_bytes: int = 8_388_608
    recording_bytes: int = 2_147_483_648
    page_items: int = 200
    url_characters: int = 2_048
    open_uploads: int = 10
    chunk_bytes: int = 67_108_864
    upload_ttl_h: int = 24
    queued_visits: int = 1_000
    queued_visits_of_all: int = 20_000
    live_talks: int = 50
    short_audio_bytes: int = 26_214_400
    short_audio_s: int = 600


class ErasureLedger(Protocol):
    """Stones kept outside the database, so that a restored one can be erased again."""

    def write(self, stone: TombstoneRow) -> None:
        """Add one; durable on return."""
        ...

    def read(self) -> list[TombstoneRow]:
        """All of them."""
        ...


class NoLedger:
    """For parts of the service that erase nothing."""

    def write(self, stone: TombstoneRow) -> None:
        """Nothing is kept."""

    def read(self) -> list[TombstoneRow]:
        """Nothing was kept."""
        return []


def _nothing_to_compact() -> object:
    """Freed pages are the storage's business; without one there are none."""
    return None


def _no_redactor(path: Path, stretches: Sequence[Span]) -> RedactedAudio:
    """Never returns: nothing decodes recordings here."""
    del path, stretches
    raise Unavailable("this installation redacts no recordings", code="redaction_unavailable", retry_after_s=3_600)


def _no_keys(tenant_id: str) -> object:
    """Nothing was sealed for this tenant."""
    return tenant_id


def passing_keys() -> Callable[[str], bytes]:
    """Keys of tenants that end with this process; an installation's own stay the same."""
    secret = secrets.token_bytes(32)
    return lambda tenant_id: secret + tenant_id.encode()


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a use case may need; built by `service.bootstrap`."""

    uow: UnitOfWorkFactory
    clock: Clock
    ids: Ids
    blobs: BlobStore
    parts: Parts
    doorbell: Doorbell
    urls: UrlPolicy
    fetcher: RemoteFetcher
    probe: AudioProbe
    core: LanguageCore
    content: Content
    triage: Triage
    limits: Limits
    versions: Mapping[str, str]
    hint_learning: HintLearning = field(default_factory=HintLearning)
    speech: Callable[[], SpeechOffer] = SpeechOffer
    short_speech: ShortSpeech = field(default_factory=NoShortSpeech)
    live_speech: LiveSpeech = field(default_factory=NoLiveSpeech)
    ledger: ErasureLedger = field(default_factory=NoLedger)
    compact: Callable[[], object] = _nothing_to_compact
    redact: AudioRedactor = _no_redactor
    regions: tuple[str, ...] = ("CN",)
    person_key: Callable[[str], bytes] = field(default_factory=passing_keys, repr=False)
    transfer_limits: TransferLimits = field(default_factory=TransferLimits)
    installed: Callable[[], Installed] = Installed
    shred: Callable[[str], object] = _no_keys
    masker: Masker = field(default_factory=load_masker)
    playbooks: PlaybookShelf = field(default_factory=no_playbooks)
    accounts: AccountModel | None = None
    model_versions: ModelVersions | None = None
    models_tenant: str = "default"
    link_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def content_for(self, tx: UnitOfWork, tenant_id: str) -> Content:
        """What was shipped, with the tenant's own processes, scorecards, metrics and office hours laid over it."""
        return self.playbooks.contents.content_for(tx, tenant_id, self.content)

    def rules_for(self, tx: UnitOfWork, tenant_id: str) -> RuleBook:
        """The tenant's rules, counting by the tenant's office hours."""
        return self.playbooks.book_for(tx, tenant_id, office=self.content_for(tx, tenant_id).office)
