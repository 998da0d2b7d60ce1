"""What an appeal about a finding touches: the observations that rest on it, and the visit as it reads without it.

Invariant: coaching reads a visit as if a struck finding had never been made; the analysis itself stays as it was.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from service.domain.coaching.observations import observation_id
from service.domain.coaching.skills import observe
from service.domain.content.scorecards import SkillCard
from service.domain.visit import VisitRecord


def without_findings(visit: VisitRecord, struck: Collection[str]) -> VisitRecord:
    """The visit without these findings, by their ids; the same visit where it has none of them."""
    if not struck:
        return visit
    kept = tuple(finding for finding in visit.analysis.findings if finding.id not in struck)
    if len(kept) == len(visit.analysis.findings):
        return visit
    return replace(visit, analysis=replace(visit.analysis, findings=kept))


def resting_on(visit: VisitRecord, finding_id: str, cards: Sequence[SkillCard]) -> tuple[str, ...]:
    """Ids of the visit's observations that would not have been made without this finding, in order."""
    return tuple(sorted(_observed(visit, cards) - _observed(without_findings(visit, {finding_id}), cards)))


def _observed(visit: VisitRecord, cards: Sequence[SkillCard]) -> set[str]:
    return {observation_id(seen, source="talk") for seen in observe(cards, [visit])}
