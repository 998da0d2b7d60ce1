"""Whether two messages tell of one thing: an order that two systems report is one order.

An event's id follows from (source, external id) and catches what a sender repeats under it. This catches the rest:
another id, but the same record, the same happening by any of its names, the same instant and the same fields.
Invariant: an event that says no time of its own is never taken for another; nor are two that one sender tells apart by
their ids and dates to whole minutes only, because two such things may well have happened in one minute.
"""

from datetime import datetime

from service.domain.content.vocabulary import Vocabulary
from service.domain.crm.events import CrmEvent, EntityKind

Place = tuple[EntityKind, str, datetime]
"""A record and the instant at which something happened to it."""


def place_of(event: CrmEvent) -> Place | None:
    """Where another telling of this event would be found; None where its sender said no time."""
    if event.occurred_at == event.received_at:
        return None
    return event.kind, event.entity_id, event.occurred_at


def is_same_thing(one: CrmEvent, other: CrmEvent, *, names: Vocabulary) -> bool:
    """Whether both tell of one thing, under two ids.

    Args:
        names: what else senders call an event; an order that was `order.created` here was `order.placed` there.
    """
    if place_of(one) is None or place_of(one) != place_of(other) or one.data != other.data:
        return False
    if names.accepted(one.type) != names.accepted(other.type):
        return False
    said_twice = (one.source, one.type) == (other.source, other.type)
    return not said_twice or bool(one.occurred_at.second or one.occurred_at.microsecond)
