"""What the CRM says of an account right now, as facts that people are told: each names the events behind it.

Invariant: a fact holds only while a record's present state says so, and everything it tells was written by one of the
events it names or by another event of the same record; nothing in the future counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from service.domain.content.facts import FACT_SLOT, OWN_SLOTS, PART, CrmLine, FactCard, FieldIs, RecordIs
from service.domain.crm.entities import Entity, FieldValue, replay
from service.domain.crm.events import CrmEvent, EntityKind, event_id
from service.domain.evidence import local_day, spoken_day
from service.domain.playbooks.values import instant_of, shown, spoken

EMPTY: tuple[object, ...] = (None, "", [], {})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FactEvent:
    """One CRM event behind a fact: when it happened, and what it says: a field's value, or that it happened."""

    event_id: str
    at: datetime
    what: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact as told; `since` is when its event happened, or where fields make it one, when the last of them changed.

    `because` names the events behind it; `source` says that no customer's words stand behind it.
    """

    fact: str
    title: str
    text: str
    kind: EntityKind
    entity_id: str
    since: datetime
    because: tuple[FactEvent, ...]
    source: Literal["crm"] = "crm"


NO_FACTS: Mapping[str, KnownFact] = {}


@dataclass(frozen=True, slots=True)
class AccountRecords:
    """The account's records, and of each the newest event of every type that facts ask about."""

    entities: tuple[Entity, ...] = ()
    events: tuple[CrmEvent, ...] = ()

    def about(self, opportunity_id: str | None) -> "AccountRecords":
        """Without the records of other opportunities; all of them where none is named."""
        if opportunity_id is None:
            return self
        kept = tuple(entity for entity in self.entities if _deal_of(entity) in (None, opportunity_id))
        return AccountRecords(kept, self.events)


def asked_of(cards: Sequence[FactCard]) -> tuple[tuple[EntityKind, ...], tuple[str, ...]]:
    """The kinds of records and the types of events that these facts look at, each once."""
    ways = [way for card in cards if card.in_use for way in card.when]
    kinds = tuple(sorted({way.of for way in ways}))
    return kinds, tuple(sorted({type_ for way in ways for type_ in way.types}))


def known_facts(
    cards: Sequence[FactCard], records: AccountRecords, *, now: datetime, opportunity_id: str | None = None
) -> dict[str, KnownFact]:
    """The facts that hold at `now`, by id; of several records that fit, the one whose fact is the newest.

    Args:
        opportunity_id: what the talk is about; records of other opportunities then say nothing.
    """
    seen = records.about(opportunity_id)
    happened: dict[tuple[str, str], list[CrmEvent]] = {}
    for event in seen.events:
        if event.occurred_at <= now:
            happened.setdefault((event.kind, event.entity_id), []).append(event)
    found = (_known(card, seen.entities, happened, now=now) for card in cards if card.in_use)
    return {fact.fact: fact for fact in found if fact is not None}


def example_records(lines: Iterable[CrmLine]) -> AccountRecords:
    """The records that an example's events add up to."""
    events = [
        CrmEvent(
            event_id("example", str(number)), "example", line.type, line.kind, line.id, line.at, line.at, line.data
        )
        for number, line in enumerate(lines)
    ]
    places = dict.fromkeys((event.kind, event.entity_id) for event in events)
    entities = (
        replay(kind, id_, [event for event in events if (event.kind, event.entity_id) == (kind, id_)])
        for kind, id_ in places
    )
    return AccountRecords(tuple(entities), tuple(events))


def _deal_of(entity: Entity) -> str | None:
    """The opportunity a record is, or belongs to."""
    if entity.kind == "opportunity":
        return entity.id
    named = entity.get("opportunity_id")
    return named if isinstance(named, str) and named else None


def _known(
    card: FactCard,
    entities: Sequence[Entity],
    happened: Mapping[tuple[str, str], Sequence[CrmEvent]],
    *,
    now: datetime,
) -> KnownFact | None:
    everything = [event for events in happened.values() for event in events]
    for way in card.when:
        fitting: list[KnownFact] = []
        for entity in entities:
            told = everything if way.across else happened.get((entity.kind, entity.id), ())
            proofs = _proofs(way, entity, told, now=now) if entity.kind == way.of else None
            fact = _told(card, entity, proofs, is_event=bool(way.happened), now=now) if proofs else None
            if fact is not None:
                fitting.append(fact)
        if fitting:
            return max(fitting, key=lambda fact: (fact.since, fact.entity_id))
    return None


def _proofs(way: RecordIs, entity: Entity, told: Sequence[CrmEvent], *, now: datetime) -> list[FactEvent] | None:
    """The events by which the record fits; None where it does not."""
    if way.never and any(event.type in way.never for event in told):
        return None
    proofs: list[FactEvent] = []
    if way.happened:
        newest = max((event for event in told if event.type in way.happened), key=lambda it: it.order, default=None)
        if newest is None or not _aged(newest.occurred_at, way.older_than, way.newer_than, now=now):
            return None
        proofs.append(FactEvent(newest.id, newest.occurred_at, newest.type))
    for name, wanted in way.fields.items():
        written = entity.fields.get(name)
        if not _is(wanted, written, now=now):
            return None
        if written is not None and written.value not in EMPTY:
            proofs.append(FactEvent(written.event_id, written.changed_at, name, _shown(written.value, now=now)))
    return proofs


def _is(wanted: FieldIs, written: FieldValue | None, *, now: datetime) -> bool:
    value = None if written is None or written.changed_at > now else written.value
    is_known = value not in EMPTY
    if wanted.known is not None and wanted.known != is_known:
        return False
    if not wanted.holds(value):
        return False
    asks_age = wanted.older_than is not None or wanted.newer_than is not None
    if asks_age and not is_known:
        return False
    if written is not None and not _aged(written.changed_at, wanted.older_than, wanted.newer_than, now=now):
        return False
    return _names_day(wanted, value, now=now)


def _names_day(wanted: FieldIs, value: object, *, now: datetime) -> bool:
    """Whether the day that the field names lies where it should; by calendar days, as people count them."""
    if wanted.past is None and wanted.ahead is None:
        return True
    moment = instant_of(value)
    if moment is None:
        return False
    back = local_day(now) - local_day(moment)
    is_past = wanted.past is None or back >= wanted.past
    return is_past and (wanted.ahead is None or timedelta(0) <= -back <= wanted.ahead)


def _aged(at: datetime, older_than: timedelta | None, newer_than: timedelta | None, *, now: datetime) -> bool:
    age = now - at
    return (older_than is None or age >= older_than) and (newer_than is None or age < newer_than)


def _told(
    card: FactCard, entity: Entity, proofs: Sequence[FactEvent], *, is_event: bool, now: datetime
) -> KnownFact | None:
    since = proofs[0].at if is_event else max(proof.at for proof in proofs)
    text = _filled(card.text, entity, since, now=now)
    if text is None:
        return None
    return KnownFact(card.id, card.title, text, entity.kind, entity.id, since, tuple(proofs))


def _filled(text: str, entity: Entity, since: datetime, *, now: datetime) -> str | None:
    own = {"day": spoken_day(local_day(since), today=local_day(now)), "age": _age(now - since)}

    def known(name: str) -> bool:
        return name in OWN_SLOTS or entity.get(name) not in EMPTY

    def value(name: str) -> str:
        return own[name] if name in OWN_SLOTS else _shown(entity.get(name), now=now)

    kept = PART.sub(lambda part: part[1] if all(map(known, FACT_SLOT.findall(part[1]))) else "", text)
    if not all(map(known, FACT_SLOT.findall(kept))):
        return None
    return FACT_SLOT.sub(lambda slot: value(slot[1]), kept)


def _age(age: timedelta) -> str:
    """How long ago, in whole days from the first on."""
    return f"{age // _DAY}天" if age >= _DAY else spoken(max(timedelta(0), age))


def _shown(value: Any, *, now: datetime) -> str:  # noqa: ANN401 - a CRM field holds any JSON value
    """A field's value as people say it: a day as a day."""
    moment = instant_of(value)
    return spoken_day(local_day(moment), today=local_day(now)) if moment is not None else shown(value)
