"""What is left of an analysis when its words have had their time: counts and scores, no quote.

Invariant: not a character that was said is left; spans are empty, so that they still point into the empty turns.
"""

from dataclasses import replace

from nlp.types import Analysis, Debrief, Finding, FiveElements, Summary, Turn
from service.domain.coaching.observations import ObservationRow

EXPIRED = "words_expired"


def without_words(analysis: Analysis) -> Analysis:
    """The same analysis without anything that was said."""
    return replace(
        analysis,
        turns=tuple(_silent(turn) for turn in analysis.turns),
        findings=tuple(_bare(finding) for finding in analysis.findings),
        summary=Summary(""),
        five_elements=FiveElements(),
        next_steps=(),
        debrief=Debrief(),
        churn_risk=replace(analysis.churn_risk, because=()),
    )


def observation_without_words(row: ObservationRow) -> ObservationRow:
    """The value that was observed, without the quote it came from."""
    return replace(row, quote="", note="")


def _silent(turn: Turn) -> Turn:
    return replace(turn, text="", raw_text="", words=())


def _bare(finding: Finding) -> Finding:
    explanation = replace(finding.explanation, because=())
    return replace(finding, quote="", span=(0, 0), explanation=explanation, attributes={})
