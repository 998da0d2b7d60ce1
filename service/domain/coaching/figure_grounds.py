"""What a figure rests on, piece by piece, so that whoever doubts it can hear each piece (C4, C6).

Invariant: the figure can be worked out again from its grounds alone: they are all of them, not the telling few.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.coaching.behaviour import Answered, Behaviour
from service.domain.coaching.observations import CoachedVisit, ObservationRow
from service.domain.coaching.skills import Observation
from service.domain.evidence import Evidence

MEASURES = ("talk_ratio", "question_rate", "longest_monologue_s", "patience_ms")
RATES = ("handling_rate", "reuse_rate")


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing that counts into a figure: a visit, an objection, an answer, an observation, a course.

    `value` is what it counts with (points, a share, seconds), None where it only counts as one; `outcome` says how it
    counts where it is one of two (`answered`, `left_open`, `near_track`, `own_words`, `settled`, `came_back`, `used`,
    `unused`); `note` is why. `said` are the words, none where a whole visit was looked through.
    """

    visit_id: str
    rep_id: str
    account_id: str
    at: datetime
    value: float | None = None
    outcome: str = ""
    note: str = ""
    said: tuple[Evidence | Observation, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it counts for the figure and not against it, where it is one of two."""
        return self.outcome in ("answered", "near_track", "settled", "used")


def grounds_of_visits(visits: Sequence[CoachedVisit]) -> list[Ground]:
    """The visits themselves, each with the first words worth hearing."""
    return [_ground(visit, said=_first_words(visit.behaviour)) for visit in visits]


def grounds_of_talk(name: str, visits: Sequence[CoachedVisit]) -> list[Ground]:
    """What one of the talk figures rests on: visits for a mean or a middle, objections or answers for a rate.

    Raises:
        KeyError: there is no such figure.
    """
    if name in MEASURES:
        return [
            _ground(visit, value=value, said=_WORDS[name](visit.behaviour))
            for visit in visits
            if (value := getattr(visit.behaviour, name)) is not None
        ]
    return [ground for visit in visits for ground in _ANSWERS[name](visit)]


def grounds_of_track(track: str, visits: Sequence[CoachedVisit]) -> list[Ground]:
    """Uses of one talk track, and whether each settled the matter in its talk."""
    return [
        _ground(visit, outcome="settled" if answer.worked else "came_back", said=_both(answer))
        for visit in visits
        for answer in visit.behaviour.objections
        if answer.track == track
    ]


def grounds_of_share(track: str, visits: Sequence[CoachedVisit]) -> list[Ground]:
    """Answers to objections, and whether each was near this talk track: how much some people use it."""
    return [
        _ground(visit, outcome="used" if answer.track == track else "unused", said=_both(answer))
        for visit in visits
        for answer in visit.behaviour.objections
        if answer.answer is not None
    ]


def grounds_of_observations(rows: Sequence[ObservationRow]) -> list[Ground]:
    """Observations behind a skill value, in the order given, each with its points."""
    return [
        Ground(row.visit_id, row.rep_id, row.account_id, row.at, row.value, note=row.note,
               said=(row.observed(),) if row.quote else ())
        for row in rows
    ]  # fmt: skip


def _ground(
    visit: CoachedVisit, *, value: float | None = None, outcome: str = "", said: tuple[Evidence, ...]
) -> Ground:
    return Ground(visit.id, visit.rep_id, visit.account_id, visit.at, value, outcome, said=said)


def _first_words(talk: Behaviour) -> tuple[Evidence, ...]:
    first = next((answer.said for answer in talk.objections), None)
    return _kept(first or next(iter(talk.questions), None) or talk.monologue)


def _kept(words: Evidence | None) -> tuple[Evidence, ...]:
    return () if words is None else (words,)


def _both(answer: Answered) -> tuple[Evidence, ...]:
    return (answer.said, *_kept(answer.answer))


def _handled(visit: CoachedVisit) -> list[Ground]:
    return [
        _ground(visit, outcome="left_open" if answer.answer is None else "answered", said=_both(answer))
        for answer in visit.behaviour.objections
    ]


def _reused(visit: CoachedVisit) -> list[Ground]:
    return [
        _ground(visit, outcome="own_words" if answer.track is None else "near_track", said=_both(answer))
        for answer in visit.behaviour.objections
        if answer.answer is not None
    ]


_WORDS: Mapping[str, Callable[[Behaviour], tuple[Evidence, ...]]] = {
    "talk_ratio": lambda talk: _kept(talk.monologue),
    "question_rate": lambda talk: talk.questions,
    "longest_monologue_s": lambda talk: _kept(talk.monologue),
    "patience_ms": lambda talk: _kept(talk.hasty),
}
_ANSWERS: Mapping[str, Callable[[CoachedVisit], list[Ground]]] = {"handling_rate": _handled, "reuse_rate": _reused}
