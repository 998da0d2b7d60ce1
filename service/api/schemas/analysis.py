"""The body of an analysis: the language core's values as they are, coaching beside them."""

from typing import Any

from nlp.types import (
    ChurnRisk,
    Debrief,
    Finding,
    FiveElements,
    Interaction,
    NextStep,
    Skipped,
    Summary,
)
from service.api.rendering import instant
from service.api.schemas.base import Out
from service.api.schemas.visits import TurnOut
from service.domain.records import AnalysisRecord

NOTICE = "本内容由模型自动生成，仅供参考；每条结论均附原话，如有异议可申诉。"


class AnalysisOut(Out):
    """Everything found in one visit; every claim names the turn, the span and the words behind it."""

    visit_id: str
    version: int
    transcript_version: int
    created_at: str
    notice: str
    versions: dict[str, str]
    turns: list[TurnOut]
    findings: list[Finding]
    summary: Summary
    five_elements: FiveElements
    next_steps: list[NextStep]
    debrief: Debrief
    interaction: Interaction
    churn_risk: ChurnRisk
    skills: list[dict[str, Any]]
    hints: list[dict[str, Any]]
    courses: list[dict[str, Any]]
    skipped: list[Skipped]
    dropped_quotes: int


def analysis_fields(record: AnalysisRecord) -> dict[str, object]:
    """The API form of a stored analysis; also the `full` webhook payload."""
    analysis, coaching = record.analysis, record.coaching or {}
    return {
        "visit_id": record.visit_id,
        "version": record.version,
        "transcript_version": record.transcript_version,
        "created_at": instant(record.created_at),
        "notice": NOTICE,
        "versions": analysis.versions,
        "turns": [TurnOut.of(turn) for turn in analysis.turns],
        "findings": analysis.findings,
        "summary": analysis.summary,
        "five_elements": analysis.five_elements,
        "next_steps": analysis.next_steps,
        "debrief": analysis.debrief,
        "interaction": analysis.interaction,
        "churn_risk": analysis.churn_risk,
        "skills": coaching.get("skills", []),
        "hints": coaching.get("hints", []),
        "courses": coaching.get("courses", []),
        "skipped": analysis.skipped,
        "dropped_quotes": analysis.dropped_quotes,
    }
