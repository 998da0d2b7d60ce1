"""Whether findings, churn levels and skill values differ between groups: told with intervals, never by names of people.

Invariant: a group under ten visits or five reps is never told by itself; it is pooled with the others that are too
small, and where all of them together are still too few, they are left out of every number. Names of groups only name.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, hypot, sqrt
from typing import Literal, get_args

from service.domain.intervals import Z95, wilson

Grouping = Literal["team", "store", "region", "channel", "dialect"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
LEAST_VISITS = 10
LEAST_REPS = 5
LEAST_OBSERVATIONS = 3
"""Of one rep in one skill; under it the rep has no value, as in the reports."""
CHURN = "churn_level"
SKILL = "skill"
Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """A visit as it is counted: `group` is empty where nothing says it; `level` is None where nobody looked."""

    rep_id: str
    group: str
    codes: Collection[str]
    level: str | None = None


@dataclass(frozen=True, slots=True)
class SeenSkill:
    """One observation of a rep in a visit of this group; `value` from 0 to 100."""

    rep_id: str
    group: str
    skill: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Group:
    """A group that is told of: one with a name, those of whom nothing says theirs, or all that are too small."""

    kind: Literal["named", "unknown", "others"]
    name: str
    visits: int
    reps: int

    @property
    def label(self) -> str:
        """How people read it."""
        return {"named": self.name, "unknown": "（未填）", "others": "（其他）"}[self.kind]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval: shares in [0, 1], skill values from 0 to 100, differences with their sign."""

    value: float
    low: float
    high: float

    def apart(self, other: "Estimate") -> bool:
        """Whether the two intervals have nothing in common."""
        return self.low > other.high or self.high < other.low


@dataclass(frozen=True, slots=True)
class Comparison:
    """One group beside all others together; `rest` and `difference` are None where too few others are left."""

    group: Group
    n: int
    value: Estimate
    rest_n: int
    rest: Estimate | None = None
    difference: Estimate | None = None

    @property
    def marked(self) -> bool:
        """Whether the intervals of the group and of the rest do not overlap."""
        return self.rest is not None and self.value.apart(self.rest)


@dataclass(frozen=True, slots=True)
class BiasFigure:
    """One label, churn level or skill; counted in visits, skills in reps."""

    kind: str
    code: str
    groups: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class BiasReport:
    """The groups, what differs between them, and how many visits and reps are in no number."""

    groups: tuple[Group, ...]
    figures: tuple[BiasFigure, ...]
    visits_left_out: int
    reps_left_out: int

    @property
    def marks(self) -> int:
        """How many comparisons are marked."""
        return sum(row.marked for figure in self.figures for row in figure.groups)

    @property
    def comparisons(self) -> int:
        """How many could have been."""
        return sum(row.rest is not None for figure in self.figures for row in figure.groups)


def compare_groups(
    visits: Sequence[SeenVisit],
    observed: Sequence[SeenSkill],
    *,
    labels: Sequence[Label],
    levels: Sequence[str],
    skills: Sequence[str],
) -> BiasReport:
    """The report over these visits and observations.

    Args:
        labels: kinds and codes; those that no visit names are left out of the answer.
        levels: the churn levels whose share is told; visits of unknown level count in none.
        skills: a rep's value is the weighted mean of what was observed in the group, not drawn towards any team's mean,
            which would by itself make groups differ.
    """
    groups, left_out = _partition(visits)
    told = [(groups[visit.group], visit) for visit in visits if visit.group in groups]
    named: set[str] = set().union(*(visit.codes for _, visit in told))
    sides = _sides(told)
    figures = [
        _share_figure(kind, code, sides, lambda visit, code=code: code in visit.codes)  # type: ignore[misc]
        for kind, code in labels
        if code in named
    ]
    sides = _sides([(group, visit) for group, visit in told if visit.level is not None])
    figures += [
        _share_figure(CHURN, level, sides, lambda visit, level=level: visit.level == level)  # type: ignore[misc]
        for level in levels
    ]
    seen = [(groups[one.group], one) for one in observed if one.group in groups]
    figures += [_skill_figure(skill, [(group, one) for group, one in seen if one.skill == skill]) for skill in skills]
    return BiasReport(
        groups=tuple(_ordered(set(groups.values()))),
        figures=tuple(figure for figure in figures if figure.groups),
        visits_left_out=len(left_out),
        reps_left_out=len({visit.rep_id for visit in left_out} - {visit.rep_id for _, visit in told}),
    )


def share_interval(hits: int, n: int) -> Estimate:
    """A share of `n` (at least one) with its Wilson interval."""
    return _rounded(*wilson(hits, n), 3)


def share_difference(hits: int, n: int, rest_hits: int, rest_n: int) -> Estimate:
    """How much larger the first share is.

    Source: Newcombe 1998, method 10: the interval follows from the two Wilson intervals.
    """
    (own, own_low, own_high), (rest, rest_low, rest_high) = wilson(hits, n), wilson(rest_hits, rest_n)
    low, high = hypot(own - own_low, rest_high - rest), hypot(own_high - own, rest - rest_low)
    return _rounded(own - rest, own - rest - low, own - rest + high, 3)


def mean_interval(values: Sequence[float]) -> Estimate:
    """The mean of at least two values from 0 to 100 with its t interval; resampling five reps would claim too much."""
    mean, error = _mean_and_error(values)
    half = t95(len(values) - 1) * error
    return _rounded(mean, max(0.0, mean - half), min(100.0, mean + half), 1)


def mean_difference(own: Sequence[float], rest: Sequence[float]) -> Estimate:
    """How much larger the first mean is, with Welch's interval: the two sides may spread differently."""
    (one, e1), (two, e2) = _mean_and_error(own), _mean_and_error(rest)
    squares = e1**2 + e2**2
    if squares == 0:
        return _rounded(one - two, one - two, one - two, 1)
    freedom = squares**2 / (e1**4 / (len(own) - 1) + e2**4 / (len(rest) - 1))
    half = t95(freedom) * sqrt(squares)
    return _rounded(one - two, one - two - half, one - two + half, 1)


def t95(freedom: float) -> float:
    """The factor of a two-sided 95 % interval by Student's t, from four degrees of freedom within 0.01.

    Source: the Cornish-Fisher series of t about the normal quantile (Abramowitz and Stegun 26.7.5).
    """
    z, v = Z95, freedom
    first = (z**3 + z) / (4 * v)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
    return z + first + second + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)


def _partition(visits: Sequence[SeenVisit]) -> tuple[dict[str, Group], list[SeenVisit]]:
    """The group that each stored name counts in, and the visits that count in none."""
    by_name: dict[str, list[SeenVisit]] = {}
    for visit in visits:
        by_name.setdefault(visit.group, []).append(visit)
    groups: dict[str, Group] = {}
    for name, own in by_name.items():
        if _enough(own):
            groups[name] = _group("named" if name else "unknown", name, own)
    small = [name for name in by_name if name not in groups]
    pooled = [visit for name in small for visit in by_name[name]]
    if not _enough(pooled):
        return groups, pooled
    others = _group("others", "", pooled)
    return groups | dict.fromkeys(small, others), []


def _enough(visits: Sequence[SeenVisit]) -> bool:
    return len(visits) >= LEAST_VISITS and len({visit.rep_id for visit in visits}) >= LEAST_REPS


def _group(kind: Literal["named", "unknown", "others"], name: str, own: Sequence[SeenVisit]) -> Group:
    return Group(kind, name, len(own), len({visit.rep_id for visit in own}))


def _ordered(groups: Iterable[Group]) -> list[Group]:
    order = ("named", "unknown", "others")
    return sorted(groups, key=lambda group: (order.index(group.kind), group.name))


@dataclass(frozen=True, slots=True)
class _Side:
    """The visits of one group, and whether all others together are enough to be told."""

    group: Group
    own: Sequence[SeenVisit]
    rest_enough: bool


def _sides(told: Sequence[tuple[Group, SeenVisit]]) -> list[_Side]:
    own: dict[Group, list[SeenVisit]] = {}
    for group, visit in told:
        own.setdefault(group, []).append(visit)
    return [
        _Side(group, own[group], _enough([visit for other in own if other != group for visit in own[other]]))
        for group in _ordered(own)
    ]


def _share_figure(kind: str, code: str, sides: Sequence[_Side], is_hit: Callable[[SeenVisit], bool]) -> BiasFigure:
    hits = [sum(is_hit(visit) for visit in side.own) for side in sides]
    all_hits, everybody = sum(hits), sum(len(side.own) for side in sides)
    rows = []
    for side, own_hits in zip(sides, hits, strict=True):
        n = len(side.own)
        if not _enough(side.own):
            continue
        value = share_interval(own_hits, n)
        if not side.rest_enough:
            rows.append(Comparison(side.group, n, value, everybody - n))
            continue
        rest_hits, rest_n = all_hits - own_hits, everybody - n
        gap = share_difference(own_hits, n, rest_hits, rest_n)
        rows.append(Comparison(side.group, n, value, rest_n, share_interval(rest_hits, rest_n), gap))
    return BiasFigure(kind, code, tuple(rows))


def _skill_figure(skill: str, seen: Sequence[tuple[Group, SeenSkill]]) -> BiasFigure:
    rows = []
    for group in _ordered({group for group, _ in seen}):
        own = _values_of_reps(one for each, one in seen if each == group)
        rest = _values_of_reps(one for each, one in seen if each != group)
        if len(own) < LEAST_REPS:
            continue
        value = mean_interval(own)
        if len(rest) < LEAST_REPS:
            rows.append(Comparison(group, len(own), value, len(rest)))
        else:
            gap = mean_difference(own, rest)
            rows.append(Comparison(group, len(own), value, len(rest), mean_interval(rest), gap))
    return BiasFigure(SKILL, skill, tuple(rows))


def _values_of_reps(seen: Iterable[SeenSkill]) -> list[float]:
    """One value a rep, of those of whom enough was observed."""
    by_rep: dict[str, list[SeenSkill]] = {}
    for one in seen:
        by_rep.setdefault(one.rep_id, []).append(one)
    weights: Mapping[str, float] = {rep_id: fsum(one.weight for one in own) for rep_id, own in by_rep.items()}
    return [
        fsum(one.weight * one.value for one in own) / weights[rep_id]
        for rep_id, own in by_rep.items()
        if len(own) >= LEAST_OBSERVATIONS and weights[rep_id] > 0
    ]


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    mean = fsum(values) / len(values)
    spread = fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, sqrt(spread / len(values))


def _rounded(value: float, low: float, high: float, digits: int) -> Estimate:
    return Estimate(round(value, digits), round(low, digits), round(high, digits))
