"""Small invented visits inside content files: they show when an item speaks, and they run as tests.

A line of talk is written as in the labelled corpus: `role|objections|signals|text`, role r, c or o, codes separated
by commas. Invariant: the visit an example turns into has the same shape as one that was recorded.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from nlp.types import (
    Analysis,
    ChurnRisk,
    Debrief,
    Explanation,
    Finding,
    FindingKind,
    FiveElements,
    Interaction,
    NextStep,
    RiskLevel,
    Role,
    Summary,
    Turn,
)
from service.domain.content.header import Closed, Text
from service.domain.visit import VisitRecord

Line = Annotated[str, StringConstraints(pattern=r"^[rco]\|[a-z_,]*\|[a-z_,]*\|.+$")]
_ROLES: dict[str, Role] = {"r": "rep", "c": "customer", "o": "other"}
_MIDDAY = dt.time(4, tzinfo=dt.UTC)  # noon in China, so that the calendar day is the one written


class ExamplePromise(Closed):
    """A next step as the language core would have found it; `turn` counts from 0."""

    who: Literal["rep", "customer"]
    what: Text
    due: dt.date | None = None
    turn: int = 0


class ExampleVisit(Closed):
    """One visit: its day, its talk, and the keyword categories that occur in it, by the words that carry them."""

    on: dt.date
    talk: tuple[Line, ...] = Field(min_length=1)
    stage: str = ""
    risk: RiskLevel = "low"
    keywords: dict[str, str] = Field(default={}, description="word: category")
    promises: tuple[ExamplePromise, ...] = ()

    @model_validator(mode="after")
    def _promises_are_said(self) -> "ExampleVisit":
        if any(promise.turn >= len(self.talk) for promise in self.promises):
            raise ValueError("a promise points past the last line of the talk")
        return self

    def record(self, visit_id: str, *, rep_id: str = "rep_1", account_id: str = "acc_1") -> VisitRecord:
        """The visit as history keeps it."""
        return VisitRecord(
            visit_id=visit_id,
            rep_id=rep_id,
            account_id=account_id,
            opportunity_id=None,
            visited_at=dt.datetime.combine(self.on, _MIDDAY),
            stage=self.stage,
            analysis=self._analysis(visit_id),
        )

    def _analysis(self, visit_id: str) -> Analysis:
        turns: list[Turn] = []
        findings: list[Finding] = []
        for i, line in enumerate(self.talk):
            letter, objections, signals, text = line.split("|", 3)
            turn = Turn(i=i, text=text, role=_ROLES[letter], role_score=1.0)
            turns.append(turn)
            findings.extend(_labelled(visit_id, turn, "objection", objections))
            findings.extend(_labelled(visit_id, turn, "signal", signals))
            for word, category in self.keywords.items():
                if word in text:
                    start = text.index(word)
                    findings.append(_finding(visit_id, turn, "keyword", category, (start, start + len(word))))
        return Analysis(
            visit_id=visit_id,
            versions={},
            turns=tuple(turns),
            findings=tuple(findings),
            summary=Summary(text=""),
            five_elements=FiveElements(),
            next_steps=tuple(
                NextStep(
                    who=promise.who,
                    what=promise.what,
                    due=promise.due,
                    turn=promise.turn,
                    quote=turns[promise.turn].text,
                )
                for promise in self.promises
            ),
            debrief=Debrief(),
            interaction=Interaction(),
            churn_risk=ChurnRisk(level=self.risk, probability={"low": 0.1, "medium": 0.5, "high": 0.9}[self.risk]),
        )


class Example(Closed):
    """Visits of one rep to one account, oldest first, the last being this visit; `now` defaults to its day."""

    visits: tuple[ExampleVisit, ...] = Field(min_length=1)
    now: dt.date | None = None
    says: str = Field(default="", description="words that the result must contain")

    def records(self) -> tuple[VisitRecord, ...]:
        """The visits as history keeps them, oldest first, ids `visit_1`, `visit_2`, …"""
        return tuple(visit.record(f"visit_{number}") for number, visit in enumerate(self.visits, start=1))

    @property
    def at(self) -> dt.datetime:
        """The moment at which the example is judged."""
        day = self.now or self.visits[-1].on
        return dt.datetime.combine(day, _MIDDAY) + dt.timedelta(hours=1)


class Examples(Closed):
    """When an item must speak and when it must not."""

    fires: tuple[Example, ...] = Field(min_length=1)
    stays_silent: tuple[Example, ...] = Field(min_length=1)


def _labelled(visit_id: str, turn: Turn, kind: FindingKind, codes: str) -> list[Finding]:
    return [_finding(visit_id, turn, kind, code, (0, len(turn.text))) for code in codes.split(",") if code]


def _finding(visit_id: str, turn: Turn, kind: FindingKind, code: str, span: tuple[int, int]) -> Finding:
    return Finding(
        id=f"{visit_id}:{turn.i}:{kind}:{code}",
        kind=kind,
        code=code,
        score=0.9,
        turn=turn.i,
        role=turn.role,
        span=span,
        quote=turn.text[span[0] : span[1]],
        explanation=Explanation(detector="example", version="1"),
    )
