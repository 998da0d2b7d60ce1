"""What a team reads in the morning: yesterday's key progress, what stands still, the week's conversion ranking.

Invariant: every line names the event or entity behind it; a rate of fewer than three cases is not given.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from service.domain.crm.entities import Entity, FieldValue, history
from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import number

ENOUGH = 3
ENDED = frozenset({"won", "lost", "closed", "赢单", "输单", "关闭", "成交闭环"})
PROGRESS: Mapping[str, str] = {
    "opportunity.won": "赢单",
    "order.placed": "下单",
    "payment.received": "回款",
    "contract.signed": "签约",
    "evidence.submitted": "交了证据",
    "quote.approved": "报价获批",
    "opportunity.created": "新商机",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """One step forward: what happened, to whom, by whom, and the event."""

    what: str
    kind: str
    entity_id: str
    opportunity_id: str | None
    owner_id: str | None
    at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class Stalled:
    """An open opportunity nothing was heard of for days, and the last event about it."""

    opportunity_id: str
    stage: str
    owner_id: str | None
    days: int
    amount: float | None
    last_event_id: str | None


@dataclass(frozen=True, slots=True)
class Conversion:
    """A person's week: won of what ended; the rate is None under three cases."""

    owner_id: str
    won: int
    ended: int
    rate: float | None
    because: tuple[str, ...]


def progress(events: Iterable[CrmEvent], opportunities: Mapping[str, Sequence[CrmEvent]]) -> list[Progress]:
    """The key steps among these events, in their order.

    Args:
        opportunities: whole histories of the opportunities that events of this time are about, by id.
    """
    events = list(events)
    ids = {event.id for event in events}
    steps = [_step(PROGRESS[event.type], event) for event in events if event.type in PROGRESS]
    for mine in opportunities.values():
        by_id = {event.id: event for event in mine}
        stages = history((event for event in mine if event.kind == "opportunity"), "stage")
        for before, after in pairwise(stages):
            if after.event_id in ids:
                steps.append(_step(f"{before.value}→{after.value}", by_id[after.event_id]))
    return sorted(steps, key=lambda step: (step.at, step.event_id, step.what))


def stalled(opportunities: Iterable[Entity], *, now: datetime, after: timedelta) -> list[Stalled]:
    """Open opportunities without any event for longer than `after`, the largest amounts first."""
    found = []
    for entity in opportunities:
        last = entity.last_event_at
        ended = {str(entity.get("status", "")).lower(), str(entity.get("stage", "")).lower()} & ENDED
        if last is None or ended or entity.get("deleted") is True or now - last <= after:
            continue
        newest = max(entity.fields.values(), key=_seen, default=None)
        found.append(
            Stalled(entity.id, str(entity.get("stage", "")), entity.get("owner_id"), (now - last).days,
                    number(entity.get("amount")), newest.seen_id if newest else None)
        )  # fmt: skip
    return sorted(found, key=lambda it: (-(it.amount or 0), -it.days, it.opportunity_id))


def conversions(events: Iterable[CrmEvent], owners: Mapping[str, str]) -> list[Conversion]:
    """Won of what ended, by owner: the best rate first, then those with too few cases.

    Args:
        owners: by opportunity, for events that do not name the owner themselves.
    """
    won: dict[str, list[str]] = defaultdict(list)
    ended: dict[str, list[str]] = defaultdict(list)
    for event in events:
        owner = event.owner_id or owners.get(event.opportunity_id or "")
        if owner and event.type in ("opportunity.won", "opportunity.lost"):
            ended[owner].append(event.id)
            if event.type == "opportunity.won":
                won[owner].append(event.id)
    found = [
        Conversion(
            owner, len(won[owner]), len(ids), len(won[owner]) / len(ids) if len(ids) >= ENOUGH else None, tuple(ids)
        )
        for owner, ids in ended.items()
    ]
    return sorted(found, key=lambda it: (it.rate is None, -(it.rate or 0), -it.won, it.owner_id))


def active_people(events: Iterable[CrmEvent]) -> dict[str, int]:
    """Who did anything, and how often."""
    counts: dict[str, int] = defaultdict(int)
    for event in events:
        actor = event.data.get("actor_id") or event.owner_id
        if isinstance(actor, str) and actor:
            counts[actor] += 1
    return dict(counts)


def _seen(value: FieldValue) -> tuple[datetime, str]:
    return value.seen


def _step(what: str, event: CrmEvent) -> Progress:
    return Progress(
        what, event.kind, event.entity_id, event.opportunity_id, event.owner_id, event.occurred_at, event.id
    )
