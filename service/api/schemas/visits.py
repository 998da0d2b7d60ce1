"""Bodies of visits, recordings and transcripts."""

from collections.abc import Sequence
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from nlp.text.masking import Personal, PersonalKind
from nlp.types import Turn
from service.api.rendering import instant
from service.api.schemas.base import In, Instant, Key, Label, Milliseconds, Out, Prose
from service.api.schemas.consents import ConsentIn, ConsentOut
from service.domain.content.playbook_values import known_zones
from service.domain.dialects import Dialect
from service.domain.speech.recording import Recording
from service.domain.stages import StageRun
from service.domain.visit import Visit

MAX_TURNS = 5_000


def _timezone(value: str) -> str:
    if value not in known_zones():
        raise ValueError("must be an IANA time zone, such as Asia/Shanghai")
    return str(ZoneInfo(value))


class VisitIn(In):
    """A visit as the CRM announces it."""

    rep_id: Key
    account_id: Key
    visited_at: Instant
    opportunity_id: Key | None = None
    external_id: Key | None = None
    industry: Label = ""
    channel: Label = ""
    stage: Label = ""
    place: Label = ""
    timezone: Annotated[str, StringConstraints(strict=True, max_length=64), AfterValidator(_timezone)] = "Asia/Shanghai"
    competitors: Annotated[tuple[Annotated[Label, Field(min_length=1)], ...], Field(max_length=100)] = ()
    dialect: Annotated[
        Literal[Dialect, ""], Field(description="Mostly spoken in it; for the report by group, nothing else reads it")
    ] = ""
    consent: ConsentIn | None = None


class RunOut(Out):
    """One stage of the pipeline and how far it is."""

    stage: str
    state: str
    attempt: int
    progress: dict[str, object]
    error_code: str
    error_detail: str

    @classmethod
    def of(cls, run: StageRun) -> "RunOut":
        """From the row."""
        return cls(stage=run.stage, state=run.state, attempt=run.attempt, progress=dict(run.progress),
                   error_code=run.error_code, error_detail=run.error_detail)  # fmt: skip


class RecordingOut(Out):
    """A recording and its state; `detail` says what it waits for and the way out."""

    id: str
    visit_id: str
    state: str
    sha256: str
    size_bytes: int
    display_name: str
    received_at: str
    duration_ms: int | None
    partial: bool
    detail_code: str
    detail: str

    @classmethod
    def of(cls, recording: Recording) -> "RecordingOut":
        """From the row."""
        return cls(
            id=recording.id,
            visit_id=recording.visit_id,
            state=recording.state,
            sha256=recording.sha256,
            size_bytes=recording.size_bytes,
            display_name=recording.display_name,
            received_at=instant(recording.received_at),
            duration_ms=recording.duration_ms,
            partial=recording.partial,
            detail_code=recording.detail_code,
            detail=recording.detail,
        )


class VisitOut(Out):
    """A visit as stored."""

    id: str
    rep_id: str
    account_id: str
    visited_at: str
    created_at: str
    opportunity_id: str | None
    external_id: str | None
    industry: str
    channel: str
    stage: str
    place: str
    timezone: str
    competitors: list[str]
    dialect: str
    consent: ConsentOut | None

    @classmethod
    def of(cls, visit: Visit) -> "VisitOut":
        """From the row."""
        return cls(**_visit_fields(visit))


class VisitDetailOut(VisitOut):
    """A visit with its recordings and the stages it has passed."""

    recordings: list[RecordingOut]
    runs: list[RunOut]


class VisitPageOut(Out):
    """One page of visits; `next_cursor` is null on the last."""

    items: list[VisitOut]
    next_cursor: str | None


def _visit_fields(visit: Visit) -> dict[str, object]:
    consent = visit.consent
    return {
        "id": visit.id,
        "rep_id": visit.rep_id,
        "account_id": visit.account_id,
        "visited_at": instant(visit.visited_at),
        "created_at": instant(visit.created_at),
        "opportunity_id": visit.opportunity_id,
        "external_id": visit.external_id,
        "industry": visit.industry,
        "channel": visit.channel,
        "stage": visit.stage,
        "place": visit.place,
        "timezone": visit.timezone,
        "competitors": list(visit.competitors),
        "dialect": visit.dialect,
        "consent": consent and ConsentOut.of(consent),
    }


def visit_detail(visit: Visit, recordings: list[Recording], runs: list[StageRun]) -> VisitDetailOut:
    """A visit with everything that happened to it."""
    return VisitDetailOut(
        **_visit_fields(visit),
        recordings=[RecordingOut.of(recording) for recording in recordings],
        runs=[RunOut.of(run) for run in runs],
    )


class RecordingUrlIn(In):
    """Where to fetch a recording from; the address rules of webhooks apply."""

    url: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=2_048)]
    display_name: Label = ""


class TurnIn(In):
    """One turn of a finished transcript; a missing role is predicted."""

    text: Annotated[Prose, Field(min_length=1)]
    role: Literal["rep", "customer", "other"] | None = None
    start_ms: Milliseconds | None = None
    end_ms: Milliseconds | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "TurnIn":
        if (self.start_ms is None) != (self.end_ms is None):
            raise ValueError("give both start_ms and end_ms, or neither")
        if self.start_ms is not None and self.end_ms is not None and self.end_ms < self.start_ms:
            raise ValueError("end_ms lies before start_ms")
        return self


class TranscriptIn(In):
    """A finished transcript, in the order it was said."""

    turns: Annotated[list[TurnIn], Field(min_length=1, max_length=MAX_TURNS)]
    language: Literal["zh", "en"] = "zh"


class CorrectionOut(Out):
    """A mis-heard term put right: `text[span]` is `term`, `raw_text[span]` is what was heard."""

    span: tuple[int, int]
    term: str
    pack: str


class PersonalOut(Out):
    """A stretch that leads to a person, or tells of one what is sensitive (PIPL 28, 31); what a masked view hides."""

    kind: PersonalKind
    span: tuple[int, int]
    sensitive: bool

    @classmethod
    def of(cls, personal: Personal) -> "PersonalOut":
        """From the value."""
        return cls(kind=personal.kind, span=personal.span, sensitive=personal.sensitive)


class TurnOut(Out):
    """One turn as analysed; `raw_text` is what was heard or sent in."""

    i: int
    role: str
    role_score: float
    start_ms: int | None
    end_ms: int | None
    text: str
    raw_text: str
    confidence: Annotated[
        float | None, Field(description="How sure the recogniser was, 0 to 1; null for text that was sent in")
    ] = None
    corrections: tuple[CorrectionOut, ...] = ()
    personal: Annotated[
        tuple[PersonalOut, ...],
        Field(
            description="Where `text` names somebody or is sensitive, whichever view; told when a transcript is read"
        ),
    ] = ()

    @classmethod
    def of(cls, turn: Turn, personal: Sequence[Personal] = ()) -> "TurnOut":
        """From the value, and what was found in its unmasked text."""
        return cls(
            i=turn.i,
            role=turn.role,
            role_score=round(turn.role_score, 4),
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            text=turn.text,
            raw_text=turn.raw_text,
            confidence=turn.confidence,
            corrections=tuple(CorrectionOut(span=c.span, term=c.term, pack=c.pack) for c in turn.corrections),
            personal=tuple(map(PersonalOut.of, personal)),
        )


class TranscriptOut(Out):
    """A stored transcript; `version` grows with every correction."""

    visit_id: str
    version: int
    source: str
    language: str
    duration_ms: int | None
    turns: list[TurnOut]
