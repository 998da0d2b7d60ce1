"""What is read off visits again and again while one answer is made, worked out once for each visit.

A briefing asks some eighty cards and items about the same few visits. Whoever makes one answer makes one `Readings` and
hands it on; it dies with the answer.

Invariant: a reading says what its visit says; it is found by the record itself, never by its id, so that two versions
of one visit are never mixed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from nlp.types import Finding
from service.domain.evidence import Evidence, evidence_of
from service.domain.objections import RaisedObjection, raised_objections
from service.domain.visit import VisitRecord

T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """One visit as far as it was asked about."""

    visit: VisitRecord
    _raised: list[RaisedObjection] | None = None
    _by_kind: dict[str, list[Finding]] | None = None
    _evidence: dict[int, Evidence | None] = field(default_factory=dict)  # by the finding's place in memory
    _money: dict[int, str] | None = None
    _kept: dict[Callable[["Reading"], Any], Any] = field(default_factory=dict)

    @property
    def raised(self) -> list[RaisedObjection]:
        """The visit's objections, as `raised_objections` gives them."""
        if self._raised is None:
            self._raised = raised_objections(self.visit)
        return self._raised

    def of_kind(self, kind: str) -> Sequence[Finding]:
        """The visit's findings of a kind, in the order they were found."""
        if self._by_kind is None:
            self._by_kind = {}
            for finding in self.visit.analysis.findings:
                self._by_kind.setdefault(finding.kind, []).append(finding)
        return self._by_kind.get(kind, ())

    def evidence_of(self, finding: Finding) -> Evidence | None:
        """The evidence for a finding of this visit."""
        if id(finding) not in self._evidence:
            self._evidence[id(finding)] = evidence_of(self.visit, finding)
        return self._evidence[id(finding)]

    def kept(self, make: Callable[["Reading"], T]) -> T:
        """What `make` makes of this visit, made once."""
        if make not in self._kept:
            self._kept[make] = make(self)
        made: T = self._kept[make]
        return made

    def amount_in(self, turn: int) -> str | None:
        """The first sum of money that the turn names."""
        if self._money is None:
            self._money = {}
            for finding in self.of_kind("entity"):
                if finding.code == "money":
                    self._money.setdefault(finding.turn, finding.quote)
        return self._money.get(turn)


@dataclass(slots=True)
class Readings:
    """The visits that one answer is made from, each read once."""

    _read: dict[int, Reading] = field(default_factory=dict)  # a reading keeps its record, so its place stays its own

    def raised(self, visit: VisitRecord) -> list[RaisedObjection]:
        """The visit's objections."""
        return self.of(visit).raised

    def of(self, visit: VisitRecord) -> Reading:
        """The visit's reading; a second asking gets the first one's."""
        reading = self._read.get(id(visit))
        if reading is None:
            reading = self._read[id(visit)] = Reading(visit)
        return reading
