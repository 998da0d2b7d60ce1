"""What is kept of each coached visit: observations by skill, and how the talk went.

Invariant: an observation's id follows from its visit, source, rule and turn, so that a stage that runs twice keeps one,
and an appeal still finds it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.domain.coaching.behaviour import Behaviour
from service.domain.coaching.skills import Observation
from service.domain.visit import Visit

Source = Literal["talk", "tick", "proof"]


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """One observation of a rep as stored; `at` is when it was said or ticked, `start_ms` the second in the audio."""

    id: str
    tenant_id: str
    at: datetime
    visit_id: str
    rep_id: str
    account_id: str
    skill: str
    rule: str
    note: str
    value: int
    weight: float
    source: Source
    turn: int | None = None
    quote: str = ""
    start_ms: int | None = None

    def observed(self) -> Observation:
        """As the scoring takes it."""
        return Observation(
            self.skill, self.rule, self.note, self.value, self.weight, self.visit_id, self.at, self.turn, self.quote,
            self.start_ms, self.id, self.source
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CoachedVisit:
    """How one visit's talk went; `id` is the visit's, `at` when it took place."""

    id: str
    tenant_id: str
    at: datetime
    rep_id: str
    account_id: str
    behaviour: Behaviour


def observation_row(visit: Visit, seen: Observation, *, source: Source) -> ObservationRow:
    """The row of an observation in this visit."""
    return ObservationRow(
        id=observation_id(seen, source=source),
        tenant_id=visit.tenant_id,
        at=seen.said_at,
        visit_id=visit.id,
        rep_id=visit.rep_id,
        account_id=visit.account_id,
        skill=seen.skill,
        rule=seen.rule,
        note=seen.note,
        value=seen.value,
        weight=seen.weight,
        source=source,
        turn=seen.turn,
        quote=seen.quote,
        start_ms=seen.start_ms,
    )


def observation_id(seen: Observation, *, source: Source) -> str:
    """The id an observation is stored under: the same whenever its visit is looked at again."""
    key = "|".join((seen.visit_id, source, seen.skill, seen.rule, str(seen.turn)))
    return "obs_" + hashlib.sha256(key.encode()).hexdigest()[:32]
