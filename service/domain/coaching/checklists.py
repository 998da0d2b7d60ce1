"""Chooses three things to tick off at check-in, for this visit and not for every visit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from service.domain.coaching.readings import Readings
from service.domain.content.checklists import ChecklistItem
from service.domain.content.selections import Selection
from service.domain.evidence import Evidence
from service.domain.matching import Match, find_matches
from service.domain.visit import VisitRecord

SAID_BONUS = 40  # an item that answers something this customer said beats any general one of like weight
STAGE_BONUS = 15


@dataclass(frozen=True, slots=True)
class Tick:
    """One item chosen for a visit; `because` holds the words that made it fit, empty for general items."""

    item: str
    text: str
    skill: str
    because: tuple[Evidence, ...] = ()


def choose_ticks(
    items: Sequence[ChecklistItem],
    *,
    history: Sequence[VisitRecord],
    now: datetime,
    stage: str = "",
    limit: int = 3,
    readings: Readings | None = None,
) -> list[Tick]:
    """At most `limit` items for the visit about to begin, of different skill dimensions while there are any.

    Args:
        history: earlier visits to this account, in any order; empty before the first.
        stage: the opportunity's stage, empty when unknown.
        readings: what was read of these visits for the same answer before.
    """
    readings = Readings() if readings is None else readings
    find = partial(find_matches, visit=None, earlier=history, now=now, readings=readings)
    fitting: list[tuple[int, Tick]] = []
    for item in items:
        rated = _rate(item, find, first=not history, stage=stage) if item.in_use else None
        if rated is not None:
            fitting.append(rated)
    fitting.sort(key=lambda pair: (-pair[0], pair[1].item))
    chosen: list[Tick] = []
    for _, tick in fitting:
        if tick.skill not in {kept.skill for kept in chosen}:
            chosen.append(tick)
    chosen.extend(tick for _, tick in fitting if tick not in chosen)
    return chosen[:limit]


def _rate(
    item: ChecklistItem, find: Callable[[Selection], list[Match]], *, first: bool, stage: str
) -> tuple[int, Tick] | None:
    when = item.when
    if when.stages and stage not in when.stages:
        return None
    if when.first_visit is not None and when.first_visit != first:
        return None
    if any(find(known) for known in when.unless):
        return None
    said = find(when.said) if when.said else []
    if when.said and not said:
        return None
    points = item.weight + (SAID_BONUS if said else 0) + (STAGE_BONUS if when.stages else 0)
    return points, Tick(item.id, item.text, item.skill, (said[-1].evidence,) if said else ())
