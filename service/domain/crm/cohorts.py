"""What lost customers have in common: an exact test for each trait, and interventions ranked by what they answer.

Interpretable on purpose: each trait is one table of four counts that anybody can check. Invariant: a trait is called
common only when chance is an unlikely explanation after correcting for the number of traits tried.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.content.loss_patterns import Intervention, LossPattern, Trait
from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import is_filled, matches, number
from service.domain.evidence import local_day

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A customer lost or kept: its traits as `industry=制造业`, and the event that says so."""

    event: CrmEvent
    lost: bool
    traits: frozenset[str]


@dataclass(frozen=True, slots=True)
class TraitFinding:
    """A trait's table: lost and kept customers with it, of how many each; `p` is corrected."""

    trait: str
    title: str
    lost_with: int
    lost: int
    kept_with: int
    kept: int
    odds_ratio: float
    p: float
    because: tuple[str, ...]

    @property
    def strength(self) -> float:
        """How much of the loss it may explain: its share among the lost, times its log odds."""
        return self.lost_with / self.lost * math.log(self.odds_ratio)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An intervention, the common traits it answers, and their strength together."""

    intervention: Intervention
    answers: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class LossAnalysis:
    """A group that lost too many: the weekly rates, the common traits, what to do first."""

    group: str
    weeks: tuple[tuple[date, int, int], ...]
    findings: tuple[TraitFinding, ...]
    proposals: tuple[Proposal, ...]


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def loss_rates(pattern: LossPattern, events: Iterable[CrmEvent]) -> dict[str, dict[date, tuple[int, int]]]:
    """By group and week (its Monday): how many were lost, of how many that ended."""
    counts: dict[str, Counter[tuple[date, bool]]] = defaultdict(Counter)
    for event in events:
        lost, group = matches(pattern.lost, event), event.data.get(pattern.group_by)
        if (lost or matches(pattern.kept, event)) and isinstance(group, str) and group:
            counts[group][week_of(local_day(event.occurred_at)), lost] += 1
    return {
        group: {
            week: (found[week, True], found[week, True] + found[week, False]) for week in sorted({w for w, _ in found})
        }
        for group, found in counts.items()
    }


def groups_above(pattern: LossPattern, events: Sequence[CrmEvent], *, today: date) -> list[str]:
    """Groups whose last full weeks, as many as the pattern says, all lay above the threshold."""
    mondays = [week_of(today) - back * WEEK for back in range(1, pattern.weeks + 1)]
    found = []
    for group, weeks in loss_rates(pattern, events).items():
        counts = [weeks.get(monday, (0, 0)) for monday in mondays]
        if all(total and lost / total > pattern.threshold for lost, total in counts):
            found.append(group)
    return sorted(found)


def analyse(pattern: LossPattern, group: str, events: Sequence[CrmEvent]) -> LossAnalysis:
    """The common traits of a group's lost customers against its kept ones, and the interventions by their strength."""
    mine = [event for event in events if event.data.get(pattern.group_by) == group]
    cases = [_case(pattern, event) for event in mine if matches(pattern.lost, event) or matches(pattern.kept, event)]
    weeks = loss_rates(pattern, mine).get(group, {})
    findings = _findings(pattern, cases)
    return LossAnalysis(
        group,
        tuple((week, *counts) for week, counts in weeks.items()),
        findings,
        _proposals(pattern, findings),
    )


def fisher_greater(a: int, b: int, c: int, d: int) -> float:
    """The chance of at least `a` in the first cell of the table (a b / c d) with its margins as they are."""
    row, column, total = a + b, a + c, a + b + c + d
    ways = math.comb(total, column)
    tail = sum(math.comb(row, k) * math.comb(total - row, column - k) for k in range(a, min(row, column) + 1))
    return tail / ways


def holm(chances: Sequence[float]) -> list[float]:
    """Holm's correction for several tests, in the order given."""
    corrected = [0.0] * len(chances)
    worst = 0.0
    for rank, at in enumerate(sorted(range(len(chances)), key=lambda i: chances[i])):
        worst = max(worst, min(1.0, chances[at] * (len(chances) - rank)))
        corrected[at] = worst
    return corrected


def _case(pattern: LossPattern, event: CrmEvent) -> Case:
    values = (_value(trait, event.data) for trait in pattern.traits)
    traits = frozenset(
        f"{trait.id}={value}" for trait, value in zip(pattern.traits, values, strict=True) if value is not None
    )
    return Case(event, matches(pattern.lost, event), traits)


def _value(trait: Trait, data: Mapping[str, object]) -> str | None:
    value = data.get(trait.field)
    if not is_filled(value):
        return None
    if trait.short_below is not None:
        found = number(value)
        return None if found is None else "short" if found < trait.short_below else "long"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _findings(pattern: LossPattern, cases: Sequence[Case]) -> tuple[TraitFinding, ...]:
    lost, kept = [case for case in cases if case.lost], [case for case in cases if not case.lost]
    with_trait = Counter(trait for case in lost for trait in case.traits)
    tried = sorted(trait for trait, n in with_trait.items() if n >= pattern.min_lost)
    titles = {trait.id: trait.title for trait in pattern.traits}
    tables = []
    for trait in tried:
        known = trait.partition("=")[0]
        # Only customers of whom the field is known: an empty field says nothing either way.
        mine = [case for case in lost if any(it.startswith(f"{known}=") for it in case.traits)]
        theirs = [case for case in kept if any(it.startswith(f"{known}=") for it in case.traits)]
        having = [case for case in mine if trait in case.traits]
        tables.append((trait, having, mine, sum(trait in case.traits for case in theirs), len(theirs)))
    chances = holm([fisher_greater(len(a), len(m) - len(a), c, t - c) for _, a, m, c, t in tables])
    findings = [
        TraitFinding(trait, titles[trait.partition("=")[0]], len(having), len(mine), kept_with, n_kept,
                     _odds_ratio(len(having), len(mine) - len(having), kept_with, n_kept - kept_with), p,
                     tuple(case.event.id for case in having))
        for (trait, having, mine, kept_with, n_kept), p in zip(tables, chances, strict=True)
        if p < pattern.significance
    ]  # fmt: skip
    return tuple(sorted(findings, key=lambda found: (-found.strength, found.trait)))


def _odds_ratio(a: int, b: int, c: int, d: int) -> float:
    """With half a case added to each cell (Haldane), so that an empty one gives a number."""
    return (a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))


def _proposals(pattern: LossPattern, findings: Sequence[TraitFinding]) -> tuple[Proposal, ...]:
    """The strongest first; those that answer nothing found come last, in the order of the file."""
    ranked = []
    for intervention in pattern.interventions:
        answered = [
            found
            for found in findings
            if found.trait in intervention.answers or found.trait.partition("=")[0] in intervention.answers
        ]
        weight = sum(found.strength for found in answered)
        ranked.append(Proposal(intervention, tuple(found.trait for found in answered), weight))
    return tuple(sorted(ranked, key=lambda proposal: -proposal.weight)[: pattern.proposed])
