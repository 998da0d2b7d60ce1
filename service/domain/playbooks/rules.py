"""A rule ready to be judged: its file's content with compiled conditions, and what of the world can wake it.

Conditions are compiled by an adapter behind two small Protocols, so that the engine knows no expression language.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from service.domain.content.playbook_selections import ValueType
from service.domain.content.playbook_values import BusinessHours
from service.domain.content.playbooks import Playbook
from service.domain.playbooks.hours import OFFICE
from service.domain.playbooks.timeline import ANALYZED, Fact, Ref

_CONSTANT = re.compile(r"""\b(days|hours|minutes)\s*\(([0-9]{1,5})\)""", re.ASCII)


class Condition(Protocol):
    """A compiled expression over the attributes of a rule's selections."""

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it is true; raises RuleFailed when it cannot be told from these values."""
        ...


class Conditions(Protocol):
    """The expression engine."""

    def compile(self, text: str, names: Mapping[str, ValueType]) -> Condition:
        """The condition; raises ValueError with the reason and the column when it is no boolean over these names."""
        ...


class RuleFailed(Exception):
    """A condition could not be told from the values it met; the rule is reported, not fired."""


@dataclass(frozen=True)
class Rule:
    """A playbook, its compiled expressions, its file's text, which version it is, and since when that counts.

    `office` is when people work who are asked for; working time and schedules count by it.
    """

    book: Playbook
    conditions: Mapping[str, Condition]
    version: str
    since: datetime | None = None
    constants: tuple[timedelta, ...] = field(default=())
    text: str = field(default="", repr=False)
    office: BusinessHours = OFFICE

    @property
    def id(self) -> str:
        """The playbook's id."""
        return self.book.id

    @cached_property
    def types(self) -> frozenset[str]:
        """Event types whose arrival may change the verdict."""
        found = {type_ for when in self.book.when.values() for type_ in when.types}
        if any(when.finding is not None for when in self.book.when.values()):
            found.add(ANALYZED)
        return frozenset(found)

    @cached_property
    def fields(self) -> frozenset[str]:
        """Fields of the subject whose change may change the verdict."""
        return frozenset(name for when in self.book.when.values() for name in when.fields)

    @cached_property
    def waits(self) -> bool:
        """Whether the verdict can change by time passing alone."""
        return self.book.every is not None or bool(self.constants) or any(
            when.absent or when.count or when.within or when.series or when.streak for when in self.book.when.values()
        )  # fmt: skip

    @cached_property
    def worked(self) -> frozenset[str]:
        """The selections whose age in working time is asked for."""
        texts = "\n".join(self.book.expressions.values())
        return frozenset(name for name in self.book.when if f"{name}.worked" in texts)

    @cached_property
    def timed(self) -> frozenset[str]:
        """The selections of which a duration is asked for: no other becomes different by passing a constant."""
        texts = "\n".join(self.book.expressions.values())
        asked = {name: [key for key, type_ in when.attributes.items() if type_ == "duration"]
                 for name, when in self.book.when.items()}  # fmt: skip
        return frozenset(name for name, keys in asked.items() if any(f"{name}.{key}" in texts for key in keys))

    @cached_property
    def causes(self) -> tuple[str, ...]:
        """The selections whose latest fact makes a new cause; empty where an unbroken spell is one cause."""
        if self.book.cause:
            return self.book.cause
        for kinds in (("event", "finding"), ("gap", "distance"), ("field",), ("absent", "streak")):
            named = tuple(name for name, when in self.book.when.items() if when.kind in kinds)
            if named:
                return named
        return ()


def names_of(book: Playbook) -> dict[str, ValueType]:
    """What expressions of the rule may name, with types: `selection.attribute`."""
    return {f"{name}.{attribute}": type_ for name, when in book.when.items()
            for attribute, type_ in when.attributes.items()}  # fmt: skip


def durations_in(expressions: Sequence[str]) -> tuple[timedelta, ...]:
    """Every duration that expressions compare with, written `days(3)`, `hours(72)`, `minutes(15)`."""
    found = {timedelta(**{unit: int(number)}) for text in expressions for unit, number in _CONSTANT.findall(text)}
    return tuple(sorted(found))


class RuleReader(Protocol):
    """Reads the text of a rule's file."""

    def read(self, text: str, *, source: str) -> Rule:
        """The rule; raises ContentInvalid with one line a fault, each with file, line, key and way out."""
        ...


@dataclass(frozen=True)
class RuleBook:
    """All rules in force for a tenant, indexed by what they are about; `digest` changes when any of them does."""

    rules: tuple[Rule, ...]
    digest: str = ""

    @cached_property
    def by_subject(self) -> Mapping[str, tuple[Rule, ...]]:
        """Rules in use by the kind of their subject."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            if rule.book.in_use:
                found.setdefault(rule.book.subject, []).append(rule)
        return {kind: tuple(rules) for kind, rules in found.items()}

    @cached_property
    def _by_type(self) -> Mapping[tuple[str, str], tuple[Rule, ...]]:
        found: dict[tuple[str, str], list[Rule]] = {}
        for kind, rules in self.by_subject.items():
            for rule in rules:
                for type_ in rule.types:
                    found.setdefault((kind, type_), []).append(rule)
        return {key: tuple(rules) for key, rules in found.items()}

    @cached_property
    def _by_field(self) -> Mapping[tuple[str, str], tuple[Rule, ...]]:
        found: dict[tuple[str, str], list[Rule]] = {}
        for kind, rules in self.by_subject.items():
            for rule in rules:
                for name in rule.fields:
                    found.setdefault((kind, name), []).append(rule)
        return {key: tuple(rules) for key, rules in found.items()}

    def woken(self, fact: Fact, ref: Ref) -> dict[str, Rule]:
        """The rules about this subject that the fact may change, by id."""
        found = {rule.id: rule for rule in self._by_type.get((ref[0], fact.type), ())}
        if (fact.kind, fact.entity_id) == ref and self._by_field:
            for name in fact.data:
                found.update((rule.id, rule) for rule in self._by_field.get((ref[0], name), ()))
        return found


def book_of(rules: Iterable[Rule]) -> RuleBook:
    """The rules, sorted by id, as one book with its digest."""
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    versions = "\n".join(f"{rule.id} {rule.version} {rule.since} {rule.office}" for rule in ordered)
    return RuleBook(ordered, hashlib.sha256(versions.encode()).hexdigest()[:16])
