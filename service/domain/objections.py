"""Which objections were answered, and which still stand.

Invariant: an objection counts as answered only by something the rep said after it; silence leaves it open.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from nlp.keywords.borders import FUNCTION
from nlp.types import Finding
from service.domain.evidence import Evidence, evidence_of, turn_of
from service.domain.visit import VisitRecord

ANSWER_WITHIN_TURNS = 6  # an answer later than three exchanges is about something else
ANSWER = frozenset({"objection_handling"})
# What takes up these types as well as evidence would: who decides is found out by asking, a use by asking and telling,
# and a delay by agreeing on a day.
ALSO_ANSWERS: Mapping[str, frozenset[str]] = {
    "authority": frozenset({"discovery_question", "decision_maker"}),
    "need": frozenset({"discovery_question", "value_statement"}),
    "timing": frozenset({"commitment"}),
}
REPEATED = 3  # so many characters of the customer's words in the rep's mouth are no accident
NO_NAMES: Mapping[str, Collection[str]] = {}


@dataclass(frozen=True, slots=True)
class RaisedObjection:
    """An objection of one visit; `answer` is the rep's turn that took it up, None while it stands."""

    finding: Finding
    evidence: Evidence
    answer: int | None


def raised_objections(visit: VisitRecord) -> list[RaisedObjection]:
    """The visit's objections in the order they were raised, one per code and turn.

    An objection is answered by the first rep turn within six turns that carries `objection_handling`, or what else
    takes up its type. When the customer raises the same code again after that answer, it needs an answer of its own.
    """
    raised: list[RaisedObjection] = []
    seen: set[tuple[str, int]] = set()
    replies = sorted(
        (found.turn, found.code) for found in visit.analysis.findings if found.kind == "signal" and found.role == "rep"
    )
    objections = (found for found in visit.analysis.findings if found.kind == "objection")
    for finding in sorted(objections, key=lambda found: (found.turn, found.span)):
        if (finding.code, finding.turn) in seen:
            continue
        evidence = evidence_of(visit, finding)
        if evidence is None:
            continue
        seen.add((finding.code, finding.turn))
        raised.append(RaisedObjection(finding, evidence, _answer_to(finding, replies)))
    return raised


def open_objections(
    visits: Sequence[VisitRecord],
    *,
    raised: Callable[[VisitRecord], Sequence[RaisedObjection]] = raised_objections,
    names: Mapping[str, Collection[str]] = NO_NAMES,
) -> list[RaisedObjection]:
    """The latest standing objection of each code over `visits`, the newest first.

    A code stands when its last raising was left unanswered. A later visit closes it where the rep answers the same
    code, or comes back to it unasked: an answer to nothing that was raised just before, which names the objection or
    repeats the customer's words. Raised again in that visit, it needs an answer there.

    Args:
        raised: the objections of a visit, for whoever has worked them out before.
        names: words that name an objection, by its code; none, and only the customer's own words are looked for.
    """
    latest: dict[str, RaisedObjection] = {}
    for visit in sorted(visits, key=lambda record: record.visited_at):
        here = raised(visit)
        unasked = _unasked_answers(visit, here) if latest else []
        for objection in list(latest.values()):
            code = objection.finding.code
            if any(_comes_back(text, objection.evidence.quote, names.get(code, ())) for text in unasked):
                del latest[code]
        for objection in here:
            latest[objection.finding.code] = objection
    standing = [objection for objection in latest.values() if objection.answer is None]
    return sorted(standing, key=lambda objection: (objection.evidence.said_at, objection.evidence.turn), reverse=True)


def _unasked_answers(visit: VisitRecord, raised: Sequence[RaisedObjection]) -> list[str]:
    """What the rep said in answer to nothing that this visit raised within six turns before."""
    answers = {
        found.turn
        for found in visit.analysis.findings
        if found.kind == "signal" and found.role == "rep" and found.code in ANSWER
    }
    asked = sorted(objection.finding.turn for objection in raised)
    unasked = [i for i in sorted(answers) if not _any_in(asked, i - ANSWER_WITHIN_TURNS, i)]
    return [turn.text for turn in (turn_of(visit, i) for i in unasked) if turn is not None]


def _any_in(ordered: Sequence[int], start: int, end: int) -> bool:
    """Whether one of the numbers lies in [start, end)."""
    place = bisect_left(ordered, start)
    return place < len(ordered) and ordered[place] < end


def _comes_back(answer: str, objection: str, names: Collection[str]) -> bool:
    """Whether an answer names the objection or repeats three characters of it that are no function words."""
    runs = (objection[at : at + REPEATED] for at in range(len(objection) - REPEATED + 1))
    return any(name in answer for name in names) or any(
        run in answer and run.isalnum() and FUNCTION.isdisjoint(run) for run in runs
    )


def _answer_to(objection: Finding, replies: Sequence[tuple[int, str]]) -> int | None:
    takes_up = ANSWER | ALSO_ANSWERS.get(objection.code, frozenset())
    first, end = (bisect_left(replies, (objection.turn + far,)) for far in (1, ANSWER_WITHIN_TURNS + 1))
    return next((turn for turn, code in replies[first:end] if code in takes_up), None)
