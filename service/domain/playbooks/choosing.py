"""Which facts a selection points at, sorted out once for a timeline, whatever the moment it is looked at.

Invariant: nothing here depends on a moment; who asks about one takes the part of a run that was there by then.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from service.domain.content.playbook_selections import FindingIs, When
from service.domain.playbooks.timeline import ANALYZED, Fact, Run, Timeline
from service.domain.playbooks.values import as_number

T = TypeVar("T")
Heard = tuple[Fact, Mapping[str, Any]]
"""A visit and one finding in it."""


@dataclass(frozen=True, slots=True)
class Chosen(Generic[T]):
    """The facts that a selection points at, and what it reads in each of them."""

    run: Run[Fact]
    read: list[T]


def matching(when: When, timeline: Timeline) -> Run[Fact]:
    """All facts of the selection's types that match it, the oldest first."""
    return timeline.kept(when, partial(_match, when, timeline))


def reading(when: When, timeline: Timeline, read: Callable[[Fact], T]) -> Chosen[T]:
    """The same with what `read` finds in each of them; a selection is always read by the same one."""
    return timeline.kept(when, partial(_read, when, timeline, read))


def heard(when: When, timeline: Timeline) -> Run[Heard]:
    """All findings of the subject's visits that the selection points at, in the order they were said."""
    return timeline.kept(when, partial(_hear, when, timeline))


def _match(when: When, timeline: Timeline) -> Run[Fact]:
    run = timeline.of_types(when.types)
    if not when.match:
        return run
    asked = tuple(when.match.items())
    found = [fact for fact in run.items if all(match.holds(fact.data.get(key)) for key, match in asked)]
    return Run([fact.at for fact in found], found)


def _read(when: When, timeline: Timeline, read: Callable[[Fact], T]) -> Chosen[T]:
    run = _match(when, timeline)
    return Chosen(run, [read(fact) for fact in run.items])


def _hear(when: When, timeline: Timeline) -> Run[Heard]:
    run: Run[Heard] = Run()
    for fact in timeline.of_types((ANALYZED,)).items:
        for said in _findings_in(fact):
            if _is_wanted(when.finding, said):
                run.add(fact.at, (fact, said))
    return run


def _findings_in(fact: Fact) -> Iterator[Mapping[str, Any]]:
    """A CRM may send an event of this name too, with anything in it: what is no finding is passed over."""
    found = fact.data.get("findings")
    for said in found if isinstance(found, list | tuple) else ():
        if isinstance(said, Mapping) and isinstance(said.get("code"), str):
            yield said


def _is_wanted(wanted: FindingIs | None, said: Mapping[str, Any]) -> bool:
    if wanted is None or said.get("kind") != wanted.kind:
        return False
    if wanted.role is not None and said.get("role") != wanted.role:
        return False
    return as_number(said.get("score", 0)) >= wanted.min_score and (
        "any" in wanted.codes or said["code"] in wanted.codes
    )
