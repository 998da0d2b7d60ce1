"""The radar of a rep or a team for one month: beside the team, beside last month, and opened into its quotes (C4).

Invariant: every value that is shown comes with the observations behind it; under three there is no value.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from service.domain.coaching.observations import ObservationRow
from service.domain.coaching.skills import Observation, SkillScore, score_observed
from service.domain.content.scorecards import SkillCard
from service.domain.months import before, bounds

LOOKS_BACK = timedelta(days=180)  # four half-lives: what is older weighs under a sixteenth
TREND_MONTHS = 6
EVIDENCE_SHOWN = 12
Status = Literal["ok", "insufficient_data"]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The value at the end of one month; None under three observations."""

    month: str
    score: float | None


@dataclass(frozen=True, slots=True)
class SkillValue:
    """One axis: the rep's value with its band, the team's, last month's, and the observations behind it.

    `n` counts observations of the half year that still weigh, `n_month` those of the month. `contested` says that an
    appeal about one of them is open.
    """

    code: str
    title: str
    status: Status
    score: float | None
    band: tuple[float, float] | None
    n: int
    n_month: int
    team: float | None
    last_month: float | None
    trend: tuple[TrendPoint, ...]
    contested: bool
    evidence: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a report is made from: a team's observations, newest first, and what appeals say of them.

    `figures`: by visit, the talk figures that an open appeal puts in doubt.
    """

    cards: Sequence[SkillCard]
    rows: Sequence[ObservationRow]
    titles: Mapping[tuple[str, str], str]
    now: datetime
    contested: Collection[str] = frozenset()
    struck: Collection[str] = frozenset()
    figures: Mapping[str, Collection[str]] = field(default_factory=dict)

    def seen(self, *, until: datetime, rep_id: str | None = None) -> list[Observation]:
        """Observations of the half year before `until`, without those that were struck out."""
        return [row.observed() for row in self.standing(until=until, rep_id=rep_id)]

    def standing(self, *, until: datetime, rep_id: str | None = None) -> list[ObservationRow]:
        """The same with whose they are."""
        return [
            row
            for row in self.rows
            if until - LOOKS_BACK <= row.at < until and rep_id in (None, row.rep_id) and row.id not in self.struck
        ]


def team_means(scene: Scene, *, until: datetime) -> dict[str, float]:
    """The team's value by skill; skills of which too little is known are left out, and the card's prior stands in."""
    scores = score_observed(scene.cards, scene.seen(until=until), now=until)
    return {score.code: score.score for score in scores if score.score is not None}


def rep_values(scene: Scene, *, until: datetime) -> dict[str, dict[str, float]]:
    """Each rep's value by skill at one moment; skills under three observations are left out."""
    means = team_means(scene, until=until)
    seen: dict[str, list[Observation]] = {}
    for row in scene.standing(until=until):
        seen.setdefault(row.rep_id, []).append(row.observed())
    return {
        rep_id: {
            score.code: score.score
            for score in score_observed(scene.cards, own, now=until, team_means=means)
            if score.score is not None
        }
        for rep_id, own in seen.items()
    }


def rate_rep(scene: Scene, rep_id: str, month: str) -> list[SkillValue]:
    """The seven values of one rep for a month, each drawn towards the team's as far as little is known."""
    return _rate(scene, month, rep_id=rep_id)


def rate_team(scene: Scene, month: str) -> list[SkillValue]:
    """The seven values of the whole team, drawn towards the cards' priors."""
    return _rate(scene, month, rep_id=None)


def score_members(scene: Scene, rep_ids: Collection[str], month: str) -> dict[str, dict[str, float | None]]:
    """Each rep's values at the end of `month` by skill, as `rate_rep` gives them; the team is worked out once."""
    means = team_means(scene, until=_end(scene, month))
    rows: dict[str, list[ObservationRow]] = {rep_id: [] for rep_id in rep_ids}
    for row in scene.rows:
        if row.rep_id in rows:
            rows[row.rep_id].append(row)
    return {
        rep_id: {
            code: score.score
            for code, score in _scores(replace(scene, rows=own), month, rep_id=rep_id, means=means).items()
        }
        for rep_id, own in rows.items()
    }


def rows_behind(scene: Scene, code: str, month: str, *, rep_id: str | None = None) -> list[ObservationRow]:
    """All that a value at the end of `month` rests on, newest first; the team's where `rep_id` is None."""
    return [row for row in scene.standing(until=_end(scene, month), rep_id=rep_id) if row.skill == code]


def contested_skills(scene: Scene, rep_id: str, month: str) -> frozenset[str]:
    """Codes of the rep's values that rest, at the end of `month`, on an observation under appeal."""
    seen = scene.seen(until=_end(scene, month), rep_id=rep_id)
    return frozenset(one.skill for one in seen if one.id in scene.contested)


def _rate(scene: Scene, month: str, *, rep_id: str | None) -> list[SkillValue]:
    begin, _ = bounds(month)
    months = [before(month, steps) for steps in range(TREND_MONTHS - 1, -1, -1)]
    means = {name: team_means(scene, until=_end(scene, name)) for name in months}
    by_month = {name: _scores(scene, name, rep_id=rep_id, means=means[name]) for name in months}
    team = means[month]
    observed = scene.seen(until=_end(scene, month), rep_id=rep_id)
    values: list[SkillValue] = []
    for code, score in by_month[month].items():
        mine = [seen for seen in observed if seen.skill == code]
        last = by_month[before(month)].get(code)
        values.append(
            SkillValue(
                code=code,
                title=scene.titles.get(("skill", code), code),
                status="insufficient_data" if score.insufficient_data else "ok",
                score=score.score,
                band=score.band,
                n=score.n,
                n_month=sum(seen.said_at >= begin for seen in mine),
                team=team.get(code),
                last_month=last.score if last else None,
                trend=tuple(TrendPoint(name, by_month[name][code].score) for name in months),
                contested=any(seen.id in scene.contested for seen in mine),
                evidence=_telling(mine),
            )
        )
    return values


def _end(scene: Scene, month: str) -> datetime:
    return min(bounds(month)[1], scene.now + timedelta(microseconds=1))


def _scores(scene: Scene, month: str, *, rep_id: str | None, means: Mapping[str, float]) -> dict[str, SkillScore]:
    """The values at the end of `month`; a rep's are drawn towards `means`, the team's own towards the cards' priors."""
    until = _end(scene, month)
    seen = scene.seen(until=until, rep_id=rep_id)
    scores = score_observed(scene.cards, seen, now=until, team_means=None if rep_id is None else means)
    return {score.code: score for score in scores}


def _telling(observed: Sequence[Observation]) -> tuple[Observation, ...]:
    """The newest observations, those with words first: a value opens into what was said before what was not."""
    newest = sorted(observed, key=lambda seen: (seen.turn is not None, seen.said_at), reverse=True)
    return tuple(newest[:EVIDENCE_SHOWN])
