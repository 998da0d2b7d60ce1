"""What use cases work with: the ports, wired once by bootstrap."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nlp.types import Role
from service.domain.content.bundle import Content
from service.domain.ports import (
    AudioProbe,
    BlobStore,
    Clock,
    Doorbell,
    Ids,
    LanguageCore,
    Parts,
    RemoteFetcher,
    UnitOfWorkFactory,
    UrlPolicy,
)


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
