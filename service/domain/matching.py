"""Finds what a selection points at in a visit and its history.

Invariant: every match carries evidence; a finding whose quote is not in its turn matches nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nlp.types import Finding, NextStep, Role
from service.domain.coaching.readings import Reading, Readings
from service.domain.content.selections import ANY, PromiseIs, Selection
from service.domain.evidence import Evidence, find_evidence, local_day, turn_of
from service.domain.visit import VisitRecord

SOON = timedelta(days=21)  # a promise for next spring needs no reminder today


@dataclass(frozen=True, slots=True)
class Match:
    """One thing said that a selection points at; `amount`, `due` and `what` where the words give them."""

    evidence: Evidence
    kind: str
    code: str
    score: float
    amount: str | None = None
    due: date | None = None
    what: str | None = None


def find_matches(
    selection: Selection,
    *,
    visit: VisitRecord | None,
    earlier: Sequence[VisitRecord],
    now: datetime,
    readings: Readings | None = None,
) -> list[Match]:
    """What the selection points at, one match a turn (the surest), oldest first; empty when it does not hold.

    Args:
        visit: this visit, None before one begins.
        earlier: visits before it, in any order; only the newest `selection.visits` are looked at.
        readings: what was read of these visits for the same answer before.
    """
    readings = Readings() if readings is None else readings
    found: list[Match] = []
    for record in visits_in_scope(selection, visit=visit, earlier=earlier):
        found.extend(_matches_in(selection, readings.of(record), now=now))
    found = [match for match in found if match.score >= selection.min_score]
    if selection.max_age_days is not None:
        oldest = now - timedelta(days=selection.max_age_days)
        found = [match for match in found if match.evidence.said_at >= oldest]
    found = _one_a_turn(found)
    in_visits = {match.evidence.visit_id for match in found}
    holds = len(found) >= selection.at_least and len(in_visits) >= selection.in_visits
    return found if holds else []


def visits_in_scope(
    selection: Selection, *, visit: VisitRecord | None, earlier: Sequence[VisitRecord]
) -> list[VisitRecord]:
    """The visits a selection looks at, oldest first."""
    scope: list[VisitRecord] = []
    if selection.scope != "this" and selection.visits:
        scope.extend(sorted(earlier, key=lambda record: record.visited_at)[-selection.visits :])
    if selection.scope != "earlier" and visit is not None:
        scope.append(visit)
    return scope


def _one_a_turn(matches: Sequence[Match]) -> list[Match]:
    """Two keywords or two labels in one breath are one thing said."""
    surest: dict[tuple[str, int], Match] = {}
    for match in matches:
        key = (match.evidence.visit_id, match.evidence.turn)
        if key not in surest or match.score > surest[key].score:
            surest[key] = match
    return sorted(surest.values(), key=lambda match: (match.evidence.said_at, match.evidence.turn))


def _matches_in(selection: Selection, reading: Reading, *, now: datetime) -> Iterator[Match]:
    if selection.promise is not None:
        yield from _promises(selection.promise, reading.visit, today=local_day(now))
    elif selection.objection:
        yield from _objections(selection, reading)
    else:
        yield from _others(selection, reading)


@dataclass(frozen=True, slots=True)
class _Listed:
    """Things of one kind said in a visit, in the order they were found, and their places by every code they go by."""

    said: Sequence[tuple[Match, Role, str]]  # with the finding's role and, of objections, whether it was answered
    places: Mapping[str, Sequence[int]]

    def of(self, codes: Sequence[str]) -> Iterator[tuple[Match, Role, str]]:
        """Those that go by one of the codes, in the order they were found."""
        if ANY in codes:
            yield from self.said
            return
        found = [self.places[code] for code in codes if code in self.places]
        for place in found[0] if len(found) == 1 else sorted({place for places in found for place in places}):
            yield self.said[place]


def _list(said: Sequence[tuple[Match, Role, str, tuple[str, ...]]]) -> _Listed:
    places: dict[str, list[int]] = {}
    for place, (_, _, _, codes) in enumerate(said):
        for code in dict.fromkeys(codes):
            places.setdefault(code, []).append(place)
    return _Listed([(match, role, state) for match, role, state, _ in said], places)


def _raised(reading: Reading) -> _Listed:
    said = [
        (_match(reading, one.finding, one.evidence), one.finding.role, "open" if one.answer is None else "handled",
         (one.finding.code,))
        for one in reading.raised
    ]  # fmt: skip
    return _list(said)


def _signals(reading: Reading) -> _Listed:
    return _found(reading, "signal")


def _keywords(reading: Reading) -> _Listed:
    return _found(reading, "keyword")


def _found(reading: Reading, kind: str) -> _Listed:
    """Findings whose quote is in their turn; a keyword goes by its category, too."""
    said: list[tuple[Match, Role, str, tuple[str, ...]]] = []
    for finding in reading.of_kind(kind):
        evidence = reading.evidence_of(finding)
        if evidence is not None:
            category = str(finding.attributes.get("category", finding.code)) if kind == "keyword" else finding.code
            said.append((_match(reading, finding, evidence), finding.role, "", (category, finding.code)))
    return _list(said)


def _objections(selection: Selection, reading: Reading) -> Iterator[Match]:
    for match, _, answered in reading.kept(_raised).of(selection.objection):
        if selection.state in ("any", answered):
            yield match


def _others(selection: Selection, reading: Reading) -> Iterator[Match]:
    listed = reading.kept(_signals).of(selection.signal) if selection.signal else (
        reading.kept(_keywords).of(selection.keyword)
    )  # fmt: skip
    for match, role, _ in listed:
        if selection.role is None or role == selection.role:
            yield match


def _promises(rule: PromiseIs, visit: VisitRecord, *, today: date) -> Iterator[Match]:
    for step in visit.analysis.next_steps:
        if rule.by not in ("anyone", step.who) or not _is_due(rule, step, today=today):
            continue
        said = turn_of(visit, step.turn)
        quote = step.quote or (said.text if said else "")
        evidence = find_evidence(visit, turn=step.turn, quote=quote)
        if evidence is not None:
            yield Match(evidence, "promise", step.who, 1.0, due=step.due, what=step.what)


def _is_due(rule: PromiseIs, step: NextStep, *, today: date) -> bool:
    if rule.due == "any":
        return True
    if step.due is None:
        return rule.due == "undated"
    upcoming = today <= step.due <= today + SOON
    return {"dated": True, "overdue": step.due < today, "upcoming": upcoming}.get(rule.due, False)


def _match(reading: Reading, finding: Finding, evidence: Evidence) -> Match:
    return Match(evidence, finding.kind, finding.code, finding.score, amount=reading.amount_in(finding.turn))
