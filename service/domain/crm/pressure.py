"""A pressure test: virtual opportunities played through a process, to see who skips nodes and who writes 「其他」.

What people do against the process shows where the process is wrong: every finding names the event, none a verdict.
Which words say nothing, who is named first and how it is worded stands in the test's card (`prompts/pressure_tests/`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.content.pressure_cards import PressureCard
from service.domain.content.processes import Process
from service.domain.content.slots import fill_slots
from service.domain.crm.events import CrmEvent
from service.domain.crm.processes import Skip, state_of


@dataclass(frozen=True, slots=True)
class OtherUse:
    """A field filled with a word that says nothing."""

    opportunity_id: str
    field: str
    event_id: str


@dataclass(frozen=True, slots=True)
class PersonFinding:
    """What one person did in the test, and how the card words it."""

    person: str
    skips: tuple[tuple[str, Skip], ...]
    others: tuple[OtherUse, ...]
    says: str


@dataclass(frozen=True, slots=True)
class PressureTest:
    """The findings by person, and how often each node was missing and each field evaded.

    `is_enough` says whether as many opportunities were played as the card asks for.
    """

    card: PressureCard
    opportunities: int
    is_enough: bool
    people: tuple[PersonFinding, ...]
    skipped_nodes: tuple[tuple[str, int], ...]
    evaded_fields: tuple[tuple[str, int], ...]


def play(card: PressureCard, process: Process, events: Sequence[CrmEvent], *, now: datetime) -> PressureTest:
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
            for name in _evaded(card, event):
                person = str(event.data.get("actor_id") or event.owner_id or owner)
                others[person].append(OtherUse(opportunity_id, name, event.id))
    found = [_finding(card, person, skips.get(person, []), others.get(person, [])) for person in {*skips, *others}]
    people = tuple(sorted(found, key=lambda it: _rank(card, it)))
    nodes = _ranked(node for found in skips.values() for _, skip in found for node in skip.missing)
    fields = _ranked(it.field for use in others.values() for it in use)
    played = len(by_opportunity)
    return PressureTest(card, played, played >= card.at_least, people, nodes, fields)


def _finding(
    card: PressureCard, person: str, skips: Sequence[tuple[str, Skip]], others: Sequence[OtherUse]
) -> PersonFinding:
    values = {"person": person, "skips": str(len(skips)), "others": str(len(others))}
    return PersonFinding(person, tuple(skips), tuple(others), fill_slots(card.says, values))


def _rank(card: PressureCard, it: PersonFinding) -> tuple[int, int, str]:
    skips, others = -len(it.skips), -len(it.others)
    return (skips, others, it.person) if card.order == "skips" else (others, skips, it.person)


def _evaded(card: PressureCard, event: CrmEvent) -> list[str]:
    words = {word.strip().lower() for word in card.evasions}
    asked = ((name, value) for name, value in event.data.items() if name not in card.not_asked)
    return [name for name, value in asked if isinstance(value, str) and value.strip().lower() in words]


def _ranked(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        counts[name] += 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
