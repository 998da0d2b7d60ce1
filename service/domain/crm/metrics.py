"""Values of metrics: a number, how many observations it rests on, and the events or entities behind each.

Invariant: a value under three observations is not given; every observation names what it was read from.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from service.domain.content.metrics import (
    Answered,
    Average,
    CauseBranch,
    Complete,
    Delay,
    Fresh,
    Measure,
    Metric,
    Ratio,
    Share,
    ShareOfEvents,
)
from service.domain.content.playbook_values import BusinessHours
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent, EntityKind
from service.domain.crm.selecting import describes, is_filled, matches, number
from service.domain.playbooks.hours import OFFICE, add_worked
from service.domain.playbooks.values import instant_of

ENOUGH = 3
Status = Literal["good", "bad", "insufficient_data"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One case: its value (1 or 0 for a share), whom it is about, and the events it was read from."""

    value: float
    subject: str
    because: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric at a moment; `value` is None while there are too few observations."""

    metric: Metric
    value: float | None
    n: int
    status: Status
    observations: tuple[Observation, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Cause:
    """A possible cause: how many events name it, its share among all of its branch, and which they are."""

    branch: str
    name: str
    n: int
    share: float
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a metric is read from: events in their order, and entities as they stood at `until`; when people work."""

    events: Sequence[CrmEvent]
    entities: Sequence[Entity]
    office: BusinessHours = OFFICE


def value_of(metric: Metric, facts: Facts, *, until: datetime) -> MetricValue:
    """The metric over its window before `until`."""
    since = until - metric.window
    observations = tuple(_OBSERVERS[type(metric.how)](metric.how, facts, since, until))
    n = len(observations)
    value = _combined(metric, observations) if n >= ENOUGH else None
    status: Status = "insufficient_data" if value is None else "good" if metric.threshold.holds(value) else "bad"
    return MetricValue(metric, value, n, status, observations, since, until)


def beside_of(metric: Metric, facts: Facts, *, until: datetime) -> tuple[float | None, int] | None:
    """The raw figure beside the metric and its number of observations; None where it has none."""
    if metric.beside is None:
        return None
    raw = metric.model_copy(update={"how": metric.beside.how, "beside": None})
    observations = tuple(_OBSERVERS[type(raw.how)](raw.how, facts, until - metric.window, until))
    return (_combined(raw, observations) if observations else None), len(observations)


def causes_of(metric: Metric, events: Iterable[CrmEvent], *, since: datetime, until: datetime) -> list[Cause]:
    """The metric's cause tree: within each branch, the causes by how often they are named."""
    known = [event for event in events if since <= event.occurred_at <= until]
    return [cause for branch in metric.causes for cause in _causes(branch, known)]


def types_of(metric: Metric) -> tuple[str, ...]:
    """The types of events this metric and its causes are read from."""
    found = [
        kind
        for how in _hows(metric)
        for name in ("each", "good", "gather", "answer", "part")
        if (match := getattr(how, name, None)) is not None
        for kind in match.every_type
    ]
    return tuple(dict.fromkeys([*found, *(kind for branch in metric.causes for kind in branch.events.every_type)]))


def kinds_of(metric: Metric) -> tuple[EntityKind, ...]:
    """The kinds of entities this metric is read from."""
    names = [(how, name) for how in _hows(metric) for name in ("of", "top", "bottom")]
    return tuple(dict.fromkeys(match.kind for how, name in names if (match := getattr(how, name, None)) is not None))


def _hows(metric: Metric) -> tuple[Measure, ...]:
    return (metric.how,) if metric.beside is None else (metric.how, metric.beside.how)


def _combined(metric: Metric, observations: Sequence[Observation]) -> float | None:
    if isinstance(metric.how, Delay):
        return median(observation.value for observation in observations)
    weight = sum(observation.weight for observation in observations)
    if isinstance(metric.how, Ratio):
        below = -sum(min(observation.value, 0) for observation in observations)
        return sum(max(observation.value, 0) for observation in observations) / below if below else None
    return sum(observation.value * observation.weight for observation in observations) / weight if weight else None


def _share_of_events(how: ShareOfEvents, facts: Facts, since: datetime, until: datetime) -> Iterable[Observation]:
    asked = [event for event in _within(facts.events, since, until) if matches(how.each, event)]
    about: dict[tuple[str, str], list[CrmEvent]] = defaultdict(list)
    for event in _within(facts.events, since, until):
        if how.gather is not None and matches(how.gather, event):
            about[event.kind, event.entity_id].append(event)
    for event in asked:
        if (event.kind, event.entity_id) in about:
            about[event.kind, event.entity_id].append(event)
        else:
            yield Observation(float(matches(how.good, event)), event.entity_id, (event.id,))
    for told in about.values():
        own = sorted({event.id: event for event in told}.values(), key=lambda event: event.order)
        newest = next((event for event in reversed(own) if matches(how.each, event)), None)
        if newest is None:
            continue
        data = {name: value for event in own for name, value in event.data.items() if is_filled(value)}
        good = float(matches(how.good, replace(newest, data=data)))
        yield Observation(good, newest.entity_id, tuple(event.id for event in own))


def _answered(how: Answered, facts: Facts, since: datetime, until: datetime) -> Iterable[Observation]:
    answers = _answers(how, facts.events, until)
    for event in _within(facts.events, since, until):
        if not matches(how.each, event):
            continue
        due = _due(how, event, facts.office)
        if due is None:
            continue
        answer = _first_after(answers, _key(how.same, event), event)
        in_time = answer is not None and answer.occurred_at <= due
        if in_time or due <= until:
            because = (event.id, answer.id) if answer is not None else (event.id,)
            yield Observation(float(in_time), event.entity_id, because)


def _delays(how: Delay, facts: Facts, since: datetime, until: datetime) -> Iterable[Observation]:
    answers = _answers(how, facts.events, until)
    for event in _within(facts.events, since, until):
        answer = _first_after(answers, _key(how.same, event), event) if matches(how.each, event) else None
        if answer is not None:
            hours = (answer.occurred_at - event.occurred_at) / timedelta(hours=1)
            yield Observation(hours, event.entity_id, (event.id, answer.id))


def _fresh(how: Fresh, facts: Facts, since: datetime, until: datetime) -> Iterable[Observation]:
    del since  # what is fresh is a matter of now
    for entity in facts.entities:
        if describes(how.of, entity) and entity.last_event_at is not None:
            last = max(entity.fields.values(), key=lambda value: value.seen, default=None)
            because = () if last is None else (last.seen_id,)
            yield Observation(float(until - entity.last_event_at <= how.within), entity.id, because)


def _complete(how: Complete, facts: Facts, since: datetime, until: datetime) -> Iterable[Observation]:
    del since, until  # the state as it is
    for entity in facts.entities:
        if describes(how.of, entity):
            filled = [name for name in how.fields if is_filled(entity.get(name))]
            because = tuple(dict.fromkeys(entity.fields[name].event_id for name in filled))
            yield Observation(len(filled) / len(how.fields), entity.id, because)


def _ratio(how: Ratio, facts: Facts, since: datetime, until: datetime) -> Iterable[Observation]:
    """What stands above the line counts up, what stands below it down."""
    del since, until
    for entity in facts.entities:
        for match, name, sign in ((how.top, how.top_field, 1), (how.bottom, how.bottom_field, -1)):
            amount = number(entity.get(name)) if describes(match, entity) else None
            if amount is not None and amount >= 0:
                yield Observation(sign * amount, entity.id, (entity.fields[name].event_id,))


def _average(how: Average, facts: Facts, since: datetime, until: datetime) -> Iterable[Observation]:
    for event in _within(facts.events, since, until):
        amount = number(event.data.get(how.field)) if matches(how.each, event) else None
        if amount is not None:
            yield Observation(amount, event.entity_id, (event.id,))


def _share_of_amount(how: Share, facts: Facts, since: datetime, until: datetime) -> Iterable[Observation]:
    for event in _within(facts.events, since, until):
        amount = number(event.data.get(how.field)) if matches(how.each, event) else None
        if amount is not None and amount > 0:
            yield Observation(float(matches(how.part, event)), event.entity_id, (event.id,), amount)


_OBSERVERS: Mapping[type, Callable[..., Iterable[Observation]]] = {
    ShareOfEvents: _share_of_events,
    Answered: _answered,
    Delay: _delays,
    Fresh: _fresh,
    Complete: _complete,
    Ratio: _ratio,
    Average: _average,
    Share: _share_of_amount,
}


def _within(events: Iterable[CrmEvent], since: datetime, until: datetime) -> Iterable[CrmEvent]:
    return (event for event in events if since <= event.occurred_at <= until)


def _answers(
    how: Answered | Delay, events: Iterable[CrmEvent], until: datetime
) -> Mapping[tuple[object, ...], Sequence[CrmEvent]]:
    found: dict[tuple[object, ...], list[CrmEvent]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.order):
        key = _key(how.same, event)
        if key is not None and event.occurred_at <= until and matches(how.answer, event):
            found[key].append(event)
    return found


def _first_after(
    answers: Mapping[tuple[object, ...], Sequence[CrmEvent]], key: tuple[object, ...] | None, event: CrmEvent
) -> CrmEvent | None:
    mine = answers.get(key, ()) if key is not None else ()
    return next((answer for answer in mine if answer.order >= event.order and answer.id != event.id), None)


def _key(same: Sequence[str], event: CrmEvent) -> tuple[object, ...] | None:
    """What an answer must share; `entity_id`, `opportunity_id` and `owner_id` are read from the event itself."""
    own = {"entity_id": event.entity_id, "opportunity_id": event.opportunity_id, "owner_id": event.owner_id}
    values = tuple(str(own.get(name) or event.data.get(name) or "") for name in same)
    return values if all(values) else None


def _due(how: Answered, event: CrmEvent, office: BusinessHours) -> datetime | None:
    """Until when the event is to be answered, by its own word before the metric's."""
    if how.within is not None:
        return event.occurred_at + how.within
    due = instant_of(event.data.get(how.due_field or ""))
    if due is None and how.worked_within is not None:
        return add_worked(event.occurred_at, how.worked_within, office)
    return due


def _causes(branch: CauseBranch, events: Iterable[CrmEvent]) -> list[Cause]:
    named: dict[str, list[str]] = defaultdict(list)
    for event in events:
        name = event.data.get(branch.by)
        if matches(branch.events, event) and isinstance(name, str) and name:
            named[name].append(event.id)
    total = sum(map(len, named.values()))
    ordered = sorted(named.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Cause(branch.title, name, len(ids), len(ids) / total, tuple(ids)) for name, ids in ordered]
