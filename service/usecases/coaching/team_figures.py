"""What a rep is rated beside while a visit is coached: the team's values, and each rep's at the end of last month.

A team's half year is tens of thousands of observations. These few numbers move little from one visit to the next, so
they are worked out for the whole team at once and believed for ten minutes. Reports never read from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from service.domain.coaching.skill_report import rep_values, team_means
from service.domain.months import bounds, month_of
from service.domain.ports import UnitOfWork
from service.usecases.coaching.read_skills import read_recent_scene, read_struck_observations, team_of_rep
from service.usecases.services import Services

BELIEVED_FOR = timedelta(minutes=10)

Values = Mapping[str, float]
Place = tuple[str, tuple[str, ...] | None, str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Beside:
    """By skill: the team's values now, the rep's at the end of last month; ids of what upheld appeals struck out."""

    team_means: Values
    last_month: Values
    struck: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    read_at: datetime
    team_means: Values
    last_month: Mapping[str, Values]


@dataclass(slots=True)
class TeamFigures:
    """The figures of teams that were coached lately; safe to share between threads."""

    _known: dict[Place, _Known] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, tx: UnitOfWork, services: Services, *, tenant_id: str, rep_id: str, now: datetime) -> Beside:
        """What the rep is rated beside; an appeal that was upheld counts at once."""
        ids = team_of_rep(tx, tenant_id, rep_id)
        struck = read_struck_observations(tx, tenant_id, ids)
        place = (tenant_id, None if ids is None else tuple(ids), month_of(now), struck)
        with self._lock:
            self._known = {key: one for key, one in self._known.items() if abs(now - one.read_at) < BELIEVED_FOR}
            known = self._known.get(place)
        if known is None:
            known = self._read(tx, services, tenant_id, ids, now)
            with self._lock:
                self._known[place] = known
        return Beside(known.team_means, known.last_month.get(rep_id, {}), struck)

    def _read(self, tx: UnitOfWork, services: Services, tenant_id: str, ids: list[str] | None, now: datetime) -> _Known:
        month_began = bounds(month_of(now))[0]
        scene = read_recent_scene(tx, services, tenant_id, ids, since=month_began)
        return _Known(now, team_means(scene, until=now), rep_values(scene, until=month_began))
