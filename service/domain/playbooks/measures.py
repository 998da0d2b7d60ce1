"""Measurements over facts: per period beside a baseline, metres on the ground, overlapping plans, days running."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from math import asin, cos, isfinite, nan, radians, sin, sqrt

from service.domain.playbooks.timeline import Fact
from service.domain.playbooks.values import as_text, instant_of, local_date

EARTH_M = 6_371_008.8
ENOUGH = 2  # periods of history without which no baseline is given
MAX_KEYS = 400


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


def clashes(facts: Sequence[Fact], *, start: str, end: str) -> list[Fact]:
    """Facts whose time overlaps that of another entity's, the oldest first; an entity's last word counts."""
    newest = {(fact.kind, fact.entity_id): fact for fact in facts}
    spans = []
    for fact in newest.values():
        begins, ends = instant_of(fact.data.get(start)), instant_of(fact.data.get(end))
        if begins is not None and ends is not None and begins < ends:
            spans.append((begins, ends, fact))
    spans.sort(key=lambda span: (span[0], span[2].id))
    found: dict[str, Fact] = {}
    latest: tuple[datetime, Fact] | None = None
    for begins, ends, fact in spans:
        if latest is not None and begins < latest[0]:
            found.update({latest[1].id: latest[1], fact.id: fact})
        if latest is None or ends > latest[0]:
            latest = ends, fact
    return sorted(found.values(), key=lambda fact: fact.order)


def days_running(
    facts: Sequence[Fact], key: str, *, at: datetime, similar: float | None
) -> tuple[int, str, list[Fact]]:
    """The longest run of days, up to today or yesterday, on each of which the same value of `key` came up.

    Gives its length, the value, and its facts; (0, "", []) where there is none. With `similar`, values whose character
    pairs overlap that much (Jaccard) count as the same one.
    """
    today = local_date(at)
    groups: list[tuple[frozenset[str], str, dict[date, Fact]]] = []
    for fact in facts:
        text = as_text(fact.data.get(key)).strip()
        if not text or (today - local_date(fact.at)).days > 60:
            continue
        pairs = _pairs(text)
        home = next((group for group in groups if _alike(group, text, pairs, similar)), None)
        if home is None:
            if len(groups) >= MAX_KEYS:
                continue
            home = (pairs, text, {})
            groups.append(home)
        home[2].setdefault(local_date(fact.at), fact)
    best: tuple[int, str, list[Fact]] = (0, "", [])
    for _, text, by_day in groups:
        run = _run(by_day, today)
        if len(run) > best[0]:
            best = (len(run), text, run)
    return best


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


def _alike(group: tuple[frozenset[str], str, object], text: str, pairs: frozenset[str], similar: float | None) -> bool:
    if similar is None or group[1] == text:
        return group[1] == text
    union = len(group[0] | pairs)
    return bool(union) and len(group[0] & pairs) / union >= similar
