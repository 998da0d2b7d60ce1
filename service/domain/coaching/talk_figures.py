"""How a rep's or a team's talks went in a month, and what the best do differently with the same talk tracks (C6).

Invariant: a mean rests on at least three visits, a rate on at least three objections; every figure names words.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from statistics import median

from service.domain.coaching.behaviour import Answered
from service.domain.coaching.observations import CoachedVisit
from service.domain.evidence import Evidence
from service.domain.intervals import wilson

LEAST = 3
LEAST_REPS = 5
TOP_SHARE = 0.2
EXAMPLES = 4
Contested = Mapping[str, Collection[str]]
NOTHING_CONTESTED: Contested = {}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number over `n` visits; None under three. `low` and `high` bound a rate at 95 %.

    `contested`: an appeal about something it rests on is open.
    """

    value: float | None
    n: int
    evidence: tuple[Evidence, ...] = ()
    low: float | None = None
    high: float | None = None
    contested: bool = False


@dataclass(frozen=True, slots=True)
class TalkFigures:
    """Talk of one rep or team in a month; `handling_rate` is objections answered, `reuse_rate` answers near a track."""

    visits: int
    talk_ratio: Figure
    longest_monologue_s: Figure
    patience_ms: Figure
    question_rate: Figure
    handling_rate: Figure
    reuse_rate: Figure


@dataclass(frozen=True, slots=True)
class TrackUse:
    """How often one talk track was used, how often it settled the matter, and how much more the best use it."""

    track: str
    title: str
    worked: Figure
    top_share: float | None
    rest_share: float | None


@dataclass(frozen=True, slots=True)
class ReuseComparison:
    """The top fifth of the reps by objections answered, beside the rest; None under five reps with three objections."""

    top: tuple[str, ...]
    rest: tuple[str, ...]
    top_handling: Figure
    rest_handling: Figure
    top_reuse: Figure
    rest_reuse: Figure
    tracks: tuple[TrackUse, ...]


def talk_figures(visits: Sequence[CoachedVisit], contested: Contested = NOTHING_CONTESTED) -> TalkFigures:
    """The figures of some visits, of one rep or of many.

    Args:
        contested: by visit, the figures that rest on something under an open appeal there.
    """
    talks = [visit.behaviour for visit in visits]
    longest = sorted(talks, key=lambda talk: -(talk.longest_monologue_s or 0.0))
    fullest = sorted(talks, key=lambda talk: -(talk.talk_ratio or 0.0))
    quickest = sorted(talks, key=lambda talk: talk.patience_ms or 0)
    questions = tuple(question for talk in talks for question in talk.questions)[:EXAMPLES]
    answers, doubted = _answers(visits), _doubted(visits, contested)
    return TalkFigures(
        visits=len(visits),
        talk_ratio=_mean([talk.talk_ratio for talk in talks], _said(talk.monologue for talk in fullest)),
        longest_monologue_s=_mean(
            [talk.longest_monologue_s for talk in talks], _said(talk.monologue for talk in longest)
        ),
        patience_ms=_middle([talk.patience_ms for talk in talks], _said(talk.hasty for talk in quickest)),
        question_rate=_mean([talk.question_rate for talk in talks], questions),
        handling_rate=replace(_handling(answers), contested="handling_rate" in doubted),
        reuse_rate=replace(_reuse(answers), contested="reuse_rate" in doubted),
    )


def compare_reuse(
    visits: Sequence[CoachedVisit], titles: Mapping[str, str], contested: Contested = NOTHING_CONTESTED
) -> ReuseComparison | None:
    """What the top fifth does with talk tracks and the rest does not; None where too few reps can be ranked.

    Args:
        titles: of the talk tracks, by id.
        contested: by visit, the figures that rest on something under an open appeal there.
    """
    by_rep: dict[str, list[Answered]] = {}
    for visit in visits:
        by_rep.setdefault(visit.rep_id, []).extend(visit.behaviour.objections)
    ranked = {rep: answers for rep, answers in by_rep.items() if len(answers) >= LEAST}
    if len(ranked) < LEAST_REPS:
        return None
    order = sorted(ranked, key=lambda rep: (-_share(ranked[rep]), -len(ranked[rep]), rep))
    cut = ceil(TOP_SHARE * len(order))
    best = [answer for rep in order[:cut] for answer in ranked[rep]]
    others = [answer for rep in order[cut:] for answer in ranked[rep]]
    doubted = {
        at_top: _doubted([visit for visit in visits if visit.rep_id in reps], contested)
        for at_top, reps in ((True, order[:cut]), (False, order[cut:]))
    }
    return ReuseComparison(
        top=tuple(order[:cut]),
        rest=tuple(order[cut:]),
        top_handling=replace(_handling(best), contested="handling_rate" in doubted[True]),
        rest_handling=replace(_handling(others), contested="handling_rate" in doubted[False]),
        top_reuse=replace(_reuse(best), contested="reuse_rate" in doubted[True]),
        rest_reuse=replace(_reuse(others), contested="reuse_rate" in doubted[False]),
        tracks=tuple(_tracks(best, others, titles, contested=_doubted_tracks(visits, contested))),
    )


def rate(hits: int, n: int, evidence: tuple[Evidence, ...] = ()) -> Figure:
    """A share with its Wilson interval at 95 %; no value under three."""
    if n < LEAST:
        return Figure(None, n, evidence)
    share, low, high = wilson(hits, n)
    return Figure(round(share, 3), n, evidence, round(low, 3), round(high, 3))


def _said(words: Iterable[Evidence | None]) -> tuple[Evidence, ...]:
    return tuple(one for one in words if one is not None)[:EXAMPLES]


def _answers(visits: Sequence[CoachedVisit]) -> list[Answered]:
    return [answer for visit in visits for answer in visit.behaviour.objections]


def _doubted(visits: Sequence[CoachedVisit], contested: Contested) -> frozenset[str]:
    """Names of the figures that an open appeal puts in doubt for these visits."""
    return frozenset(name for visit in visits for name in contested.get(visit.id, ()))


def _doubted_tracks(visits: Sequence[CoachedVisit], contested: Contested) -> frozenset[str]:
    """Ids of the talk tracks whose use or success rests on a talk under appeal."""
    return frozenset(
        answer.track
        for visit in visits
        if "tracks" in contested.get(visit.id, ())
        for answer in visit.behaviour.objections
        if answer.track is not None
    )


def _share(answers: Sequence[Answered]) -> float:
    return sum(answer.answer is not None for answer in answers) / len(answers)


def _handling(answers: Sequence[Answered]) -> Figure:
    """Objections answered; the evidence is what was left standing, which is what there is to do."""
    left = tuple(answer.said for answer in answers if answer.answer is None)
    return rate(len(answers) - len(left), len(answers), left[:EXAMPLES])


def _reuse(answers: Sequence[Answered]) -> Figure:
    given = [answer for answer in answers if answer.answer is not None]
    near = [answer for answer in given if answer.track is not None]
    return rate(len(near), len(given), tuple(a.answer for a in near if a.answer is not None)[:EXAMPLES])


def _tracks(
    best: Sequence[Answered], others: Sequence[Answered], titles: Mapping[str, str], *, contested: Collection[str]
) -> list[TrackUse]:
    uses: list[TrackUse] = []
    for track in sorted({answer.track for answer in (*best, *others) if answer.track}):
        mine = [answer for answer in (*best, *others) if answer.track == track]
        quotes = tuple(answer.answer for answer in mine if answer.worked and answer.answer is not None)
        worked = rate(sum(answer.worked for answer in mine), len(mine), quotes[:EXAMPLES])
        worked = replace(worked, contested=track in contested)
        uses.append(TrackUse(track, titles.get(track, track), worked, _used(best, track), _used(others, track)))
    return sorted(uses, key=lambda use: (-(use.worked.low or 0.0), use.track))


def _used(answers: Sequence[Answered], track: str) -> float | None:
    """The share of answers in which the track was used."""
    given = [answer for answer in answers if answer.answer is not None]
    return round(sum(answer.track == track for answer in given) / len(given), 3) if len(given) >= LEAST else None


def _mean(values: Sequence[float | None], evidence: tuple[Evidence, ...]) -> Figure:
    known = [value for value in values if value is not None]
    return Figure(round(sum(known) / len(known), 3) if len(known) >= LEAST else None, len(known), evidence)


def _middle(values: Sequence[float | None], evidence: tuple[Evidence, ...]) -> Figure:
    known = [value for value in values if value is not None]
    return Figure(round(median(known), 1) if len(known) >= LEAST else None, len(known), evidence)
