"""Seven skill values from what was said in visits, by a table of rules in `prompts/scorecards/skills/`.

Invariant: no value without at least three observations, and every observation names its visit and, but for
clean-visit rules, its words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from math import sqrt

from service.domain.content.scorecards import SkillCard, SkillRule
from service.domain.content.selections import Selection
from service.domain.matching import Match, find_matches
from service.domain.visit import VisitRecord

MIN_OBSERVATIONS = 3
PRIOR_SPREAD = 25.0  # standard deviation of one observation before any is known, in points
EVIDENCE_KEPT = 6


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing a rep did or missed: its rule, its worth from 0 to 100, its weight after decay.

    `turn` is None and `quote` empty where the whole visit was checked and nothing was found; `start_ms` is where the
    turn begins in the audio. `id` names it once it is stored; `source` is talk, tick or proof.
    """

    skill: str
    rule: str
    note: str
    value: int
    weight: float
    visit_id: str
    said_at: datetime
    turn: int | None = None
    quote: str = ""
    start_ms: int | None = None
    id: str = ""
    source: str = "talk"


@dataclass(frozen=True, slots=True)
class SkillScore:
    """One axis of the radar from `n` observations.

    `score` (0 to 100) and `band` (about one standard error each way) are None below three observations.
    """

    code: str
    score: float | None
    band: tuple[float, float] | None
    n: int
    evidence: tuple[Observation, ...]

    @property
    def insufficient_data(self) -> bool:
        """Too few observations to say anything."""
        return self.score is None


def score_observed(
    cards: Sequence[SkillCard],
    observations: Sequence[Observation],
    *,
    now: datetime,
    team_means: Mapping[str, float] | None = None,
) -> list[SkillScore]:
    """One score per skill card in use, in their order, from the observations of one rep or of a whole team.

    Each observation fades by half every `half_life_days`; the weighted mean is drawn towards the team's mean (the
    card's prior where none is given) as if that had been observed `prior_weight` times.

    Args:
        team_means: mean score by skill code, 0 to 100.

    Source: shrinkage of small samples towards a common mean (James and Stein 1961), with a fixed prior weight.
    """
    scores: list[SkillScore] = []
    by_skill: dict[str, list[Observation]] = {}
    for seen in observations:
        by_skill.setdefault(seen.skill, []).append(seen)
    for card in cards:
        if not card.in_use:
            continue
        observed = by_skill.get(card.skill, [])
        faded = [
            replace(seen, weight=seen.weight * _decay(now - seen.said_at, card.half_life_days)) for seen in observed
        ]
        mean = (team_means or {}).get(card.skill, card.prior)
        scores.append(_score(card, faded, team_mean=mean))
    return scores


def observe(cards: Sequence[SkillCard], visits: Sequence[VisitRecord]) -> list[Observation]:
    """What the rules of all cards in use see, card by card."""
    return [seen for card in cards if card.in_use for seen in observe_skill(card, visits)]


def observe_skill(card: SkillCard, visits: Sequence[VisitRecord]) -> list[Observation]:
    """What the card's rules see in each visit, oldest visit first.

    Weights are the rules' times the finding's score, so that a doubtful finding moves a value less; without decay.
    """
    seen: list[Observation] = []
    for visit in sorted(visits, key=lambda record: record.visited_at):
        for rule in card.rules:
            seen.extend(_observe(card.skill, rule, visit))
    return seen


def _observe(skill: str, rule: SkillRule, visit: VisitRecord) -> Iterator[Observation]:
    found = _in_visit(rule.match, visit)
    if rule.clean:
        rep_turns = sum(1 for turn in visit.analysis.turns if turn.role == "rep")
        if not found and rep_turns >= rule.min_rep_turns:
            yield Observation(skill, rule.id, rule.note, rule.value, rule.weight, visit.visit_id, visit.visited_at)
        return
    for match in _standing(rule, found, visit)[: rule.cap]:
        said = match.evidence
        yield Observation(
            skill,
            rule.id,
            rule.note,
            rule.value,
            rule.weight * match.score,
            said.visit_id,
            said.said_at,
            said.turn,
            said.quote,
            said.start_ms,
        )


def _standing(rule: SkillRule, matches: Sequence[Match], visit: VisitRecord) -> list[Match]:
    """Those that are followed by what the rule asks for, or not followed by what it excludes."""
    follow_up = rule.unless_after or rule.only_after
    if follow_up is None or not matches:
        return list(matches)
    later = [match.evidence.turn for match in _in_visit(follow_up, visit)]
    standing: list[Match] = []
    for match in matches:
        turn = match.evidence.turn
        follows = any(turn < other <= turn + rule.within_turns for other in later)
        if follows == (rule.only_after is not None):
            standing.append(match)
    return standing


def _in_visit(selection: Selection, visit: VisitRecord) -> list[Match]:
    """Matches in this one visit; skills are read visit by visit, whatever scope the selection names."""
    this_only = selection.model_copy(update={"scope": "this"})
    return find_matches(this_only, visit=visit, earlier=(), now=visit.visited_at)


def _score(card: SkillCard, observed: Sequence[Observation], *, team_mean: float) -> SkillScore:
    newest_first = sorted(observed, key=lambda seen: (seen.weight, seen.said_at), reverse=True)
    evidence = _balanced(newest_first)
    if len(observed) < MIN_OBSERVATIONS:
        return SkillScore(card.skill, None, None, len(observed), evidence)
    total = sum(seen.weight for seen in observed)
    strength = total + card.prior_weight
    score = (sum(seen.weight * seen.value for seen in observed) + card.prior_weight * team_mean) / strength
    spread = sum(seen.weight * (seen.value - score) ** 2 for seen in observed) + card.prior_weight * PRIOR_SPREAD**2
    error = sqrt(spread / strength / (strength))
    band = (round(max(0.0, score - error), 1), round(min(100.0, score + error), 1))
    return SkillScore(card.skill, round(score, 1), band, len(observed), evidence)


def _balanced(observed: Sequence[Observation]) -> tuple[Observation, ...]:
    """The weightiest observations, good and bad in turn, so that a low value shows why and a high one too."""
    good = [seen for seen in observed if seen.value >= 50]
    bad = [seen for seen in observed if seen.value < 50]
    in_turn = [seen for pair in zip_longest(bad, good) for seen in pair if seen is not None]
    return tuple(in_turn[:EVIDENCE_KEPT])


def _decay(age: timedelta, half_life_days: float) -> float:
    days: float = max(0.0, age / timedelta(days=1))
    decay: float = 0.5 ** (days / half_life_days)
    return decay
