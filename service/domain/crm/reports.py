"""What a team reads in the morning: yesterday's key progress, what stands still, the week's conversion ranking.

What counts, what it is called, in which order and from when on stands in the report's card (`prompts/reports/`).
Invariant: every line names the event or entity behind it; a rate of too few cases is not given.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from service.domain.content.report_cards import ProgressPart, RankingPart, StalledPart
from service.domain.content.slots import fill_slots
from service.domain.crm.entities import Entity, FieldValue, history
from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import matches, number


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
    """A person's week: won of what ended; the rate is None for too few cases."""

    owner_id: str
    won: int
    ended: int
    rate: float | None
    because: tuple[str, ...]


def progress(
    part: ProgressPart, events: Iterable[CrmEvent], opportunities: Mapping[str, Sequence[CrmEvent]]
) -> list[Progress]:
    """The key steps among these events, in their order.

    Args:
        events: named as packs name them.
        opportunities: whole histories of the opportunities that events of this time are about, by id.
    """
    events = list(events)
    ids = {event.id for event in events}
    found = ((event, next((step.says for step in part.steps if matches(step.event, event)), "")) for event in events)
    steps = [_step(says, event) for event, says in found if says]
    for mine in opportunities.values() if part.stage_moves else ():
        by_id = {event.id: event for event in mine}
        stages = history((event for event in mine if event.kind == "opportunity"), "stage")
        for before, after in pairwise(stages):
            if after.event_id in ids:
                move = {"before": str(before.value), "after": str(after.value)}
                steps.append(_step(fill_slots(part.stage_moves or "", move), by_id[after.event_id]))
    return sorted(steps, key=lambda step: (step.at, step.event_id, step.what))


def stalled(part: StalledPart, opportunities: Iterable[Entity], *, now: datetime) -> list[Stalled]:
    """Open opportunities without any event for longer than `part.after`, in the order it says."""
    over = {word.lower() for word in part.ended}
    found = []
    for entity in opportunities:
        last = entity.last_event_at
        ended = {str(entity.get("status", "")).lower(), str(entity.get("stage", "")).lower()} & over
        if last is None or ended or entity.get("deleted") is True or now - last <= part.after:
            continue
        newest = max(entity.fields.values(), key=_seen, default=None)
        found.append(
            Stalled(entity.id, str(entity.get("stage", "")), entity.get("owner_id"), (now - last).days,
                    number(entity.get("amount")), newest.seen_id if newest else None)
        )  # fmt: skip
    if part.order == "days":
        return sorted(found, key=lambda it: (-it.days, -(it.amount or 0), it.opportunity_id))
    return sorted(found, key=lambda it: (-(it.amount or 0), -it.days, it.opportunity_id))


def conversions(part: RankingPart, events: Iterable[CrmEvent], owners: Mapping[str, str]) -> list[Conversion]:
    """Won of what ended, by owner: the best rate first, then those with too few cases; or who won most first.

    Args:
        owners: by opportunity, for events that do not name the owner themselves.
    """
    won: dict[str, list[str]] = defaultdict(list)
    ended: dict[str, list[str]] = defaultdict(list)
    for event in events:
        owner = event.owner_id or owners.get(event.opportunity_id or "")
        is_won = matches(part.won, event)
        if owner and (is_won or matches(part.lost, event)):
            ended[owner].append(event.id)
            if is_won:
                won[owner].append(event.id)
    found = [
        Conversion(
            owner, len(won[owner]), len(ids), len(won[owner]) / len(ids) if len(ids) >= part.at_least else None,
            tuple(ids),
        )
        for owner, ids in ended.items()
    ]  # fmt: skip
    if part.order == "won":
        return sorted(found, key=lambda it: (-it.won, it.rate is None, -(it.rate or 0), it.owner_id))
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
