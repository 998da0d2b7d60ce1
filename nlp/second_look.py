"""What another opinion sees and the models missed: taken over where the models were in doubt, and nowhere else.

Invariant: a finding that is added quotes its turn, can be carried by its role, has the models' own score, below the
threshold and not below the label's recall point, and names who claimed it; no finding is changed or goes for it, nor
does the risk change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.detect import claimed_finding, commitment_findings, ground
from nlp.extract.agreed_days import settle_agreed_days
from nlp.extract.debrief import debrief
from nlp.extract.five_elements import five_elements
from nlp.extract.next_steps import next_steps
from nlp.types import Analysis, Claim, Explanation, Finding, FindingKind, Turn, VisitContext

DETECTOR = "second_opinion"
ADDED = "added"


class Doubter(Protocol):
    """Turn models that say what they neither find nor rule out (`nlp.classify.turns.TurnModels`)."""

    def doubts(self, turns: Sequence[Turn]) -> list[TurnScores]:
        """Such labels of each turn, in order."""
        ...


def reconsider(
    analysis: Analysis,
    claims: Sequence[Claim],
    *,
    models: Doubter,
    titles: Mapping[str, str],
    context: VisitContext,
    by: str,
) -> Analysis:
    """The analysis with the claims that its models were in doubt about, and elements, steps and debrief of all of it.

    Args:
        claims: what another opinion sees, of turns of the analysis; what was found anyway, or is ruled out, changes
            nothing.
        models: those that the analysis was made with.
        titles: Chinese names of the objection codes.
        context: of the visit.
        by: who claims it, with version.
    """
    known = {(found.turn, found.code) for found in analysis.findings if found.kind in ("objection", "signal")}
    fresh = [claim for claim in claims if (claim.turn, claim.code) not in known]
    if not fresh:
        return analysis
    added = _added(models, analysis.turns, fresh, context=context, by=by)
    if not added:
        return analysis
    findings = settle_agreed_days([*analysis.findings, *added], analysis.turns, visit_date=context.date)
    kept, dropped = ground(findings, analysis.turns)
    steps = next_steps(kept)
    return replace(
        analysis,
        findings=kept,
        five_elements=five_elements(analysis.turns, kept, context=context, titles=titles),
        next_steps=steps,
        debrief=debrief(analysis.turns, kept, steps, titles=titles),
        dropped_quotes=analysis.dropped_quotes + dropped,
    )


def _added(
    models: Doubter, turns: Sequence[Turn], claims: Sequence[Claim], *, context: VisitContext, by: str
) -> list[Finding]:
    places = {turn.i: at for at, turn in enumerate(turns)}
    doubts = models.doubts(turns)
    found: list[Finding] = []
    for claim in {(claim.turn, claim.code): claim for claim in reversed(claims)}.values():
        turn = turns[places[claim.turn]]
        label = _doubt(doubts[places[claim.turn]], claim.code)
        if label is None:
            continue
        kind, doubted = label
        explanation = Explanation(DETECTOR, by)
        finding = claimed_finding(
            turn, kind, claim.code, claim.span, explanation, visit_id=context.visit_id, score=doubted.score
        )
        finding = replace(finding, attributes={DETECTOR: ADDED, "threshold": doubted.threshold})
        promised = commitment_findings(turn, [finding], context=context)
        marked = [replace(one, attributes={**one.attributes, **finding.attributes}) for one in promised]
        found += [finding, *marked]
    return found


def _doubt(doubts: TurnScores, code: str) -> tuple[FindingKind, LabelScore] | None:
    if code in doubts.objections:
        return "objection", doubts.objections[code]
    return ("signal", doubts.signals[code]) if code in doubts.signals else None
