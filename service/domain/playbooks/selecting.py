"""What each selection of a rule sees on a subject's timeline at one moment.

Invariant: nothing after the moment is looked at; every value comes with the facts behind it; a number that is missing
is NaN, which is neither above nor below anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan
from typing import Any

from service.domain.content.playbook_selections import FindingIs, SelectionKind, When
from service.domain.content.playbook_values import BusinessHours
from service.domain.playbooks.hours import worked_between
from service.domain.playbooks.measures import clashes, days_running, metres_between, per_period
from service.domain.playbooks.timeline import ANALYZED, Fact, Timeline, Written
from service.domain.playbooks.values import as_number, as_text, instant_of, local_date, shown

NEVER = timedelta(days=3_650)  # how far away an instant is that nobody has written
ZERO = timedelta(0)
PROOFS_KEPT = 5
Office = BusinessHours | None


@dataclass(frozen=True, slots=True)
class Proof:
    """One fact behind a verdict: which event, when, what it said; the words, where somebody spoke."""

    event_id: str
    at: datetime
    what: str
    value: str = ""
    visit_id: str | None = None
    turn: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a selection offers at a moment; `cause` names the fact that makes it new, `anchors` are moments its ages
    count from, `moments` are when it will look different though nothing happens."""

    values: Mapping[str, Any]
    cause: str = ""
    proofs: tuple[Proof, ...] = ()
    anchors: tuple[datetime, ...] = ()
    deadlines: tuple[datetime, ...] = ()
    moments: tuple[datetime, ...] = ()


def see(when: When, timeline: Timeline, at: datetime, *, office: BusinessHours | None = None) -> Seen:
    """What a selection sees at `at`.

    Args:
        office: also measure ages in its working time, which takes longer.
    """
    return _LOOKS[when.kind](when, timeline, at, office)


def _field(when: When, timeline: Timeline, at: datetime, office: Office) -> Seen:
    name = when.field or ""
    written = timeline.written(name, at=at)
    # A node that nobody ever touched is as old as its subject.
    since = written.at if written is not None else timeline.first_at
    value = None if written is None else written.value
    deadline = instant_of(value)
    values = {
        "present": value is not None and value != "",
        "value": as_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value,
        "text": as_text(value),
        "number": as_number(value),
        "before": as_text(written.before) if written is not None else "",
        "age": at - since if since is not None else ZERO,
        "worked": worked_between(since, at, office) if office and since is not None else ZERO,
        "until": deadline - at if deadline is not None else NEVER,
        "day": "" if deadline is None else f"{local_date(deadline):%Y%m%d}",
    }
    proofs = () if written is None else (_field_proof(name, written),)
    anchors = () if since is None else (since,)
    return Seen(values, "" if written is None else written.fact_id, proofs, anchors,
                () if deadline is None else (deadline,))  # fmt: skip


def _event(when: When, timeline: Timeline, at: datetime, office: Office) -> Seen:
    since = None if when.within is None else at - when.within
    found = _matching(when, timeline.of_types(when.event or (), until=at, since=since))
    last = found[-1] if found else None
    taken = {key: _taken(last.data.get(key) if last else None) for key in when.take}
    values = {
        "present": last is not None,
        "n": len(found),
        "age": at - last.at if last else ZERO,
        "worked": worked_between(last.at, at, office) if office and last else ZERO,
        **taken,
    }
    leaves = () if when.within is None or last is None else (found[0].at + when.within, last.at + when.within)
    return Seen(values, last.id if last else "", _proofs(found[-1:], when.take), (last.at,) if last else (), (), leaves)


def _absent(when: When, timeline: Timeline, at: datetime, office: Office) -> Seen:
    found = _matching(when, timeline.of_types(when.absent or (), until=at))
    last = found[-1] if found else None
    since = last.at if last is not None else timeline.first_at
    if since is None or when.for_ is None:
        return Seen({"holds": False, "age": ZERO, "worked": ZERO}, "never")
    elapsed = at - since
    values = {
        "holds": elapsed >= when.for_,
        "age": elapsed,
        "worked": worked_between(since, at, office) if office else ZERO,
    }
    return Seen(values, last.id if last else "never", _proofs(found[-1:]), (since,), (), (since + when.for_,))


def _count(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    if when.within is None:
        return Seen({"n": 0, "distinct": 0})
    found = _matching(when, timeline.of_types(when.count or (), until=at, since=at - when.within))
    distinct = len({as_text(fact.data.get(when.distinct)) for fact in found}) if when.distinct else len(found)
    leaves = (found[0].at + when.within,) if found else ()
    return Seen({"n": len(found), "distinct": distinct}, found[-1].id if found else "", _proofs(found), (), (), leaves)


def _finding(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    since = None if when.within is None else at - when.within
    visits = timeline.of_types((ANALYZED,), until=at, since=since)
    found = [(fact, said) for fact in visits for said in fact.data.get("findings", ()) if _said(when.finding, said)]
    if not found:
        return Seen({"present": False, "n": 0, "age": ZERO, "quote": "", "code": ""})
    fact, said = found[-1]
    values = {"present": True, "n": len(found), "age": at - fact.at, "quote": str(said.get("quote", "")),
              "code": str(said["code"])}  # fmt: skip
    proofs = tuple(
        Proof(fact.id, fact.at, f"{said['kind']}:{said['code']}", "", fact.visit_id, said["turn"], said["quote"])
        for fact, said in found[-PROOFS_KEPT:]
    )
    leaves = () if when.within is None else (found[0][0].at + when.within, fact.at + when.within)
    return Seen(values, fact.id, proofs, (fact.at,), (), leaves)


def _series(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    if when.period is None:
        return Seen({"known": False, "values": [], "baseline": 0.0, "max_ratio": nan, "min_ratio": nan})
    since = at - when.period * (when.last + when.baseline)
    found = _matching(when, timeline.of_types(when.series or (), until=at, since=since))
    points = [(fact.at, as_number(fact.data.get(when.sum_of)) if when.sum_of else 1.0) for fact in found]
    recent, mean = per_period(points, at=at, period=when.period, last=when.last, baseline=when.baseline,
                              first_at=timeline.first_at)  # fmt: skip
    ratios = [value / mean for value in recent] if mean else []
    values = {
        "known": bool(ratios),
        "values": recent,
        "baseline": mean,
        "max_ratio": max(ratios, default=nan),
        "min_ratio": min(ratios, default=nan),
    }
    leaves = (found[0].at + when.period,) if found else ()
    return Seen(values, "", _proofs(found), (), (), leaves)


def _gap(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    pair = [timeline.written(name, at=at) for name in when.gap or ()]
    instants = [instant_of(written.value) if written else None for written in pair]
    first, second = instants if len(instants) == 2 else (None, None)
    cause, proofs = _own(when.gap or (), pair)
    if first is None or second is None:
        return Seen({"present": False, "minutes": nan, "hours": nan}, cause, proofs)
    minutes = abs((first - second).total_seconds()) / 60
    return Seen({"present": True, "minutes": minutes, "hours": minutes / 60}, cause, proofs)


def _distance(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    written = [timeline.written(name, at=at) for name in when.fields]
    numbers = [as_number(found.value) if found else nan for found in written]
    cause, proofs = _own(when.fields, written)
    metres = metres_between((numbers[0], numbers[1]), (numbers[2], numbers[3]))
    return Seen({"present": metres == metres, "metres": metres}, cause, proofs)  # noqa: PLR0124 - NaN is not itself


def _clash(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    found = _matching(when, timeline.of_types(when.clash or (), until=at))
    overlapping = clashes(found, start=when.start or "", end=when.end or "")
    cause = overlapping[-1].id if overlapping else ""
    return Seen({"present": bool(overlapping), "n": len(overlapping)}, cause, _proofs(overlapping))


def _streak(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    found = _matching(when, timeline.of_types(when.streak or (), until=at))
    days, key, members = days_running(found, when.key or "", at=at, similar=when.similar)
    cause = f"{members[0].id}" if members else ""
    return Seen({"present": days > 0, "days": days, "key": key}, cause, _proofs(members, (when.key or "",)))


_LOOKS: Mapping[SelectionKind, Callable[[When, Timeline, datetime, Office], Seen]] = {
    "field": _field,
    "event": _event,
    "absent": _absent,
    "count": _count,
    "finding": _finding,
    "series": _series,
    "gap": _gap,
    "distance": _distance,
    "clash": _clash,
    "streak": _streak,
}


def _matching(when: When, facts: list[Fact]) -> list[Fact]:
    if not when.match:
        return facts
    return [fact for fact in facts if all(match.holds(fact.data.get(key)) for key, match in when.match.items())]


def _said(wanted: FindingIs | None, said: Mapping[str, Any]) -> bool:
    if wanted is None or said.get("kind") != wanted.kind:
        return False
    if wanted.role is not None and said.get("role") != wanted.role:
        return False
    return float(said.get("score", 0)) >= wanted.min_score and ("any" in wanted.codes or said["code"] in wanted.codes)


def _taken(value: object) -> object:
    return as_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _own(names: Sequence[str], written: Sequence[Written | None]) -> tuple[str, tuple[Proof, ...]]:
    """The latest of several fields as the cause, and all of them as proofs."""
    known = [(name, found) for name, found in zip(names, written, strict=True) if found is not None]
    latest = max(known, key=lambda pair: (pair[1].at, pair[1].fact_id), default=None)
    return "" if latest is None else latest[1].fact_id, tuple(_field_proof(name, found) for name, found in known)


def _field_proof(name: str, written: Written) -> Proof:
    return Proof(written.fact_id, written.at, name, shown(written.value))


def _proofs(facts: Sequence[Fact], keys: Sequence[str] = ()) -> tuple[Proof, ...]:
    """The newest facts, each with the values taken from it."""
    return tuple(
        Proof(fact.id, fact.at, fact.type, "，".join(shown(fact.data[key]) for key in keys if key in fact.data),
              fact.visit_id)
        for fact in facts[-PROOFS_KEPT:]
    )  # fmt: skip
