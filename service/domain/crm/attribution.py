"""Splits a deal by who did what with proof, and says whether that is disputed.

The difference of a deal is the largest distance between the share somebody claims and the share the proofs give;
where nobody claims anything, the CRM's owner is taken to claim it all. Invariant: shares add up to 1 or there are none.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.content.attribution import AttributedAction, AttributionCard
from service.domain.crm.entities import Entity
from service.domain.crm.events import CrmEvent
from service.domain.crm.selecting import matches, number

CLAIMED = "attribution.claimed"
AGREED = "attribution.agreed"
RULED = "attribution.ruled"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one person's proof of one action is worth in points, and the events that prove it."""

    action: AttributedAction
    person: str
    points: float
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """A won deal: proven contributions, the shares they give, what was claimed, and how far apart both are."""

    opportunity_id: str
    won_by: CrmEvent
    contributions: tuple[Contribution, ...]
    unproven: tuple[str, ...]
    shares: Mapping[str, float]
    claims: Mapping[str, float]
    difference: float
    disputed: bool


def attribute(card: AttributionCard, opportunity: Entity, events: Sequence[CrmEvent]) -> Attribution | None:
    """The split of a deal by its proofs; None while it is not won."""
    ordered = sorted(events, key=lambda event: event.order)
    won = next((event for event in ordered if matches(card.won, event)), None)
    if won is None:
        return None
    contributions = [found for action in card.actions for found in _proven(action, ordered)]
    total = sum(found.points for found in contributions)
    shares: dict[str, float] = defaultdict(float)
    for found in contributions:
        shares[found.person] += found.points / total
    proven = {found.action.id for found in contributions}
    claims = _claims(ordered, opportunity)
    difference = max((abs(shares.get(who, 0.0) - claims.get(who, 0.0)) for who in {*shares, *claims}), default=0.0)
    return Attribution(
        opportunity.id,
        won,
        tuple(contributions),
        tuple(action.id for action in card.actions if action.id not in proven),
        dict(shares),
        claims,
        difference,
        difference > card.dispute_above + 1e-9,
    )


def agreed_shares(
    events: Sequence[CrmEvent], *, of: Attribution, until: datetime
) -> tuple[Mapping[str, float], CrmEvent] | None:
    """What everybody involved has agreed on before `until`: all must be among `agreed_by`."""
    involved = {*of.shares, *of.claims}
    for event in sorted(events, key=lambda event: event.order):
        shares = _shares(event.data.get("shares"))
        agreed_by = event.data.get("agreed_by")
        everyone = isinstance(agreed_by, list) and involved <= set(map(str, agreed_by))
        if event.type == AGREED and shares and everyone and event.occurred_at <= until:
            return shares, event
    return None


def ruling(events: Sequence[CrmEvent], card: AttributionCard) -> tuple[Mapping[str, float], CrmEvent] | None:
    """The first ruling by somebody who may rule; one that leaves out its reason is none."""
    for event in sorted(events, key=lambda event: event.order):
        shares = _shares(event.data.get("shares"))
        may = event.data.get("actor_role") in card.may_rule and bool(event.data.get("reason"))
        if event.type == RULED and shares and may:
            return shares, event
    return None


def _proven(action: AttributedAction, events: Sequence[CrmEvent]) -> list[Contribution]:
    """Those who proved the action share its points alike."""
    by_person: dict[str, list[str]] = defaultdict(list)
    for event in events:
        if matches(action.proof, event):
            by_person[str(event.data["actor_id"])].append(event.id)
    points = action.weight / len(by_person) if by_person else 0.0
    return [Contribution(action, person, points, tuple(ids)) for person, ids in by_person.items()]


def _claims(events: Sequence[CrmEvent], opportunity: Entity) -> dict[str, float]:
    """Each person's last claim; the owner's claim to everything where nobody claims."""
    claims: dict[str, float] = {}
    for event in events:
        person, share = event.data.get("actor_id"), number(event.data.get("share"))
        if event.type == CLAIMED and isinstance(person, str) and share is not None and 0 <= share <= 1:
            claims[person] = share
    owner = opportunity.get("owner_id")
    return claims or ({owner: 1.0} if isinstance(owner, str) and owner else {})


def _shares(value: object) -> dict[str, float]:
    """Shares that a person may have written: non-negative numbers that add up to 1; else none."""
    if not isinstance(value, dict):
        return {}
    shares = {str(who): number(share) for who, share in value.items()}
    known = {who: share for who, share in shares.items() if share is not None and share >= 0}
    return known if len(known) == len(shares) and abs(sum(known.values()) - 1) < 1e-6 else {}
