"""Everything privacy keeps, as ports: the audit trail, and rows of what the tenant decided and what was erased."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from service.domain.coaching.ports import Rows
from service.domain.privacy.assessments import AssessmentRow
from service.domain.privacy.audit import AuditEntry, AuditHead, AuditRow
from service.domain.privacy.rules import (
    HoldRow,
    PrivacyRulesRow,
    ProcessorRow,
    ReceiptRow,
    RetentionRow,
    SubjectKind,
    TombstoneRow,
)
from service.domain.privacy.subject_requests import RequestTermsRow, SubjectRequestRow
from service.domain.privacy.transfers import HostCount, TransferredPerson, TransferTally
from service.domain.speech.recording import Recording


class AuditTrail(Protocol):
    """Appends and reads; there is no way to change a row."""

    def append(self, tenant_id: str, entry: AuditEntry, now: datetime) -> AuditRow:
        """Write the next row; two writers of one tenant wait for each other."""
        ...

    def hold(self, tenant_id: str) -> None:
        """Let nobody else append for this tenant until the transaction ends: what is read now stays as it is."""
        ...

    def head(self, tenant_id: str) -> AuditHead: ...
    def walk(self, tenant_id: str) -> Iterator[AuditRow]:
        """All rows in the order of their numbers."""
        ...

    def find(
        self,
        tenant_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        actions: Sequence[str] = (),
        visit_id: str | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[AuditRow]:
        """Rows with `since <= at < until`, the newest first; `before` is the number that a page goes on behind."""
        ...

    def by_id(self, tenant_id: str, row_id: str) -> AuditRow | None: ...
    def seen(self, tenant_id: str, *, actor: str, action: str, object: str, since: datetime) -> bool:  # noqa: A002
        """Whether this very thing was written since."""
        ...

    def prune(self, tenant_id: str, before: datetime) -> int:
        """Remove rows older than `before` from the trail's beginning; what is left still proves itself."""
        ...


class Subjects(Protocol):
    """What all tables hold about one subject, whoever made the table."""

    def visit_ids(self, tenant_id: str, kind: SubjectKind, ref: str) -> list[str]:
        """The visits of a person, an account, a visit or a tenant."""
        ...

    def names(self, tenant_id: str) -> Iterator[tuple[str, str, str]]:
        """(family, id, visit) of everything that visits and people are known by; visit is empty for a person's own row.

        Families are those of `pseudonyms.family_of`: visit, person, account, opportunity, external.
        """
        ...

    def collect(
        self, tenant_id: str, kind: SubjectKind, ref: str, visit_ids: Sequence[str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every row about the subject as (table, plain values), without secrets."""
        ...

    def remove_rest(self, tenant_id: str, kind: SubjectKind, ref: str) -> dict[str, int]:
        """Remove rows that name the subject beside its visits; rows removed per table.

        For a tenant everything goes but the proofs: trail, receipts, stones and holds.
        """
        ...

    def forget_replies(self, tenant_id: str, visit_id: str) -> None:
        """Blank what receivers answered to the visit's events: it may repeat what they were sent."""
        ...

    def blank_visit(self, tenant_id: str, visit_id: str, *, hide: str, kind: SubjectKind) -> dict[str, int]:
        """Remove what a visit led to, and leave of it what refuses to take it again; `hide` replaces the name."""
        ...


class Aging(Protocol):
    """Which rows have had their time."""

    def audio_before(self, tenant_id: str, before: datetime, limit: int) -> list[Recording]:
        """Recordings whose bytes are kept and came before, the oldest first."""
        ...

    def heard_audio(self, tenant_id: str, limit: int) -> list[Recording]:
        """Recordings that are done, whose words were heard, and whose bytes are still kept."""
        ...

    def texts_before(self, tenant_id: str, before: datetime, limit: int) -> list[str]:
        """Visits whose newest transcript came before, the oldest first."""
        ...

    def features_before(self, tenant_id: str, before: datetime, limit: int) -> list[str]:
        """Visits whose newest analysis came before, the oldest first."""
        ...

    def consents_ended(self, tenant_id: str, now: datetime, *, after: str, limit: int) -> list[str]:
        """Visits whose consent has run out and was not withdrawn, in the order of their ids, behind `after`."""
        ...

    def consent_counts(self, tenant_id: str, now: datetime) -> Mapping[str, int]:
        """Of visits that hold words or audio, how far consent covers them; see `consent_counts.count_consents`."""
        ...

    def plain_texts(self, tenant_id: str) -> int:
        """Rows that repeat what was said, and are not sealed."""
        ...

    def first_visit(self, tenant_id: str) -> datetime | None:
        """When the tenant's first visit was stored; None where there is none."""
        ...

    def blobs(self, tenant_id: str) -> list[str]:
        """Keys of all bytes that recordings stand for."""
        ...


class TransferredPersons(Rows[TransferredPerson], Protocol):
    """Persons whose data left the region, one row for each with each receiver and year."""

    def distinct(self, tenant_id: str, year: str) -> tuple[int, int]:
        """(persons, those with sensitive data) over all receivers whose region is known, each once."""
        ...

    def by_host(self, tenant_id: str, year: str) -> list[HostCount]:
        """Each receiver by itself, in the order of their names."""
        ...

    def years(self, tenant_id: str) -> list[str]:
        """The years that have rows, rising."""
        ...

    def place(self, tenant_id: str, host: str, region: str) -> None:
        """Rows of a receiver whose region nobody had told lie in this one."""
        ...


class PrivacyStore(Protocol):
    """One part per kind of row, on the unit of work's transaction."""

    audit: AuditTrail
    subjects: Subjects
    aging: Aging
    retention: Rows[RetentionRow]
    holds: Rows[HoldRow]
    processors: Rows[ProcessorRow]
    tombstones: Rows[TombstoneRow]
    receipts: Rows[ReceiptRow]
    requests: Rows[SubjectRequestRow]
    request_terms: Rows[RequestTermsRow]
    transferred: TransferredPersons
    transfer_tallies: Rows[TransferTally]
    rules: Rows[PrivacyRulesRow]
    assessments: Rows[AssessmentRow]

    def tenants(self) -> list[str]:
        """Every tenant that owns a visit or a row here; for work that is done for all of them."""
        ...

    def reseal(self, tenant_id: str, limit: int) -> int:
        """Seal up to `limit` rows of what was said that are plain or under an older key by the newest; how many."""
        ...
