"""What people say about findings: reviews, appeals and changed debriefs, kept as labels for the next training.

Invariant: a label holds the words as they were and the verdict on them, so that it still teaches after the analysis was
made again; an appeal is ruled once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nlp.types import Finding, Role
from service.domain.errors import Conflict, Invalid
from service.domain.visit import VisitRecord

LabelVerdict = Literal["right", "wrong", "should_be", "missing"]
LabelSource = Literal["review", "appeal", "debrief"]
AppealState = Literal["open", "upheld", "rejected"]
AppealSubject = Literal["finding", "observation"]
CONTEXT_TURNS, CONTEXT_AFTER = 2, 1  # turns around it that a label carries; the classifiers look no further


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One person's verdict on one finding, or a field of a debrief.

    `finding_id` is empty for what no finding says: a debrief's field, and what the model missed. `before` and `after`
    hold the turns around it, each as `role|text`; `found` the objections and signals that the model had found in it.
    """

    id: str
    tenant_id: str
    at: datetime
    visit_id: str
    finding_id: str
    source: LabelSource
    kind: str
    code: str
    verdict: LabelVerdict
    should_be: tuple[str, ...]
    turn: int | None
    role: str
    text: str
    quote: str
    span: tuple[int, ...]
    before: tuple[str, ...]
    score: float | None
    model: str
    by: str
    note: str = ""
    after: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Appeal:
    """A rep contests a finding or an observation behind a score; `quote` is what it is about.

    `observations` and talk `figures` are those that rest on a contested finding: the numbers in doubt with it.
    """

    id: str
    tenant_id: str
    at: datetime
    visit_id: str
    rep_id: str
    subject: AppealSubject
    target_id: str
    skill: str
    quote: str
    reason: str
    state: AppealState = "open"
    ruled_at: datetime | None = None
    ruled_by: str = ""
    ruling: str = ""
    observations: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()

    @property
    def touches(self) -> tuple[str, ...]:
        """Ids of the observations whose worth it puts in doubt."""
        return (self.target_id,) if self.subject == "observation" else self.observations


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """Which visit a finding belongs to; `id` is the finding's."""

    id: str
    tenant_id: str
    at: datetime
    visit_id: str


@dataclass(frozen=True, slots=True)
class Missed:
    """What a turn says and the model did not find; without a `quote` the whole turn says it."""

    turn: int
    kind: Literal["objection", "signal"]
    code: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says of a finding."""

    verdict: LabelVerdict
    should_be: tuple[str, ...] = ()
    note: str = ""
    by: str = ""
    source: LabelSource = "review"


def label_of(
    visit: VisitRecord, finding: Finding, judged: Judgement, *, label_id: str, tenant_id: str, now: datetime
) -> LabelRow:
    """The label of a judged finding, with the words it was judged on."""
    _, text, before, after = _around(visit, finding.turn)
    return LabelRow(
        id=label_id,
        tenant_id=tenant_id,
        at=now,
        visit_id=visit.visit_id,
        finding_id=finding.id,
        source=judged.source,
        kind=finding.kind,
        code=finding.code,
        verdict=judged.verdict,
        should_be=judged.should_be,
        turn=finding.turn,
        role=finding.role,
        text=text or finding.quote,
        quote=finding.quote,
        span=finding.span,
        before=before,
        score=finding.score,
        model=finding.explanation.version,
        by=judged.by,
        note=judged.note,
        after=after,
        found=_found(visit, finding.turn),
    )


def missing_label(
    visit: VisitRecord, missed: Missed, *, by: str, note: str, label_id: str, tenant_id: str, now: datetime
) -> LabelRow:
    """The label of what the model missed in a turn.

    Raises:
        Invalid: the visit has no such turn (`turn_unknown`), or the turn does not say the quote (`quote_unknown`).
        Conflict: the model did find it (`label_found`).
    """
    role, text, before, after = _around(visit, missed.turn)
    if not text:
        raise Invalid("the visit has no such turn", code="turn_unknown")
    quote = missed.quote or text
    if quote not in text:
        raise Invalid("the turn does not say these words", code="quote_unknown")
    found = _found(visit, missed.turn)
    if missed.code in found:
        raise Conflict("the model found this: review its finding", code="label_found")
    begin = text.index(quote)
    return LabelRow(
        id=label_id,
        tenant_id=tenant_id,
        at=now,
        visit_id=visit.visit_id,
        finding_id="",
        source="review",
        kind=missed.kind,
        code=missed.code,
        verdict="missing",
        should_be=(missed.code,),
        turn=missed.turn,
        role=role,
        text=text,
        quote=quote,
        span=(begin, begin + len(quote)),
        before=before,
        score=None,
        model="",
        by=by,
        note=note,
        after=after,
        found=found,
    )


def _around(visit: VisitRecord, turn: int) -> tuple[Role, str, tuple[str, ...], tuple[str, ...]]:
    """Who speaks in a turn and what, and the turns before and after; no words where there is no such turn."""
    said = next((one for one in visit.analysis.turns if one.i == turn), None)
    before = [one for one in visit.analysis.turns if one.i < turn][-CONTEXT_TURNS:]
    after = [one for one in visit.analysis.turns if one.i > turn][:CONTEXT_AFTER]
    told = tuple(tuple(f"{one.role}|{one.text}" for one in some) for some in (before, after))
    return (said.role if said else "other"), (said.text if said else ""), told[0], told[1]


def _found(visit: VisitRecord, turn: int) -> tuple[str, ...]:
    kinds = ("objection", "signal")
    return tuple(sorted({one.code for one in visit.analysis.findings if one.turn == turn and one.kind in kinds}))


def check_should_be(verdict: LabelVerdict, should_be: Sequence[str], *, known: frozenset[str]) -> None:
    """Refuse a judgement that says nothing, or names a label nobody knows.

    Raises:
        Invalid: `should_be_missing`, `should_be_unexpected`, `label_unknown`.
    """
    if verdict == "should_be" and not should_be:
        raise Invalid("say which label it should be", code="should_be_missing")
    if verdict != "should_be" and should_be:
        raise Invalid("labels are given with the verdict should_be only", code="should_be_unexpected")
    unknown = set(should_be) - known
    if unknown:
        raise Invalid(f"labels of this kind are: {', '.join(sorted(known))}", code="label_unknown")


def rule(appeal: Appeal, state: AppealState) -> None:
    """Refuse a second ruling.

    Raises:
        Conflict: it was ruled before (`appeal_ruled`).
    """
    if appeal.state != "open":
        raise Conflict(f"this appeal is {appeal.state} already", code="appeal_ruled", state_now=appeal.state)
    if state == "open":
        raise Invalid("rule upheld or rejected", code="ruling_invalid")
