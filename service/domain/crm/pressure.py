"""A pressure test: virtual opportunities played through a process, to see who skips nodes and who writes 「其他」.

What people do against the process shows where the process is wrong: every finding names the event, none a verdict.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.content.processes import Process
from service.domain.crm.events import CrmEvent
from service.domain.crm.processes import Skip, state_of

OTHER = frozenset({"其他", "其它", "other", "others", "misc", "无", "/", "-", "n/a"})


@dataclass(frozen=True, slots=True)
class OtherUse:
    """A field filled with 「其他」 or its like."""

    opportunity_id: str
    field: str
    event_id: str


@dataclass(frozen=True, slots=True)
class PersonFinding:
    """What one person did in the test."""

    person: str
    skips: tuple[tuple[str, Skip], ...]
    others: tuple[OtherUse, ...]


@dataclass(frozen=True, slots=True)
class PressureTest:
    """The findings by person, and how often each node was missing and each field evaded."""

    opportunities: int
    people: tuple[PersonFinding, ...]
    skipped_nodes: tuple[tuple[str, int], ...]
    evaded_fields: tuple[tuple[str, int], ...]


def play(process: Process, events: Sequence[CrmEvent], *, now: datetime) -> PressureTest:
    """Replay the events of virtual opportunities against the process."""
    by_opportunity: dict[str, list[CrmEvent]] = defaultdict(list)
    for event in events:
        if event.opportunity_id is not None:
            by_opportunity[event.opportunity_id].append(event)
    skips: dict[str, list[tuple[str, Skip]]] = defaultdict(list)
    others: dict[str, list[OtherUse]] = defaultdict(list)
    for opportunity_id, mine in sorted(by_opportunity.items()):
        owners = [event.owner_id for event in sorted(mine, key=lambda event: event.order) if event.owner_id]
        owner = owners[0] if owners else ""
        for skip in state_of(process, opportunity_id, mine, now=now).skips:
            skips[skip.actor or owner].append((opportunity_id, skip))
        for event in mine:
            for name in _evaded(event):
                person = str(event.data.get("actor_id") or event.owner_id or owner)
                others[person].append(OtherUse(opportunity_id, name, event.id))
    people = tuple(
        PersonFinding(person, tuple(skips.get(person, ())), tuple(others.get(person, ())))
        for person in sorted(
            {*skips, *others}, key=lambda who: (-len(skips.get(who, ())), -len(others.get(who, ())), who)
        )
    )
    nodes = _ranked(node for found in skips.values() for _, skip in found for node in skip.missing)
    return PressureTest(len(by_opportunity), people, nodes, _ranked(it.field for use in others.values() for it in use))


def _evaded(event: CrmEvent) -> list[str]:
    return [name for name, value in event.data.items() if isinstance(value, str) and value.strip().lower() in OTHER]


def _ranked(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        counts[name] += 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
