"""The audit trail: who did what to which object, when and why, each row sealed to the one before it.

Invariant: rows of a tenant are numbered without gaps and every hash covers the row and the hash before it: a row
that was edited, deleted or moved can be named.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = "0" * 64
READS = ("audio.read", "audio.linked", "transcript.read", "analysis.read", "subject.exported")
SEEKING = timedelta(minutes=1)  # a player that seeks asks many times: one row a minute says it


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something worth remembering, before it has its place; `actor` is `key:…`, `person:…`, `command` or `system`."""

    actor: str
    action: str
    object: str
    why: str = ""
    visit_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry in its place; `at` has microseconds, as both databases keep it."""

    id: str
    tenant_id: str
    sequence: int
    at: datetime
    actor: str
    action: str
    object: str
    visit_id: str | None
    why: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Where a tenant's trail begins and ends: older rows than `first` were removed when their time was over."""

    sequence: int = 0
    hash: str = START
    first: int = 1
    first_previous: str = START


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the trail does not hold: the row's number, and what was done to it."""

    sequence: int
    what: str


def seal(entry: AuditEntry, *, row_id: str, tenant_id: str, at: datetime, head: AuditHead) -> AuditRow:
    """The row that continues the trail behind `head`."""
    row = AuditRow(
        id=row_id,
        tenant_id=tenant_id,
        sequence=head.sequence + 1,
        at=at.astimezone(UTC),
        actor=entry.actor,
        action=entry.action,
        object=entry.object,
        visit_id=entry.visit_id,
        why=entry.why,
        detail=dict(entry.detail),
        previous=head.hash,
        hash="",
    )
    return _with_hash(row)


def find_breaks(rows: Iterable[AuditRow], head: AuditHead) -> list[Break]:
    """Every row that was edited, deleted or moved; `rows` in the order of their numbers, from the trail's beginning."""
    breaks: list[Break] = []
    expected, previous = head.first, head.first_previous
    for row in rows:
        if row.sequence < head.first or row.sequence < expected:
            breaks.append(Break(row.sequence, "inserted: there is no place for it"))
            continue
        breaks += [Break(missing, "deleted") for missing in range(expected, row.sequence)]
        gap = row.sequence > expected
        if _with_hash(row).hash != row.hash:
            breaks.append(Break(row.sequence, "edited: its hash does not cover what it says"))
        elif row.previous != previous and not gap:
            breaks.append(Break(row.sequence, "moved or replaced: it does not follow the row before it"))
        expected, previous = row.sequence + 1, row.hash
    breaks += [Break(missing, "deleted at the end") for missing in range(expected, head.sequence + 1)]
    if not breaks and (expected - 1, previous) != (head.sequence, head.hash):
        breaks.append(Break(head.sequence, "the end of the trail does not match what was last written"))
    return breaks


@dataclass(frozen=True, slots=True)
class Access:
    """One line of a breach's scope: who saw which object, how often, from when to when."""

    actor: str
    action: str
    object: str
    visit_id: str | None
    times: int
    first_at: datetime
    last_at: datetime


def breach_scope(rows: Iterable[AuditRow]) -> list[Access]:
    """Who saw what, one line for each pair of actor and object, in the order of first sight."""
    seen: dict[tuple[str, str, str], list[AuditRow]] = {}
    for row in sorted(rows, key=lambda row: row.sequence):
        if row.action in READS:
            seen.setdefault((row.actor, row.action, row.object), []).append(row)
    return [
        Access(actor, action, name, found[0].visit_id, len(found), found[0].at, found[-1].at)
        for (actor, action, name), found in seen.items()
    ]


def _with_hash(row: AuditRow) -> AuditRow:
    said = [row.id, row.tenant_id, row.sequence, row.at.astimezone(UTC).isoformat(timespec="microseconds"), row.actor,
            row.action, row.object, row.visit_id, row.why, row.detail, row.previous]  # fmt: skip
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dict)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return AuditRow(row.id, row.tenant_id, row.sequence, row.at, row.actor, row.action, row.object, row.visit_id,
                    row.why, row.detail, row.previous, digest)  # fmt: skip
