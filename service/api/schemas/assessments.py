"""Bodies of impact assessments, records of processing, and of what changed since one was approved."""

from typing import Annotated, Any, Literal

from pydantic import Field

from service.api.rendering import instant
from service.api.schemas.base import In, Out, Prose
from service.api.schemas.examples import answer, body
from service.domain.privacy.assessments import AssessmentRow, Change
from service.usecases.privacy.assess_processing import Standing


class AssessmentIn(In):
    """Which one to make; `text` is what people have to say: risks, what is done against them, the conclusion."""

    kind: Literal["impact", "record"]
    text: Prose = ""


class AssessmentOut(Out):
    """A version; `digest` covers what it says and its text, `intact` whether both are still as they were made."""

    id: str
    kind: str
    version: int
    digest: str
    intact: bool
    made_at: str
    author: str
    approved_at: str | None
    approved_by: str

    @classmethod
    def of(cls, row: AssessmentRow) -> "AssessmentOut":
        """From the row."""
        return cls(**assessment_fields(row))


def assessment_fields(row: AssessmentRow) -> dict[str, Any]:
    """What every form of a version shows."""
    return {
        "id": row.id,
        "kind": row.kind,
        "version": row.version,
        "digest": row.digest,
        "intact": row.holds(),
        "made_at": instant(row.at),
        "author": row.author,
        "approved_at": instant(row.approved_at) if row.approved_at else None,
        "approved_by": row.approved_by,
    }


class AssessmentDetailOut(AssessmentOut):
    """A version whole: sections of named items, and the text beside them."""

    document: dict[str, dict[str, Any]]
    text: str

    @classmethod
    def of(cls, row: AssessmentRow) -> "AssessmentDetailOut":
        """From the row."""
        document = {section: dict(items) for section, items in row.document.items()}
        return cls(document=document, text=row.text, **assessment_fields(row))


class AssessmentPageOut(Out):
    """Versions of both kinds, the newest first."""

    items: list[AssessmentOut]
    next_cursor: str | None


class ChangeOut(Out):
    """One item that differs: null where it was not there, or is not any more."""

    section: str
    item: str
    before: Annotated[Any, Field(description="As it was approved")]
    after: Annotated[Any, Field(description="As it is now")]

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        """From the comparison."""
        return cls(section=change.section, item=change.item, before=change.before, after=change.after)


class StandingOut(Out):
    """What was approved last of one kind, and everything that is done otherwise by now."""

    kind: str
    approved: AssessmentOut | None
    changes: list[ChangeOut]

    @classmethod
    def of(cls, standing: Standing) -> "StandingOut":
        """From the comparison."""
        return cls(
            kind=standing.kind,
            approved=AssessmentOut.of(standing.approved) if standing.approved else None,
            changes=[ChangeOut.of(change) for change in standing.changes],
        )


class StandingListOut(Out):
    """Of both kinds."""

    items: list[StandingOut]


_MADE = {
    "id": "asm_019cdb0f10117d2295f08a41e6cc3b70",
    "kind": "impact",
    "version": 2,
    "digest": "9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2c4e6f8091a2b3c4d5e6f708192a3b4c5",
    "intact": True,
    "made_at": "2026-03-11T03:12:45.118Z",
    "author": "key:7f2a9c01",
    "approved_at": None,
    "approved_by": "",
}
_TEXT = "风险：录音含客户姓名。措施：先屏蔽再外发，音频保存三十天。结论：可以开展。"
_APPROVED = {**_MADE, "approved_at": "2026-03-12T01:00:00.000Z", "approved_by": "key:7f2a9c01"}
_DETAIL = {
    **_MADE,
    "document": {
        "retention": {"audio_days": 30, "transcript_days": 180},
        "processors": {"webhook crm.example": ["远航客户云", "CN", "客户管理", "summary, findings", "DPA-2026-014"]},
    },
    "text": _TEXT,
}
ASSESSMENT_IN = body({"kind": "impact", "text": _TEXT}, "AssessmentIn")
ASSESSMENT_OUT = answer(_DETAIL)
ASSESSMENT_APPROVED = answer({**_DETAIL, **_APPROVED})
ASSESSMENT_PAGE = answer({"items": [_MADE], "next_cursor": None})
STANDING_OUT = answer(
    {
        "items": [
            {
                "kind": "impact",
                "approved": _APPROVED,
                "changes": [{"section": "retention", "item": "audio_days", "before": 30, "after": 7}],
            },
            {"kind": "record", "approved": None, "changes": []},
        ]
    }
)
