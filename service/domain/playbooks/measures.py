"""Measurements over facts: per period beside a baseline, metres on the ground, overlapping plans, days running."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import asin, cos, isfinite, nan, radians, sin, sqrt

from service.domain.playbooks.timeline import Fact
from service.domain.playbooks.values import as_text, instant_of, local_date

EARTH_M = 6_371_008.8
ENOUGH = 2  # periods of history without which no baseline is given
MAX_KEYS = 400
DAYS_KEPT = 60  # a day further back belongs to no streak
LOOKED_BACK = timedelta(days=DAYS_KEPT + 2)  # holds all facts of those days, wherever midnight is


@dataclass(frozen=True, slots=True)
class Plan:
    """A fact with the time it plans; None where it plans none."""

    fact: Fact
    begins: datetime | None
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Saying:
    """A fact with the text in question, and its day where our customers live."""

    fact: Fact
    text: str
    day: date


def plan_of(fact: Fact, *, start: str, end: str) -> Plan:
    """The time that a fact plans from one key of its data to another."""
    return Plan(fact, instant_of(fact.data.get(start)), instant_of(fact.data.get(end)))


def saying_of(fact: Fact, *, key: str) -> Saying:
    """What a fact says under a key, and on which day."""
    return Saying(fact, as_text(fact.data.get(key)).strip(), local_date(fact.at))


def per_period(
    points: Iterable[tuple[datetime, float]],
    *,
    at: datetime,
    period: timedelta,
    last: int,
    baseline: int,
    first_at: datetime | None,
) -> tuple[list[float], float]:
    """Sums of the `last` periods that end at `at`, the oldest first, and the mean of up to `baseline` periods before.

    Only periods that began after the subject was first heard of count; the mean is 0 where there are too few of them.
    """
    sums = [0.0] * (last + baseline)
    for moment, value in points:
        place = int((at - moment) / period)
        if 0 <= place < len(sums) and isfinite(value):
            sums[place] += value
    recent = sums[:last][::-1]
    if first_at is None:
        return recent, 0.0
    lived = min(int((at - first_at) / period), last + baseline)
    before = sums[last:lived]
    if len(before) < max(ENOUGH, baseline // 2):
        return recent, 0.0
    return recent, sum(before) / len(before)


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance of two places given as latitude and longitude in degrees; NaN where one is none.

    Source: the haversine formula (Sinnott 1984) on a sphere with the Earth's mean radius.
    """
    for latitude, longitude in (one, other):
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            return nan
    (lat1, lon1), (lat2, lon2) = ((radians(a), radians(b)) for a, b in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def clashes(plans: Sequence[Plan]) -> list[Fact]:
    """Facts whose time overlaps that of another entity's, the oldest first; an entity's last word counts."""
    newest = {(plan.fact.kind, plan.fact.entity_id): plan for plan in plans}
    spans = [
        (plan.begins, plan.ends, plan.fact)
        for plan in newest.values()
        if plan.begins is not None and plan.ends is not None and plan.begins < plan.ends
    ]
    spans.sort(key=lambda span: (span[0], span[2].id))
    found: dict[str, Fact] = {}
    latest: tuple[datetime, Fact] | None = None
    for begins, ends, fact in spans:
        if latest is not None and begins < latest[0]:
            found.update({latest[1].id: latest[1], fact.id: fact})
        if latest is None or ends > latest[0]:
            latest = ends, fact
    return sorted(found.values(), key=lambda fact: fact.order)


@dataclass(frozen=True, slots=True)
class _Group:
    """What counts as one wording, by the first that was heard of it."""

    text: str
    pairs: frozenset[str]


def days_running(said: Iterable[Saying], *, at: datetime, similar: float | None) -> tuple[int, str, list[Fact]]:
    """The longest run of days, up to today or yesterday, on each of which the same text came up.

    Gives its length, the text, and the first fact of each day; (0, "", []) where there is none. With `similar`, texts
    are grouped as `group_sayings` does it.
    """
    today = local_date(at)
    best: tuple[int, str, list[Fact]] = (0, "", [])
    for group in group_sayings((s for s in said if (today - s.day).days <= DAYS_KEPT), similar=similar):
        by_day: dict[date, Fact] = {}
        for saying in group:
            by_day.setdefault(saying.day, saying.fact)
        run = _run(by_day, today)
        if len(run) > len(best[2]):
            best = (len(run), group[0].text, run)
    return best


def group_sayings(said: Iterable[Saying], *, similar: float | None) -> list[list[Saying]]:
    """Sayings whose texts count as the same one, groups in the order of their first; empty texts are left out.

    With `similar`, texts whose character pairs overlap that much (Jaccard) count as the same one.
    """
    groups: list[_Group] = []
    homes: dict[str, _Group | None] = {}  # a wording belongs where it belonged when it was first heard
    members: dict[str, list[Saying]] = {}
    for saying in said:
        if saying.text and saying.text not in homes:
            homes[saying.text] = _home(saying.text, groups, similar)
        home = homes.get(saying.text)
        if home is not None:
            members.setdefault(home.text, []).append(saying)
    return list(members.values())


def _home(text: str, groups: list[_Group], similar: float | None) -> _Group | None:
    """The group of a new wording: one that is like it, or its own; None where there are too many already."""
    pairs = _pairs(text)
    home = None if similar is None else next((group for group in groups if _alike(group, pairs, similar)), None)
    if home is None and len(groups) < MAX_KEYS:
        home = _Group(text, pairs)
        groups.append(home)
    return home


def _run(by_day: dict[date, Fact], today: date) -> list[Fact]:
    day = today if today in by_day else today - timedelta(days=1)
    run: list[Fact] = []
    while day in by_day:
        run.append(by_day[day])
        day -= timedelta(days=1)
    return run[::-1]


def _pairs(text: str) -> frozenset[str]:
    kept = [character for character in text if character.isalnum()]
    return frozenset(a + b for a, b in itertools.pairwise(kept)) or frozenset(kept)


def _alike(group: _Group, pairs: frozenset[str], similar: float) -> bool:
    union = len(group.pairs | pairs)
    return bool(union) and len(group.pairs & pairs) / union >= similar
