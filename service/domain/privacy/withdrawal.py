"""What upheld appeals leave of the words that a hint or a course rests on.

Invariant: evidence has fallen only where an upheld appeal took it away; what is merely no longer found has not. What
still rests on anything else stays.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.coaching.behaviour import Behaviour
from service.domain.coaching.observations import observation_id
from service.domain.coaching.skills import observe_skill
from service.domain.content.courses import CourseItem
from service.domain.content.hint_cards import HintCard
from service.domain.content.scorecards import SkillCard
from service.domain.content.selections import Selection
from service.domain.evidence import Evidence, evidence_of
from service.domain.matching import find_matches
from service.domain.objections import raised_objections
from service.domain.visit import VisitRecord

Ground = tuple[str, int, str]
"""One place in talk that speaks for something: visit, turn, words."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """When, by which appeal and why a hint or a course was taken back; `reason` repeats nothing of what was said."""

    at: datetime
    appeal_id: str
    reason: str


def ground_of(said: Evidence) -> Ground:
    """Where evidence stands."""
    return said.visit_id, said.turn, said.quote


def has_fallen(because: Sequence[Evidence], fallen: Mapping[str, Collection[Ground]], *, visit_id: str) -> bool:
    """Whether all that something rests on has fallen, some of it in this visit.

    Args:
        fallen: by visit, what upheld appeals took away there.
    """
    concerned = any(said.visit_id == visit_id for said in because)
    return concerned and all(ground_of(said) in fallen.get(said.visit_id, ()) for said in because)


def hint_grounds(card: HintCard | None, visit: VisitRecord) -> frozenset[Ground]:
    """What in a visit speaks for a hint of this card; of a card that is gone, everything that was found."""
    if card is None:
        found = (evidence_of(visit, finding) for finding in visit.analysis.findings)
        return frozenset(ground_of(said) for said in found if said is not None)
    return frozenset(ground for selection in card.trigger.when.values() for ground in _selected(selection, visit))


def course_grounds(
    course: CourseItem | None, visit: VisitRecord, cards: Sequence[SkillCard], *, struck: Collection[str] = ()
) -> frozenset[Ground]:
    """What in a visit speaks for a course, be it said, left open, or held against the course's skill.

    Args:
        struck: ids of observations that upheld appeals have struck out.
    """
    if course is None:
        return hint_grounds(None, visit)
    trigger = course.trigger
    grounds: set[Ground] = set()
    for selection in (trigger.said, trigger.streak and trigger.streak.despite):
        grounds.update(_selected(selection, visit) if selection else ())
    if trigger.unhandled is not None:
        open_ones = [raised for raised in raised_objections(visit) if raised.answer is None]
        codes = trigger.unhandled.objections
        grounds.update(ground_of(raised.evidence) for raised in open_ones if raised.finding.code in codes)
    for card in cards:
        if card.in_use and card.skill == course.skill:
            grounds.update(_held_against(card, visit, struck))
    return frozenset(grounds)


def changed_figures(before: Behaviour, after: Behaviour) -> tuple[str, ...]:
    """Names of the talk figures that a visit's talk would move without a finding: the shares of objections."""
    handled = [[(one.said, one.answer is None) for one in talk.objections] for talk in (before, after)]
    reused = [[(one.answer, one.track) for one in talk.objections if one.answer] for talk in (before, after)]
    settled = [[(one.track, one.worked) for one in talk.objections if one.track] for talk in (before, after)]
    named = (("handling_rate", handled), ("reuse_rate", reused), ("tracks", settled))
    return tuple(name for name, (one, other) in named if one != other)


def _selected(selection: Selection, visit: VisitRecord) -> Iterator[Ground]:
    """Everything in this one visit that the selection points at, however many it asks for and however old."""
    here = {"scope": "this", "at_least": 1, "in_visits": 1, "max_age_days": None}
    plain = selection.model_copy(update=here)
    for match in find_matches(plain, visit=visit, earlier=(), now=visit.visited_at):
        yield ground_of(match.evidence)


def _held_against(card: SkillCard, visit: VisitRecord, struck: Collection[str]) -> Iterator[Ground]:
    for seen in observe_skill(card, [visit]):
        if seen.value < 50 and seen.turn is not None and observation_id(seen, source="talk") not in struck:
            yield seen.visit_id, seen.turn, seen.quote
