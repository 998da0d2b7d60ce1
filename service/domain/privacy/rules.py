"""What a tenant decides about personal data: how long it is kept, what is held, who processes it for them.

Invariant: a tenant may keep things shorter than the defaults, never longer; a hold names its reason.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

SubjectKind = Literal["person", "account", "visit", "tenant"]
SUBJECT_KINDS: tuple[SubjectKind, ...] = ("person", "account", "visit", "tenant")
DataClass = Literal["audio", "transcript", "features", "audit"]
DEFAULT_DAYS: Mapping[DataClass, int] = {"audio": 30, "transcript": 180, "features": 365, "audit": 3 * 365}
TENANT_REF = "all"
_STONE = re.compile(r"[0-9a-f]{64}", re.ASCII)
ProcessorKind = Literal["llm", "webhook", "robot", "crm"]


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """How many days a tenant keeps each kind of data; `id` is always `retention`, one row a tenant."""

    id: str
    tenant_id: str
    at: datetime
    audio_days: int = DEFAULT_DAYS["audio"]
    transcript_days: int = DEFAULT_DAYS["transcript"]
    features_days: int = DEFAULT_DAYS["features"]
    audit_days: int = DEFAULT_DAYS["audit"]
    audio_delete_after_asr: bool = False

    def keeps(self, kind: DataClass) -> timedelta:
        """How long data of this kind is kept."""
        days = {"audio": self.audio_days, "transcript": self.transcript_days, "features": self.features_days,
                "audit": self.audit_days}  # fmt: skip
        return timedelta(days=days[kind])


RETENTION_ID = "retention"
NoticeRule = Literal["never", "claimed", "verbal", "all"]
NOTICE_RULES: tuple[NoticeRule, ...] = ("never", "claimed", "verbal", "all")
RULES_ID = "rules"


@dataclass(frozen=True, slots=True)
class PrivacyRulesRow:
    """What a tenant asks of its visits beyond the law's least; `id` is always `rules`, one row a tenant.

    `notice`: whose consent must be heard as a notice in the talk's beginning. `claimed` (where nothing was decided):
    consents that say where in the recording they stand (`notice_at_ms`), since such a claim can be looked up; `verbal`:
    every consent given aloud; `all`: every visit; `never`: none, it is only noted. `coaching_only`: scores of people
    go nowhere as a ground for decisions about them.
    """

    id: str
    tenant_id: str
    at: datetime
    notice: NoticeRule = "claimed"
    coaching_only: bool = False


def default_retention(tenant_id: str, now: datetime) -> RetentionRow:
    """What holds where a tenant decided nothing."""
    return RetentionRow(RETENTION_ID, tenant_id, now)


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A legal hold: what `kind` and `ref` name is neither erased nor swept while it stands; `at` is its beginning."""

    id: str
    tenant_id: str
    at: datetime
    kind: SubjectKind
    ref: str
    reason: str
    placed_by: str
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProcessorRow:
    """Someone who processes data for the tenant: one per host and kind that something is sent to."""

    id: str
    tenant_id: str
    at: datetime
    kind: ProcessorKind
    host: str
    name: str
    region: str
    purpose: str
    fields: tuple[str, ...]
    contract_ref: str


@dataclass(frozen=True, slots=True)
class TombstoneRow:
    """That something was erased: `id` is a hash of its kind and name, so that the stone itself names nobody."""

    id: str
    tenant_id: str
    at: datetime
    kind: SubjectKind
    receipt_id: str


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """What one erasure removed, by kind of row; kept as proof, without a word of what it was."""

    id: str
    tenant_id: str
    at: datetime
    kind: SubjectKind
    stone: str
    asked_by: str
    reason: str
    counts: Mapping[str, int]
    finished_at: datetime | None = None


def stone_of(tenant_id: str, kind: SubjectKind, ref: str) -> str:
    """The id of the tombstone of `ref`; the same after a restore, and not to be read back into a name by looking."""
    return sha256(f"fieldcue tombstone\0{tenant_id}\0{kind}\0{ref}".encode()).hexdigest()


def is_stone(ref: str) -> bool:
    """Whether a reference is a tombstone's id: whom it named was erased, and nobody is named any more."""
    return _STONE.fullmatch(ref) is not None


def purpose_stone_of(tenant_id: str, visit_id: str, purpose: str) -> str:
    """The id of the stone for one purpose that was withdrawn of a visit that otherwise stands."""
    return sha256(f"fieldcue tombstone\0{tenant_id}\0purpose\0{visit_id}\0{purpose}".encode()).hexdigest()


def is_held(holds: Iterable[HoldRow], *, visit_id: str, account_id: str, rep_id: str) -> HoldRow | None:
    """The hold that keeps a visit from being erased, if one stands."""
    names = {"visit": visit_id, "account": account_id, "person": rep_id, "tenant": TENANT_REF}
    return next((hold for hold in holds if hold.released_at is None and hold.ref == names[hold.kind]), None)
