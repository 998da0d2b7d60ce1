"""Whether a tenant's findings of the last days are like those before, code by code, of the turn model in use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nlp.evaluation.drift import Drift, Sample, judge_drift
from nlp.second_look import DETECTOR
from nlp.types import Finding
from service.domain.ports import UnitOfWork
from service.domain.visit import VisitRecord

VISITS = 600
"""The newest visits that are read; at 30 a day these are the last three weeks."""
CHURN = "churn_risk"


@dataclass(frozen=True, slots=True)
class DriftReport:
    """Visits on both sides, of which model, and every code with what became of it, the worst first."""

    model: str
    visits: int
    visits_before: int
    since: datetime
    codes: tuple[Drift, ...]


def watch_drift(tx: UnitOfWork, tenant_id: str, *, now: datetime, days: int) -> DriftReport:
    """The visits of the last `days` beside all earlier ones that the same turn model judged.

    Another model's findings are left out: what a promotion changes is its purpose, not drift.
    """
    since = now - timedelta(days=days)
    records = tx.visits.history(tenant_id, before=now, limit=VISITS)
    model = records[0].analysis.versions.get("turns", "") if records else ""
    same = [one for one in records if one.analysis.versions.get("turns", "") == model and _spoken(one)]
    late = [one for one in same if one.visited_at >= since]
    early = [one for one in same if one.visited_at < since]
    codes = sorted(
        {
            (f.kind, f.code)
            for one in same
            for f in one.analysis.findings
            if f.kind in ("objection", "signal") and _is_theirs(f)
        }
    )
    found = [
        judge_drift(f"{kind}/{code}", _sample(early, kind, code), _sample(late, kind, code)) for kind, code in codes
    ]
    if same:
        found.append(judge_drift(CHURN, _risks(early), _risks(late)))
    order = ("drifted", "moved", "steady", "too_few")
    found.sort(key=lambda one: (order.index(one.state), one.code))
    return DriftReport(model, len(late), len(early), since, tuple(found))


def _spoken(record: VisitRecord) -> int:
    return sum(turn.role != "other" for turn in record.analysis.turns)


def _sample(records: Sequence[VisitRecord], kind: str, code: str) -> Sample:
    own = [
        [f.score for f in one.analysis.findings if (f.kind, f.code) == (kind, code) and _is_theirs(f)]
        for one in records
    ]
    rates = [len(scores) / _spoken(one) for scores, one in zip(own, records, strict=True)]
    return Sample(rates, [score for scores in own for score in scores])


def _is_theirs(finding: Finding) -> bool:
    """Whether the models found it; what a language model added says nothing of how they drift."""
    return finding.explanation.detector != DETECTOR


def _risks(records: Sequence[VisitRecord]) -> Sample:
    """Risk is one number a visit: its own rate and its own score."""
    values = [one.analysis.churn_risk.probability for one in records]
    return Sample(values, values)
