"""What each selection of a rule sees on a subject's timeline at one moment.

Invariant: nothing after the moment is looked at; every value comes with the facts behind it; a number that is missing
is NaN, which is neither above nor below anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from math import isnan, nan
from typing import Any

from service.domain.content.playbook_selections import SelectionKind, When
from service.domain.content.playbook_values import BusinessHours
from service.domain.playbooks.choosing import Chosen, Heard, heard, matching, reading
from service.domain.playbooks.hours import worked_between
from service.domain.playbooks.measures import (
    LOOKED_BACK,
    Plan,
    Saying,
    clashes,
    days_running,
    metres_between,
    per_period,
    plan_of,
    saying_of,
)
from service.domain.playbooks.timeline import Fact, Run, Timeline, Written
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


def _no_proof() -> tuple[Proof, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a selection offers at a moment; `cause` names the fact that makes it new, `anchors` are moments its ages
    count from, `moments` are when it will look different though nothing happens.

    Proofs are worded when somebody asks: of a thousand looks one leads to an alert.
    """

    values: Mapping[str, Any]
    cause: str = ""
    prove: Callable[[], tuple[Proof, ...]] = field(default=_no_proof, compare=False, repr=False)
    anchors: tuple[datetime, ...] = ()
    deadlines: tuple[datetime, ...] = ()
    moments: tuple[datetime, ...] = ()

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """The facts behind it."""
        return self.prove()


def see(when: When, timeline: Timeline, at: datetime, *, office: BusinessHours | None = None) -> Seen:
    """What a selection sees at `at`.

    Args:
        office: also measure ages in its working time, which takes longer.
    """
    return _LOOKS[when.kind](when, timeline, at, office)


@dataclass(frozen=True, slots=True)
class _Content:
    """What a written value says whenever it is looked at."""

    values: Mapping[str, Any]
    deadline: datetime | None


def _content_of(written: Written | None) -> _Content:
    value = None if written is None else written.value
    deadline = instant_of(value)
    number = as_number(value)
    values = {
        "present": value is not None and value != "",
        "value": number if isinstance(value, int | float) and not isinstance(value, bool) else value,
        "text": as_text(value),
        "number": number,
        "before": as_text(written.before) if written is not None else "",
        "day": "" if deadline is None else f"{local_date(deadline):%Y%m%d}",
    }
    return _Content(values, deadline)


_UNWRITTEN = _content_of(None)


def _field(when: When, timeline: Timeline, at: datetime, office: Office) -> Seen:
    name = when.field or ""
    written = timeline.written(name, at=at)
    # A node that nobody ever touched is as old as its subject.
    since = written.at if written is not None else timeline.first_at
    content = _UNWRITTEN if written is None else timeline.kept(written, partial(_content_of, written))
    deadline = content.deadline
    values = {
        **content.values,
        "age": at - since if since is not None else ZERO,
        "worked": worked_between(since, at, office) if office and since is not None else ZERO,
        "until": deadline - at if deadline is not None else NEVER,
    }
    anchors = () if since is None else (since,)
    deadlines = () if deadline is None else (deadline,)
    if written is None:
        return Seen(values, "", _no_proof, anchors, deadlines)
    return Seen(values, written.fact_id, partial(_field_proofs, name, written), anchors, deadlines)


def _event(when: When, timeline: Timeline, at: datetime, office: Office) -> Seen:
    since = None if when.within is None else at - when.within
    run = matching(when, timeline)
    place = run.within(since, at)
    number = place.stop - place.start
    last = run.items[place.stop - 1] if number else None
    taken = {key: _taken(last.data.get(key) if last else None) for key in when.take}
    values = {
        "present": last is not None,
        "n": number,
        "age": at - last.at if last else ZERO,
        "worked": worked_between(last.at, at, office) if office and last else ZERO,
        **taken,
    }
    if last is None:
        return Seen(values)
    leaves = () if when.within is None else (run.moments[place.start] + when.within, last.at + when.within)
    return Seen(values, last.id, partial(_proofs, (last,), when.take), (last.at,), (), leaves)


def _absent(when: When, timeline: Timeline, at: datetime, office: Office) -> Seen:
    run = matching(when, timeline)
    place = run.until(at)
    last = run.items[place - 1] if place else None
    since = last.at if last is not None else timeline.first_at
    if since is None or when.for_ is None:
        return Seen({"holds": False, "age": ZERO, "worked": ZERO}, "never")
    elapsed = at - since
    values = {
        "holds": elapsed >= when.for_,
        "age": elapsed,
        "worked": worked_between(since, at, office) if office else ZERO,
    }
    prove = partial(_proofs, () if last is None else (last,))
    return Seen(values, last.id if last else "never", prove, (since,), (), (since + when.for_,))


def _count(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    if when.within is None:
        return Seen({"n": 0, "distinct": 0})
    chosen = reading(when, timeline, partial(_text_at, when.distinct))
    run, place = chosen.run, chosen.run.within(at - when.within, at)
    number = place.stop - place.start
    if not number:
        return Seen({"n": 0, "distinct": 0})
    distinct = len(set(chosen.read[place])) if when.distinct else number
    leaves = (run.moments[place.start] + when.within,)
    return Seen({"n": number, "distinct": distinct}, run.items[place.stop - 1].id,
                partial(_newest, run, place), (), (), leaves)  # fmt: skip


def _text_at(key: str | None, fact: Fact) -> str:
    return as_text(fact.data.get(key)) if key else ""


def _finding(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    since = None if when.within is None else at - when.within
    run = heard(when, timeline)
    place = run.within(since, at)
    number = place.stop - place.start
    if not number:
        return Seen({"present": False, "n": 0, "age": ZERO, "quote": "", "code": ""})
    fact, said = run.items[place.stop - 1]
    values = {"present": True, "n": number, "age": at - fact.at, "quote": as_text(said.get("quote")),
              "code": as_text(said["code"])}  # fmt: skip
    leaves = () if when.within is None else (run.moments[place.start] + when.within, fact.at + when.within)
    return Seen(values, fact.id, partial(_quoted, run, place), (fact.at,), (), leaves)


def _quoted(run: Run[Heard], place: slice) -> tuple[Proof, ...]:
    return tuple(
        Proof(fact.id, fact.at, f"{as_text(said.get('kind'))}:{as_text(said['code'])}", "", fact.visit_id,
              _turn_of(said), as_text(said.get("quote")))
        for fact, said in run.items[_last(place)]
    )  # fmt: skip


def _turn_of(said: Mapping[str, Any]) -> int | None:
    turn = said.get("turn")
    return turn if isinstance(turn, int) and not isinstance(turn, bool) else None


def _series(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    if when.period is None:
        return Seen({"known": False, "values": [], "baseline": 0.0, "max_ratio": nan, "min_ratio": nan})
    chosen = reading(when, timeline, partial(_number_at, when.sum_of))
    run, place = chosen.run, chosen.run.within(at - when.period * (when.last + when.baseline), at)
    points = zip(run.moments[place], chosen.read[place], strict=True)
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
    leaves = (run.moments[place.start] + when.period,) if place.stop > place.start else ()
    return Seen(values, "", partial(_newest, run, place), (), (), leaves)


def _number_at(key: str | None, fact: Fact) -> float:
    return as_number(fact.data.get(key)) if key else 1.0


def _gap(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    pair = [timeline.written(name, at=at) for name in when.gap or ()]
    instants = [instant_of(written.value) if written else None for written in pair]
    first, second = instants if len(instants) == 2 else (None, None)
    cause, prove = _own(when.gap or (), pair)
    if first is None or second is None:
        return Seen({"present": False, "minutes": nan, "hours": nan}, cause, prove)
    minutes = abs((first - second).total_seconds()) / 60
    return Seen({"present": True, "minutes": minutes, "hours": minutes / 60}, cause, prove)


def _distance(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    written = [timeline.written(name, at=at) for name in when.fields]
    numbers = [as_number(found.value) if found else nan for found in written]
    cause, prove = _own(when.fields, written)
    metres = metres_between((numbers[0], numbers[1]), (numbers[2], numbers[3]))
    return Seen({"present": not isnan(metres), "metres": metres}, cause, prove)


def _clash(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    chosen: Chosen[Plan] = reading(when, timeline, partial(plan_of, start=when.start or "", end=when.end or ""))
    overlapping = clashes(chosen.read[: chosen.run.until(at)])
    cause = overlapping[-1].id if overlapping else ""
    return Seen({"present": bool(overlapping), "n": len(overlapping)}, cause, partial(_proofs, overlapping))


def _streak(when: When, timeline: Timeline, at: datetime, _office: Office) -> Seen:
    chosen: Chosen[Saying] = reading(when, timeline, partial(saying_of, key=when.key or ""))
    said = chosen.read[chosen.run.within(at - LOOKED_BACK, at)]
    days, key, members = days_running(said, at=at, similar=when.similar)
    cause = f"{members[0].id}" if members else ""
    # The first has the wording that all of them are told by.
    kept = members if len(members) <= PROOFS_KEPT else [members[0], *members[1 - PROOFS_KEPT :]]
    return Seen({"present": days > 0, "days": days, "key": key}, cause, partial(_proofs, kept, (when.key or "",)))


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


def _taken(value: object) -> object:
    return as_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _own(names: Sequence[str], written: Sequence[Written | None]) -> tuple[str, Callable[[], tuple[Proof, ...]]]:
    """The latest of several fields as the cause, and all of them as proofs."""
    known = [(name, found) for name, found in zip(names, written, strict=True) if found is not None]
    latest = max(known, key=lambda pair: (pair[1].at, pair[1].fact_id), default=None)
    return "" if latest is None else latest[1].fact_id, partial(_each_field, known)


def _each_field(known: Sequence[tuple[str, Written]]) -> tuple[Proof, ...]:
    return tuple(_field_proof(name, found) for name, found in known)


def _field_proof(name: str, written: Written) -> Proof:
    return Proof(written.fact_id, written.at, name, shown(written.value))


def _field_proofs(name: str, written: Written) -> tuple[Proof, ...]:
    return (_field_proof(name, written),)


def _last(place: slice) -> slice:
    """Of a part of a run the newest that are shown as proofs."""
    return slice(max(place.start, place.stop - PROOFS_KEPT), place.stop)


def _newest(run: Run[Fact], place: slice) -> tuple[Proof, ...]:
    return _proofs(run.items[_last(place)])


def _proofs(facts: Sequence[Fact], keys: Sequence[str] = ()) -> tuple[Proof, ...]:
    """The newest facts, each with the values taken from it."""
    return tuple(
        Proof(fact.id, fact.at, fact.type, "，".join(shown(fact.data[key]) for key in keys if key in fact.data),
              fact.visit_id, *_words_of(fact))
        for fact in facts[-PROOFS_KEPT:]
    )  # fmt: skip


def _words_of(fact: Fact) -> tuple[int | None, str]:
    """The turn and the words behind a fact that was said in a visit as a whole, not found there as one of many."""
    quote = fact.data.get("quote")
    return (_turn_of(fact.data), quote) if fact.visit_id and isinstance(quote, str) else (None, "")
