"""Which subjects an event speaks of: its own entity, and those it refers to at that moment.

Invariant: the links of an entity's events follow from the set of these events alone, not from their arrival: a
reference holds from the event that wrote it, and before the first one the first one holds.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from service.domain.crm.events import KINDS
from service.domain.playbooks.timeline import Fact, Ref, Timeline

_KEYS: Mapping[str, str] = {
    **{f"{kind}_id": kind for kind in KINDS},
    "owner_id": "person",
    "rep_id": "person",
    "team": "team",
    "team_id": "team",
    "region": "region",
    "industry": "industry",
    "product": "product",
    "product_id": "product",
}


def references_in(data: Mapping[str, Any]) -> dict[str, str]:
    """What an event's data refers to: the key and the id; empty ids refer to nothing."""
    return {key: data[key] for key in _KEYS if isinstance(data.get(key), str) and data[key] and len(data[key]) <= 255}


def link_events(facts: Iterable[Fact]) -> dict[str, frozenset[Ref]]:
    """The subjects of each event of one entity, by the event's id."""
    ordered = sorted(facts, key=lambda fact: fact.order)
    standing: dict[str, str] = {}
    for fact in reversed(ordered):  # what is referred to first also holds before
        standing.update(references_in(fact.data))
    linked: dict[str, frozenset[Ref]] = {}
    for fact in ordered:
        standing.update(references_in(fact.data))
        found = {(_KEYS[key], id_) for key, id_ in standing.items()}
        linked[fact.id] = frozenset({*found, (fact.kind, fact.entity_id)})
    return linked


def changes_links(fact: Fact, earlier: Iterable[Fact]) -> bool:
    """Whether the links of an entity's other events may differ now that `fact` is known: it is late, or refers anew."""
    others = list(earlier)
    if any(other.order > fact.order for other in others):
        return True
    standing: dict[str, str] = {}
    for other in sorted(others, key=lambda each: each.order):
        standing.update(references_in(other.data))
    return any(key not in standing for key in references_in(fact.data))


def timelines_of(facts: Iterable[Fact]) -> dict[Ref, Timeline]:
    """The timeline of every subject that these facts speak of."""
    by_entity: dict[Ref, list[Fact]] = {}
    for fact in facts:
        by_entity.setdefault((fact.kind, fact.entity_id), []).append(fact)
    by_subject: dict[Ref, list[Fact]] = {}
    for own in by_entity.values():
        links = link_events(own)
        for fact in own:
            for ref in links[fact.id]:
                by_subject.setdefault(ref, []).append(fact)
    return {ref: Timeline.of(ref, found) for ref, found in by_subject.items()}
