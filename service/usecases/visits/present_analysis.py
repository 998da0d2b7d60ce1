"""An analysis as the API, webhooks and the command line show it: plain JSON values, one form everywhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from nlp.types import Turn
from service.domain.evidence import turn_page
from service.domain.privacy.withdrawal import Withdrawal
from service.domain.records import AnalysisRecord

NOTICE = "本内容由模型自动生成，仅供参考；每条结论均附原话，如有异议可申诉。"
BUILT_IN = "fieldcue"
_CORE = ("findings", "summary", "five_elements", "next_steps", "debrief", "interaction", "churn_risk")
NOTHING_WITHDRAWN: Mapping[str, Withdrawal] = {}


def present_turn(turn: Turn) -> dict[str, Any]:
    """One turn without what only the pipeline needs (words, channel)."""
    return {
        "i": turn.i,
        "role": turn.role,
        "role_score": round(turn.role_score, 4),
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "text": turn.text,
        "raw_text": turn.raw_text,
        "confidence": turn.confidence,
        "corrections": [{"span": c.span, "term": c.term, "pack": c.pack} for c in turn.corrections],
    }


def present_analysis(
    record: AnalysisRecord, contested: Sequence[str] = (), withdrawn: Mapping[str, Withdrawal] = NOTHING_WITHDRAWN
) -> dict[str, Any]:
    """The whole analysis with its coaching, labelled as made by a model.

    Args:
        contested: ids of findings with an open appeal.
        withdrawn: why hints (by id) and courses (by the course) were taken back since.
    """
    analysis, coaching = record.analysis, record.coaching or {}
    created = record.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "visit_id": record.visit_id,
        "version": record.version,
        "transcript_version": record.transcript_version,
        "created_at": created,
        "notice": NOTICE,
        "generated_by": {"summary": analysis.versions.get("summary", BUILT_IN), "findings": BUILT_IN},
        "versions": dict(analysis.versions),
        "turns": [present_turn(turn) for turn in analysis.turns],
        **{name: to_jsonable_python(getattr(analysis, name)) for name in _CORE},
        "skipped": [*to_jsonable_python(analysis.skipped), *coaching.get("skipped", [])],
        **_coaching(coaching, withdrawn),
        "dropped_quotes": analysis.dropped_quotes,
        "contested": list(contested),
    }


def _coaching(coaching: Mapping[str, Any], withdrawn: Mapping[str, Withdrawal]) -> dict[str, Any]:
    """Skills, hints and courses as they were given, but for what was taken back since."""
    hints, courses = [_linked(hint) for hint in coaching.get("hints", [])], list(coaching.get("courses", []))
    for at, hint in enumerate(hints):
        if (gone := withdrawn.get(hint.get("id", ""))) is not None:
            hints[at] = {**hint, "status": "withdrawn", "withdrawn": to_jsonable_python(gone)}
    for at, course in enumerate(courses):
        if (gone := withdrawn.get(course.get("course", ""))) is not None:
            courses[at] = {**course, "withdrawn": to_jsonable_python(gone)}
    return {"skills": coaching.get("skills", []), "hints": hints, "courses": courses}


def _linked(hint: dict[str, Any]) -> dict[str, Any]:
    """A hint with the link to its first words, which hints stored by older versions lack."""
    said = next(iter(hint.get("because", ())), None)
    return {**hint, "link": turn_page(said["visit_id"], said["turn"])} if said and not hint.get("link") else hint
