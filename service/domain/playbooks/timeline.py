"""Everything that happened to one subject, in the order it happened, whatever order it arrived in.

Invariant: facts are sorted by (moment, id) and each id stands once; a question about a moment sees only facts up to it.
Rules ask the same of one timeline at thousands of moments: what does not depend on the moment is sorted out once, and a
moment is then found by bisection.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from service.domain.crm.entities import same
from service.domain.crm.events import CrmEvent

ANALYZED = "visit.analyzed"
T = TypeVar("T")
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
class Run(Generic[T]):
    """Things in order of time beside their moments, so that a moment is found by bisection."""

    moments: list[datetime] = field(default_factory=list)
    items: list[T] = field(default_factory=list)

    def add(self, moment: datetime, item: T) -> None:
        """Put one more at the end, which is not before the others."""
        self.moments.append(moment)
        self.items.append(item)

    def until(self, moment: datetime) -> int:
        """How many were there at a moment."""
        return bisect_right(self.moments, moment)

    def within(self, since: datetime | None, until: datetime) -> slice:
        """Where those with since < moment <= until stand; `stop` is never before `start`."""
        start = 0 if since is None else self.until(since)
        return slice(start, max(start, self.until(until)))


@dataclass(frozen=True, slots=True)
class Timeline:
    """The facts about one subject with the look-ups that rules need."""

    ref: Ref
    facts: tuple[Fact, ...]
    _moments: list[datetime] = field(repr=False)
    _by_type: dict[str, Run[Fact]] = field(repr=False)
    _by_field: dict[str, Run[Written]] = field(repr=False)
    _naming: dict[str, list[datetime]] = field(repr=False)
    _kept: dict[int, tuple[object, Any]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, ref: Ref, facts: Iterable[Fact]) -> "Timeline":
        """The timeline of a subject from its facts in any order."""
        ordered = sorted({fact.id: fact for fact in facts}.values(), key=lambda fact: fact.order)
        by_type: dict[str, Run[Fact]] = {}
        by_field: dict[str, Run[Written]] = {}
        naming: dict[str, list[datetime]] = {}
        for fact in ordered:
            by_type.setdefault(fact.type, Run()).add(fact.at, fact)
            if (fact.kind, fact.entity_id) == ref:
                _write_fields(by_field, naming, fact)
        return cls(ref, tuple(ordered), [fact.at for fact in ordered], by_type, by_field, naming)

    @property
    def first_at(self) -> datetime | None:
        """When the subject was first heard of."""
        return self._moments[0] if self._moments else None

    def of_types(self, types: Sequence[str]) -> Run[Fact]:
        """All facts of these types, the oldest first."""
        found = [self._by_type[type_] for type_ in types if type_ in self._by_type]
        if len(found) == 1:
            return found[0]
        merged = sorted((fact for run in found for fact in run.items), key=lambda fact: fact.order)
        return Run([fact.at for fact in merged], merged)

    def kept(self, owner: object, make: Callable[[], T]) -> T:
        """What `make` gives, worked out once for this timeline and for `owner`, which is known by identity."""
        found = self._kept.get(id(owner))
        if found is None:
            found = self._kept[id(owner)] = owner, make()  # the owner is held, so that its id stays its own
        kept: T = found[1]
        return kept

    def moments_naming(
        self, types: Iterable[str], names: Iterable[str], *, after: datetime | None, until: datetime
    ) -> set[datetime]:
        """When facts of these types, or facts of the subject itself that name one of these fields, happened."""
        runs = [self._by_type[type_].moments for type_ in types if type_ in self._by_type]
        runs += [self._naming[name] for name in names if name in self._naming]
        found: set[datetime] = set()
        for moments in runs:
            start = 0 if after is None else bisect_right(moments, after)
            found.update(moments[start : bisect_right(moments, until)])
        return found

    def stirs(self, after: datetime, until: datetime) -> bool:
        """Whether anything happened after one moment, up to another."""
        place = bisect_right(self._moments, after)
        return place < len(self._moments) and self._moments[place] <= until

    def written(self, name: str, *, at: datetime) -> Written | None:
        """The value of the subject's own field at a moment."""
        run = self._by_field.get(name)
        position = run.until(at) if run is not None else 0
        return None if run is None or position == 0 else run.items[position - 1]

    def value(self, name: str, *, at: datetime) -> Any:  # noqa: ANN401 - a CRM field holds any JSON value
        """The field's value at a moment, None where none was written."""
        found = self.written(name, at=at)
        return None if found is None else found.value


def _write_fields(by_field: dict[str, Run[Written]], naming: dict[str, list[datetime]], fact: Fact) -> None:
    for name, value in fact.data.items():
        naming.setdefault(name, []).append(fact.at)
        run = by_field.setdefault(name, Run())
        standing = run.items[-1] if run.items else None
        if standing is not None and same(standing.value, value):
            continue  # a CRM that sends whole records over and over changes nothing
        run.add(fact.at, Written(value, fact.at, fact.id, None if standing is None else standing.value))
