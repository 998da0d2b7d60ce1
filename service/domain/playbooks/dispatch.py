"""Who gets a lead: its heat (industry, budget band, urgency) against each rep's coefficient of the last thirty days.

Invariant: every number comes from events that can be named; reps of equal worth are taken in turn, those with the
fewest leads of the day first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from service.domain.playbooks.timeline import Fact
from service.domain.playbooks.values import as_number, as_text

MONTH = timedelta(days=30)
WON = frozenset({"won", "closed_won", "赢单", "成交"})
URGENCY: Mapping[str, float] = {"high": 40, "高": 40, "紧急": 40, "medium": 25, "中": 25, "low": 10, "低": 10}
BUDGET_BANDS = ((1_000_000, 40.0), (300_000, 30.0), (100_000, 20.0))
SMALL_BUDGET = 10.0
KNOWN_INDUSTRY = 20.0
WEIGHTS = {"wins": 0.4, "cases": 0.3, "response": 0.3}
QUICK_MINUTES = 15.0  # a rep who answers within this has the full mark for response


@dataclass(frozen=True, slots=True)
class Record:
    """What a rep's events of thirty days say, and how many leads came today; None where no lead was answered."""

    person: str
    wins: int
    cases: int
    response_minutes: float | None
    today: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A rep with the coefficient (0 to 1) and what it is made of."""

    record: Record
    coefficient: float


@dataclass(frozen=True, slots=True)
class Form:
    """What thirty days up to a midnight say of a rep, with the events behind it; `cases` are wins by industry."""

    person: str
    wins: int = 0
    cases: Mapping[str, int] = field(default_factory=dict)
    response_minutes: float | None = None
    because: tuple[str, ...] = ()

    def record(self, industry: str, *, today: int = 0) -> Record:
        """The form as it counts for a lead of an industry, of whom `today` leads were given to already."""
        return Record(self.person, self.wins, self.cases.get(industry, 0), self.response_minutes, today)


def form_of(person: str, facts: Sequence[Fact], *, at: datetime) -> Form:
    """A rep's form as of `at`, from the facts that name them."""
    recent = [fact for fact in facts if at - MONTH < fact.at <= at]
    won = {fact.entity_id: fact for fact in recent if fact.type == "opportunity.won"
           or (fact.kind == "opportunity" and as_text(fact.data.get("stage")).lower() in WON)}  # fmt: skip
    industries: dict[str, dict[str, str]] = {}
    for fact in facts:
        industry = as_text(fact.data.get("industry"))
        if fact.at <= at and industry and fact.entity_id in won:
            industries.setdefault(industry, {})[fact.entity_id] = fact.id
    assigned: dict[str, Fact] = {}
    answered: list[tuple[Fact, Fact]] = []
    for fact in recent:
        if fact.type == "lead.assigned":
            assigned[fact.entity_id] = fact
        elif fact.type == "lead.confirmed" and fact.entity_id in assigned:
            answered.append((assigned.pop(fact.entity_id), fact))
    waits = [(confirmed.at - given.at) / timedelta(minutes=1) for given, confirmed in answered]
    behind = [fact.id for fact in won.values()]
    behind += [fact_id for named in industries.values() for fact_id in named.values()]
    behind += [fact.id for pair in answered for fact in pair]
    return Form(person, len(won), {industry: len(named) for industry, named in sorted(industries.items())},
                median(waits) if waits else None, tuple(dict.fromkeys(behind)))  # fmt: skip


def form_to_json(form: Form) -> dict[str, Any]:
    """The form as a day's row keeps it; the events behind it stand beside."""
    return {"wins": form.wins, "cases": dict(form.cases), "response_minutes": form.response_minutes}


def form_from_json(person: str, plain: Mapping[str, Any], because: tuple[str, ...] = ()) -> Form:
    """The form that `form_to_json` wrote."""
    return Form(person, plain["wins"], dict(plain["cases"]), plain["response_minutes"], because)


def coefficients_of(forms: Sequence[Form]) -> dict[str, dict[str, float]]:
    """Each rep's coefficient against all of these, by industry; under the empty name for a lead of any other one."""
    industries = sorted({industry for form in forms for industry in form.cases})
    found: dict[str, dict[str, float]] = {form.person: {} for form in forms}
    for industry in ("", *industries):
        for each in rank([form.record(industry) for form in forms]):
            found[each.record.person][industry] = each.coefficient
    return found


def rank(records: Sequence[Record]) -> list[Ranked]:
    """Reps by their coefficient, the best first."""
    wins, cases = (max((getattr(record, name) for record in records), default=0) for name in ("wins", "cases"))
    ranked = []
    for record in records:
        speed = 0.0 if record.response_minutes is None else min(1.0, QUICK_MINUTES / max(record.response_minutes, 1.0))
        parts = {"wins": record.wins / wins if wins else 0.0, "cases": record.cases / cases if cases else 0.0,
                 "response": speed}  # fmt: skip
        ranked.append(Ranked(record, round(sum(WEIGHTS[name] * value for name, value in parts.items()), 4)))
    return sorted(ranked, key=lambda each: (-each.coefficient, each.record.today, each.record.person))


def heat_of(lead: Mapping[str, object], *, known_industry: bool) -> float:
    """How hot a lead is, 0 to 100: urgency up to 40, budget band up to 40, an industry we have cases in 20."""
    budget = as_number(lead.get("budget"))
    band = next((points for least, points in BUDGET_BANDS if budget >= least), SMALL_BUDGET)
    urgency = URGENCY.get(as_text(lead.get("urgency")).lower(), URGENCY["low"])
    return urgency + band + (KNOWN_INDUSTRY if known_industry else 0.0)


def choose(ranked: Sequence[Ranked], *, heat: float, hot_from: float, top: int, without: str = "") -> Ranked | None:
    """The rep for a lead: a hot one goes to the best `top` in turn, another to the best for what they already have."""
    free = [each for each in ranked if each.record.person != without]
    if not free:
        return None
    if heat >= hot_from:
        return min(free[:top], key=lambda each: (each.record.today, -each.coefficient, each.record.person))
    return min(free, key=lambda each: (-(each.coefficient + 0.1) / (1 + each.record.today), each.record.person))
