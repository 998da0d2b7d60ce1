"""Everything that happened to one subject, in the order it happened, whatever order it arrived in.

Invariant: facts are sorted by (moment, id) and each id stands once; a question about a moment sees only facts up to it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.domain.crm.entities import same
from service.domain.crm.events import CrmEvent

ANALYZED = "visit.analyzed"
Ref = tuple[str, str]
"""What a rule may be about: a kind (`opportunity`, `person`, `region`, …) and an id."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as playbooks see it; `visit_id` is set where it speaks of a recorded visit."""

    id: str
    at: datetime
    type: str
    kind: str
    entity_id: str
    data: Mapping[str, Any]
    visit_id: str | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """Where it stands among others."""
        return self.at, self.id

    @classmethod
    def of(cls, event: CrmEvent) -> "Fact":
        """A CRM event as a fact."""
        return cls(event.id, event.occurred_at, event.type, event.kind, event.entity_id, event.data)


@dataclass(frozen=True, slots=True)
class Written:
    """One value that a field has had: since when, by which fact, and what it was before."""

    value: Any
    at: datetime
    fact_id: str
    before: Any = None


@dataclass(frozen=True, slots=True)
class _Run:
    """Things in order of time beside their moments, so that a moment is found by bisection."""

    moments: list[datetime] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)

    def add(self, moment: datetime, item: object) -> None:
        self.moments.append(moment)
        self.items.append(item)

    def until(self, moment: datetime) -> int:
        return bisect_right(self.moments, moment)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The facts about one subject with the look-ups that rules need."""

    ref: Ref
    facts: tuple[Fact, ...]
    _by_type: dict[str, _Run]
    _by_field: dict[str, _Run]

    @classmethod
    def of(cls, ref: Ref, facts: Iterable[Fact]) -> "Timeline":
        """The timeline of a subject from its facts in any order."""
        ordered = sorted({fact.id: fact for fact in facts}.values(), key=lambda fact: fact.order)
        by_type: dict[str, _Run] = {}
        by_field: dict[str, _Run] = {}
        for fact in ordered:
            by_type.setdefault(fact.type, _Run()).add(fact.at, fact)
            if (fact.kind, fact.entity_id) == ref:
                _write_fields(by_field, fact)
        return cls(ref, tuple(ordered), by_type, by_field)

    @property
    def first_at(self) -> datetime | None:
        """When the subject was first heard of."""
        return self.facts[0].at if self.facts else None

    def of_types(self, types: Sequence[str], *, until: datetime, since: datetime | None = None) -> list[Fact]:
        """Facts of these types with since < moment <= until, the oldest first."""
        found: list[Fact] = []
        for type_ in types:
            run = self._by_type.get(type_)
            if run is not None:
                start = 0 if since is None else run.until(since)
                found.extend(run.items[start : run.until(until)])
        if len(types) > 1:
            found.sort(key=lambda fact: fact.order)
        return found

    def written(self, name: str, *, at: datetime) -> Written | None:
        """The value of the subject's own field at a moment."""
        run = self._by_field.get(name)
        position = run.until(at) if run is not None else 0
        return None if run is None or position == 0 else run.items[position - 1]

    def value(self, name: str, *, at: datetime) -> Any:  # noqa: ANN401 - a CRM field holds any JSON value
        """The field's value at a moment, None where none was written."""
        found = self.written(name, at=at)
        return None if found is None else found.value


def _write_fields(by_field: dict[str, _Run], fact: Fact) -> None:
    for name, value in fact.data.items():
        run = by_field.setdefault(name, _Run())
        standing: Written | None = run.items[-1] if run.items else None
        if standing is not None and same(standing.value, value):
            continue  # a CRM that sends whole records over and over changes nothing
        run.add(fact.at, Written(value, fact.at, fact.id, None if standing is None else standing.value))
