"""Whether a deal is paid as far as its card asks, and what each person's part of the commission is worked out from.

Invariant: a payment that was corrected counts once, by its newest amount; every sum names the payments behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.content.closed_loops import ClosedLoop
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import matches, number


@dataclass(frozen=True, slots=True)
class Split:
    """How a deal's attribution was decided: the shares, in which way, and the events behind it."""

    shares: Mapping[str, float]
    by: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """A deal that is paid: what it is called now, what was owed and what came in, and whose is how much of it."""

    becomes: str
    owed: float | None
    paid: float
    base: float
    shares: Mapping[str, float]
    amounts: Mapping[str, float]
    by: str
    because: tuple[str, ...]


def close(card: ClosedLoop, opportunity: Entity, events: Sequence[CrmEvent], split: Split | None) -> Closed | None:
    """The closed loop of a deal; None while it is not paid.

    Args:
        events: those that name the opportunity, as packs name them.
        split: its attribution, where that is decided.
    """
    ordered = sorted(events, key=lambda event: event.order)
    payments = [event for event in ordered if matches(card.paid, event)]
    final = [event for event in ordered if card.final is not None and matches(card.final, event)]
    amounts = {event.entity_id: number(event.data.get(card.amount_field)) or 0.0 for event in payments}
    paid, owed = sum(amounts.values()), number(opportunity.get(card.owed_field))
    if not final and (not payments or owed is None or paid < owed * card.share):
        return None
    terms, owner = card.commission, opportunity.get("owner_id")
    base = paid if terms.base == "paid" or owed is None else owed
    alone = {str(owner): 1.0} if owner and terms.without_attribution == "owner" else {}
    shares = dict(split.shares) if split else alone
    told = dict.fromkeys([*(event.id for event in payments), *(event.id for event in final)])
    return Closed(
        becomes=card.becomes,
        owed=owed,
        paid=paid,
        base=base,
        shares=shares,
        amounts={who: round(base * share, terms.digits) for who, share in shares.items()},
        by=split.by if split else terms.without_attribution,
        because=(*told, *(split.because if split else ())),
    )
