"""The body of an analysis: the language core's values as they are, coaching beside them."""

from typing import Any

from pydantic import Field

from nlp.types import ChurnRisk, Debrief, Finding, FiveElements, Interaction, NextStep, Skipped, Summary
from service.api.schemas.base import Out
from service.api.schemas.visits import TurnOut
from service.domain.coaching.courses import CourseAssignment
from service.domain.coaching.hints import Hint


class SkillOut(Out):
    """One axis of the radar; null below three observations (`insufficient_data`)."""

    code: str
    score: float | None
    band: tuple[float, float] | None
    n: int
    evidence: list[dict[str, Any]]


class AnalysisOut(Out):
    """Everything found in one visit; every claim names the turn, the span and the words behind it."""

    visit_id: str
    version: int
    transcript_version: int
    created_at: str
    notice: str
    generated_by: dict[str, str]
    versions: dict[str, str]
    turns: list[TurnOut]
    findings: list[Finding]
    summary: Summary
    five_elements: FiveElements
    next_steps: list[NextStep]
    debrief: Debrief
    interaction: Interaction
    churn_risk: ChurnRisk
    skills: list[SkillOut]
    hints: list[Hint]
    courses: list[CourseAssignment]
    skipped: list[Skipped]
    dropped_quotes: int
    contested: list[str] = Field(default_factory=list)
