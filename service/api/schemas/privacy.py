"""Bodies of subjects, erasures, the audit trail and what a tenant decides about personal data."""

from dataclasses import fields
from typing import Any

from service.api.rendering import instant
from service.api.schemas.base import Out
from service.api.schemas.examples import answer
from service.domain.privacy.audit import Access, AuditRow
from service.domain.privacy.rules import ReceiptRow
from service.usecases.privacy.export_subject import Export


class SubjectOut(Out):
    """What is kept about a subject, by kind of row."""

    kind: str
    id: str
    made_at: str
    rows: dict[str, int]
    recordings: int

    @classmethod
    def of(cls, export: Export) -> "SubjectOut":
        """From what was found."""
        subject = export.subject
        return cls(kind=subject.kind, id=subject.ref, made_at=instant(export.made_at), rows=export.counts(),
                   recordings=len(export.recordings))  # fmt: skip


class ReceiptOut(Out):
    """What an erasure removed; `finished_at` is null while it is at work, or where it was broken off."""

    id: str
    kind: str
    asked_by: str
    reason: str
    at: str
    finished_at: str | None
    counts: dict[str, int]

    @classmethod
    def of(cls, row: ReceiptRow) -> "ReceiptOut":
        """From the row."""
        return cls(
            id=row.id,
            kind=row.kind,
            asked_by=row.asked_by,
            reason=row.reason,
            at=instant(row.at),
            finished_at=instant(row.finished_at) if row.finished_at else None,
            counts=dict(row.counts),
        )


class ReceiptPageOut(Out):
    """Receipts, the newest first."""

    items: list[ReceiptOut]
    next_cursor: str | None


def columns_of_row(row: AuditRow) -> dict[str, Any]:
    """The fields that the trail's rows show as they are."""
    shown = {field.name: getattr(row, field.name) for field in fields(row) if field.name != "tenant_id"}
    return {**shown, "detail": dict(row.detail)}


class AuditOut(Out):
    """One row of the trail; `hash` covers it and `previous`."""

    id: str
    sequence: int
    at: str
    actor: str
    action: str
    object: str
    visit_id: str | None
    why: str
    detail: dict[str, Any]
    previous: str
    hash: str

    @classmethod
    def of(cls, row: AuditRow) -> "AuditOut":
        """From the row."""
        at = row.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return cls(**{**columns_of_row(row), "at": at})


class AuditPageOut(Out):
    """The trail, the newest first."""

    items: list[AuditOut]
    next_cursor: str | None


class AccessOut(Out):
    """Who saw which object, how often, from when to when."""

    actor: str
    action: str
    object: str
    visit_id: str | None
    times: int
    first_at: str
    last_at: str

    @classmethod
    def of(cls, access: Access) -> "AccessOut":
        """From the summary."""
        return cls(actor=access.actor, action=access.action, object=access.object, visit_id=access.visit_id,
                   times=access.times, first_at=instant(access.first_at), last_at=instant(access.last_at))  # fmt: skip


class AccessListOut(Out):
    """The scope of a breach."""

    items: list[AccessOut]


class TrailOut(Out):
    """Whether the trail holds; each break names the row that was edited, deleted or moved."""

    rows: int
    holds: bool
    breaks: list[dict[str, int | str]]


_RECEIPT = {
    "id": "ers_019cdb0f10117d2295f08a41e6cc3b70",
    "kind": "account",
    "asked_by": "key:7f2a9c01",
    "reason": "客户来函要求删除",
    "at": "2026-03-11T03:12:45.118Z",
    "finished_at": "2026-03-11T03:12:45.930Z",
    "counts": {"visits": 3, "files": 3, "recordings": 3, "transcripts": 4, "analyses": 4, "events": 6, "hint": 5},
}
_AUDIT = {
    "id": "aud_019cdb0f10117d2295f08a41e6cc3b70",
    "sequence": 412,
    "at": "2026-03-11T03:12:45.118000Z",
    "actor": "key:7f2a9c01",
    "action": "audio.read",
    "object": "recording:rec_019cdb0f10117d2295f08a41e6cc3b70",
    "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
    "why": "",
    "detail": {},
    "previous": "9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2c4e6f8091a2b3c4d5e6f708192a3b4c5",
    "hash": "1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff001",
}
SUBJECT_OUT = answer({"kind": "account", "id": "acc-2041", "made_at": "2026-03-11T03:12:45.118Z",
                      "rows": {"visit": 3, "transcript": 4, "hint": 5}, "recordings": 2})  # fmt: skip
RECEIPT_OUT = answer(_RECEIPT)
RECEIPT_PAGE = answer({"items": [_RECEIPT], "next_cursor": None})
AUDIT_PAGE = answer({"items": [_AUDIT], "next_cursor": None})
_ACCESS = {
    "actor": "key:7f2a9c01",
    "action": "audio.read",
    "object": "recording:rec_019cdb0f10117d2295f08a41e6cc3b70",
    "visit_id": "vis_019cdb0e5f6a7c41b2d3e4f5a6b7c8d9",
    "times": 2,
    "first_at": "2026-03-11T03:12:45.118Z",
    "last_at": "2026-03-11T03:19:02.004Z",
}
ACCESS_LIST = answer({"items": [_ACCESS]})
TRAIL_OUT = answer({"rows": 412, "holds": True, "breaks": []})
